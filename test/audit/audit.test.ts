import { expect, test } from 'vitest';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer } from '../support/whole-server.ts';

const brief = ({ action, by, reason }: { action: string; by: string; reason: string | null }) => [action, by, reason];

test('[AU1] what people ask of an agent is audited with who, why, and where the agent was', async () => {
	const { hire, ask, begun, api } = await startWholeServer();
	const { id } = await hire('helper');
	await api.patchAgent(id, { labels: { team: 'red' } });
	await api.command(id, 'suspend', {});
	await api.command(id, 'resume', {});
	const prompt = await ask(id, 'hang');
	await begun(prompt.id);
	await api.command(id, 'kill', { reason: 'it hangs' });
	await api.command(id, 'restart', { reason: 'again' });
	await api.command(id, 'stop', {});

	const entries = await api.audit({ agentId: 'helper' }, 50);
	expect(entries.map(brief).reverse()).toEqual([
		['agent.create', 'admin', null],
		['agent.start', 'admin', null],
		['agent.patch', 'admin', null],
		['agent.suspend', 'admin', null],
		['agent.resume', 'admin', null],
		['agent.kill', 'admin', 'it hangs'],
		['agent.restart', 'admin', 'again'],
		['agent.stop', 'admin', null],
	]);
	expect(entries.find(({ action }) => action === 'agent.kill')?.detail).toEqual({ state: 'busy.working' });
	expect(entries.find(({ action }) => action === 'agent.patch')?.detail).toEqual({ changed: ['labels'] });
});

test('[AU1] an answer is audited under the name of whoever gave it; one that came too late is not', async () => {
	const { hire, ask, request, api, settled } = await startWholeServer();
	const { id } = await hire('helper');
	const prompt = await ask(id, 'permission delete the logs');
	const asked = await request(id);
	await api.answer(asked.id, { optionId: 'reject' });
	await refusalOf(api.answer(asked.id, { optionId: 'allow' }));
	await settled(prompt.id);

	expect(await api.audit({ action: 'request.' }, 50)).toMatchObject([
		{
			action: 'request.answer',
			by: 'admin',
			agentId: id,
			subject: asked.id,
			detail: { answer: { optionId: 'reject' } },
		},
	]);
});

test('[AU1] changes of workflows and groups, tokens made and revoked, and removals are audited', async () => {
	const { hire, api } = await startWholeServer();
	const { id } = await hire('helper');
	const workflow = { name: 'daily', agent: id, trigger: { type: 'manual' as const }, template: 'Do it.' };
	const { id: workflowId } = await api.http.request<{ id: string }>('POST', '/workflows', { body: workflow });
	await api.http.request('PUT', `/workflows/${workflowId}`, { body: { ...workflow, template: 'Do it well.' } });
	await api.http.request('POST', `/workflows/${workflowId}/disable`);
	await api.http.request('POST', `/workflows/${workflowId}/enable`);
	await api.http.request('DELETE', `/workflows/${workflowId}`);
	const group = await api.createGroup({ name: 'pair', strategy: 'one_for_all', members: [id] });
	await api.removeGroup(group.id);
	await api.createToken('ada', ['read']);
	await api.revokeToken('ada');
	await api.removeAgent(id);

	const actions = (await api.audit({}, 50)).map(({ action }) => action).reverse();
	expect(actions.slice(2)).toEqual([
		'workflow.create',
		'workflow.edit',
		'workflow.disable',
		'workflow.enable',
		'workflow.delete',
		'group.create',
		'group.delete',
		'token.create',
		'token.revoke',
		'agent.kill',
		'agent.delete',
	]);
	const secrets = JSON.stringify(await api.audit({ action: 'token.' }, 50));
	expect(secrets).not.toContain('stc_');
	expect((await api.audit({ agentId: id, action: 'agent.delete' }, 1))[0]).toMatchObject({
		detail: { name: 'helper' },
	});
});

test('[AU2] it is read newest first, page by page, and by none but an administrator', async () => {
	const { hire, api, post, statecraft } = await startWholeServer();
	const { id } = await hire('helper');
	for (let round = 0; round < 3; round++) {
		await api.command(id, 'suspend', {});
		await api.command(id, 'resume', {});
	}
	const all = await api.audit({}, 50);
	expect(all).toHaveLength(8);
	const first = await api.http.request<{ items: unknown[]; next: string }>('GET', '/audit', { query: { limit: 5 } });
	const rest = await api.http.request<{ items: unknown[]; next: null }>('GET', '/audit', {
		query: { after: first.next },
	});
	expect([...first.items, ...rest.items]).toEqual(all);
	expect(rest.next).toBeNull();
	expect(await api.audit({ by: 'nobody' }, 50)).toEqual([]);

	const { token } = await post<{ token: string }>('/tokens', { name: 'reader', scopes: ['read', 'answer', 'prompt'] });
	const answer = await fetch(`${statecraft.url}/audit`, { headers: { authorization: `Bearer ${token}` } });
	expect(answer.status).toBe(403);
});
