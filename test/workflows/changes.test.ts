/** Changes of a workflow act on the runner that lives. */

import { expect, test } from 'vitest';
import { startWholeServer } from '../support/whole-server.ts';
import { createWorkflowDesk } from '../support/workflow-desk.ts';

async function openDesk() {
	const server = await startWholeServer();
	const desk = createWorkflowDesk(server);
	const agent = await server.hire('helper');
	const put = (id: string, body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}) =>
		server.api.http.request('PUT', `/workflows/${id}`, {
			body: { name: 'rule', agent: agent.name, trigger: { type: 'manual' }, template: '{{ item.body }}', ...body },
			headers,
		});
	return { ...server, desk, agent, put };
}

test('[WF8] disabled, the runner ends; its turn goes on; enabled, it is there again', async () => {
	const { desk, agent, post, events } = await openDesk();
	const { id } = await desk.standing(agent.name);
	const { id: dispatchId } = await desk.trigger(id, { body: 'ask go on?' });
	const { items } = await events.until('the question', async () => {
		const open = await desk.dispatch(dispatchId);
		return open.status === 'dispatched' && events.ofTopic('request.opened')[0] ? { items: [open] } : undefined;
	});
	await post(`/workflows/${id}/disable`);
	expect(items[0]?.status).toBe('dispatched');
	const request = events.ofTopic('request.opened')[0]?.data as { requestId: string };
	await post(`/requests/${request.requestId}/answer`, { answer: 'yes' });
	await desk.became(dispatchId, 'completed');
	await desk.runnerIs(id, 'absent');
	await post(`/workflows/${id}/enable`);
	await desk.runnerIs(id, 'waiting');
});

test('[WF9] edited, the next item is rendered with the new template', async () => {
	const { desk, agent, put } = await openDesk();
	const { id } = await desk.standing(agent.name);
	await desk.runnerIs(id, 'waiting');
	await put(id, { template: 'say edited' });
	const { id: dispatchId } = await desk.trigger(id);
	const { promptId } = await desk.became(dispatchId, 'completed');
	expect(promptId).not.toBeNull();
	expect((await desk.workflow(id)).version).toBe(2);
});

test('[WF8] disabled while its prompt waits in line, the prompt is taken back and the item waits', async () => {
	const { desk, agent, post, ask, begun, api } = await openDesk();
	const { id } = await desk.standing(agent.name);
	const blocker = await ask(agent.id, 'wait 60s');
	await begun(blocker.id);
	const { id: dispatchId } = await desk.trigger(id, { body: 'say later' });
	await desk.became(dispatchId, 'dispatched');
	await post(`/workflows/${id}/disable`);
	expect(await desk.became(dispatchId, 'pending')).toMatchObject({ attempts: 1, maxAttempts: 4 });
	await desk.runnerIs(id, 'absent');
	await api.command(agent.id, 'cancel', {});
	await post(`/workflows/${id}/enable`);
	await desk.became(dispatchId, 'completed');
});

test('[WF10] removed, its runner and its dispatches are gone', async () => {
	const { desk, agent, api, events, statecraft } = await openDesk();
	const { id } = await desk.standing(agent.name);
	const { id: dispatchId } = await desk.trigger(id, { body: 'say hello' });
	await desk.became(dispatchId, 'completed');
	await api.http.request('DELETE', `/workflows/${id}`);
	await events.until('the runner is gone', () =>
		events.ofTopic('workflow.runner.changed').find(({ data }) => (data as { state: unknown }).state === null),
	);
	await expect(desk.dispatch(dispatchId)).rejects.toMatchObject({ problem: { code: 'dispatch_not_found' } });
	expect(statecraft.boot.quarantined).toBe(0);
});

test('[WF16] a delay fires once and disables its workflow', async () => {
	const { desk, agent, events } = await openDesk();
	const runAt = new Date(Date.now() + 300).toISOString();
	const { id } = await desk.standing(agent.name, { trigger: { type: 'delay', runAt }, template: 'say now' });
	await events.until('it is disabled', async () => ((await desk.workflow(id)).enabled ? undefined : true));
	expect(await desk.dispatches(id)).toMatchObject([{ status: 'completed', attempts: 1 }]);
	await desk.runnerIs(id, 'absent');
});
