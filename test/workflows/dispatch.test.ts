/** From a work item to a settled dispatch, with the whole server and demo agents. */

import { describe, expect, test } from 'vitest';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer } from '../support/whole-server.ts';
import { createWorkflowDesk } from '../support/workflow-desk.ts';

async function openDesk() {
	const server = await startWholeServer();
	return { ...server, desk: createWorkflowDesk(server) };
}

describe('a dispatch', () => {
	test('[WF1] of an item handed in is prompted, followed and completed', async () => {
		const { desk, hire, api } = await openDesk();
		const agent = await hire('helper');
		const { id } = await desk.standing(agent.name, { template: 'say {{ item.title }}: {{ item.body }}' });
		const { id: dispatchId } = await desk.trigger(id, { title: 'One', body: 'hello {{ item.title }}' });
		const done = await desk.became(dispatchId, 'completed');
		expect(done).toMatchObject({ attempts: 1, nextAttemptAt: null, error: null });
		const prompt = await api.prompt(done.promptId ?? '');
		expect(prompt).toMatchObject({
			status: 'finished',
			text: 'say One: hello {{ item.title }}',
			idempotencyKey: `${dispatchId}/1`,
		});
		expect((await desk.runnerIs(id, 'waiting')).runner.lastError).toBeNull();
	});

	test('[WF2] handed in while its agent is away waits, and goes when the agent is there again', async () => {
		const { desk, hire, api, reached } = await openDesk();
		const agent = await hire('helper');
		const { id } = await desk.standing(agent.name);
		await desk.runnerIs(id, 'waiting');
		await api.command(agent.id, 'stop', {});
		await reached(agent.id, 'stopped');
		await desk.runnerIs(id, 'absent');
		const { id: dispatchId } = await desk.trigger(id, { body: 'say hello' });
		expect(await desk.dispatch(dispatchId)).toMatchObject({ status: 'pending', attempts: 0 });
		await api.command(agent.id, 'start', {});
		expect(await desk.became(dispatchId, 'completed')).toMatchObject({ attempts: 1 });
	});
});

describe('an agent that a workflow prompts', () => {
	test('[WF11] is not removed from under it', async () => {
		const { desk, hire, api } = await openDesk();
		const agent = await hire('helper');
		const { id } = await desk.standing(agent.name);
		expect(await refusalOf(api.removeAgent(agent.id))).toMatchObject({
			code: 'agent_in_use',
			actual: ['workflow rule'],
		});
		await api.http.request('DELETE', `/workflows/${id}`);
		await api.removeAgent(agent.id);
	});
});
