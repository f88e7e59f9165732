import { describe, expect, test } from 'vitest';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer } from '../support/whole-server.ts';

const gitOnly = { mode: 'allow_list', allow: ['Bash(git *)'] };

describe('a policy decides without a human', () => {
	test('[TP7, AU1] what it allows and what it denies is answered at once, told and audited, and no request is opened', async () => {
		const { hire, ask, settled, api, events } = await startWholeServer();
		const { id } = await hire('helper', { policy: gitOnly });
		const allowed = await ask(id, 'permission git status');
		const denied = await ask(id, 'permission git status && rm -rf x');

		expect((await settled(allowed.id)).result?.text).toBe('git status: allowed');
		expect((await settled(denied.id)).result?.text).toContain('rejected');
		expect((await api.requests({ agentId: id })).total).toBe(0);
		expect(events.ofTopic('request.opened')).toEqual([]);
		expect(events.ofTopic('permission.decided').map(({ data }) => data)).toMatchObject([
			{ promptId: allowed.id, decision: 'allow', rule: 'allow Bash(git *)' },
			{ promptId: denied.id, decision: 'deny', rule: 'mode allow_list' },
		]);
		expect(await api.audit({ agentId: id, by: 'policy' }, 50)).toMatchObject([
			{ action: 'permission.deny', subject: denied.id, reason: 'mode allow_list' },
			{
				action: 'permission.allow',
				subject: allowed.id,
				reason: 'allow Bash(git *)',
				detail: { command: 'git status' },
			},
		]);
	});

	test('[TP7] what it leaves open is for a human, and so is everything without a policy', async () => {
		const { hire, ask, request, settled, api } = await startWholeServer();
		const policy = { mode: 'require_approval', allow: ['Bash(git *)'], deny: ['Bash(rm *)'] };
		const { id } = await hire('helper', { policy });
		expect((await settled((await ask(id, 'permission rm x')).id)).result?.text).toBe('rm x: rejected');
		const prompt = await ask(id, 'permission make');
		await api.answer((await request(id)).id, { optionId: 'allow' });
		expect((await settled(prompt.id)).result?.text).toBe('make: allowed');

		expect(await api.patchAgent(id, { policy: null })).toMatchObject({ policy: null });
		await ask(id, 'permission rm x');
		expect(await request(id)).toMatchObject({ title: 'rm x', status: 'open' });
	});

	test('[TP7] a question is never a policy’s to answer', async () => {
		const { hire, ask, request } = await startWholeServer();
		const { id } = await hire('helper', { policy: { mode: 'allow_all' } });
		await ask(id, 'ask which colour?');
		expect(await request(id)).toMatchObject({ kind: 'question', status: 'open' });
	});
});

describe('a policy stays with its agent', () => {
	test('[TP8] through restarts, crashes of the agent, and of Statecraft', async () => {
		const first = await startWholeServer();
		const { id, pid } = await first.hire('helper', {
			policy: gitOnly,
			restart: { backoffMs: { initial: 1, max: 1 } },
		});
		const denied = async ({ ask, settled }: typeof first) =>
			(await settled((await ask(id, 'permission rm x')).id)).result?.text;
		process.kill(pid ?? 0, 'SIGKILL');
		await first.reachedAgain(id, 'idle', 2);
		expect(await denied(first)).toBe('rm x: rejected');
		await first.api.command(id, 'restart', {});
		await first.reachedAgain(id, 'idle', 3);
		expect(await denied(first)).toBe('rm x: rejected');
		await first.shutDown();

		const second = await startWholeServer({ directory: first.directory });
		expect(await second.api.agent(id)).toMatchObject({ policy: gitOnly });
		await second.api.command(id, 'start', {});
		await second.reached(id, 'idle');
		expect(await denied(second)).toBe('rm x: rejected');
	});

	test('[TP8, AU1] one that is changed while a request is open decides when the agent asks again', async () => {
		const { hire, ask, request, reached, settled, api, events } = await startWholeServer();
		const restart = { backoffMs: { initial: 1, max: 1 } };
		const { id, pid } = await hire('helper', { restart, interruptedTurn: 'retry' });
		const prompt = await ask(id, 'permission rm x', { repeatable: true });
		const asked = await request(id);
		await reached(id, 'busy.awaitingInput');
		await api.patchAgent(id, { policy: gitOnly });
		process.kill(pid ?? 0, 'SIGKILL');

		expect((await settled(prompt.id)).result?.text).toMatch(/^rm x: rejected$/m);
		expect(await api.request(asked.id)).toMatchObject({ status: 'answered', answeredBy: 'policy' });
		expect(events.ofTopic('request.opened')).toHaveLength(1);
		expect((await api.audit({ agentId: id }, 50)).map(({ action, by }) => [action, by])).toEqual(
			expect.arrayContaining([
				['policy.change', 'admin'],
				['request.answer', 'policy'],
			]),
		);
	});

	test('[TP6] and is refused where it makes no sense, with the place that is wrong', async () => {
		const { create, hire, api } = await startWholeServer();
		const refused = await refusalOf(create('helper', { policy: { mode: 'allow_list', allow: ['Bash(git;ls)'] } }));
		expect(refused).toMatchObject({ status: 400, code: 'invalid_request' });
		expect(JSON.stringify(refused.issues)).toContain('policy.allow.0');
		const { id } = await hire('other');
		expect(await refusalOf(api.patchAgent(id, { policy: { mode: 'yes' } }))).toMatchObject({ code: 'invalid_request' });
	});
});

describe('the policy of a workflow', () => {
	test('[TP5] is that of its turns, and of no turn before or after', async () => {
		const { hire, ask, request, settled, api, events, post } = await startWholeServer();
		const { id } = await hire('helper', { policy: { mode: 'require_approval', deny: ['Bash(rm *)'] } });
		const { id: workflowId } = await post<{ id: string }>('/workflows', {
			name: 'builder',
			agent: id,
			trigger: { type: 'manual' },
			template: '{{ item.body }}',
			policy: { mode: 'allow_all' },
		});
		const run = async (body: string) => {
			const { id: dispatchId } = await post<{ id: string }>(`/workflows/${workflowId}/trigger`, { body });
			const dispatch = await events.until('it is settled', async () => {
				const found = await api.http.request<{ status: string; promptId: string }>('GET', `/dispatches/${dispatchId}`);
				return found.status === 'completed' ? found : undefined;
			});
			return (await api.prompt(dispatch.promptId)).result?.text;
		};
		expect(await run('permission make')).toBe('make: allowed');
		expect(await run('permission rm x')).toBe('rm x: rejected');
		const after = await ask(id, 'permission make');
		await api.answer((await request(id)).id, { optionId: 'reject' });
		expect((await settled(after.id)).result?.text).toBe('make: rejected');
		expect(await api.agent(id)).toMatchObject({ policy: { mode: 'require_approval', deny: ['Bash(rm *)'] } });
	});
});
