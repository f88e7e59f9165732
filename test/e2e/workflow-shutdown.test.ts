/** Workflows across an orderly end: nothing to mend, and no dispatch lost. */

import { describe, expect, test } from 'vitest';
import { readBootReport } from '../support/boot-report.ts';
import { startServerProcess } from '../support/server-process.ts';
import { readColumn } from '../support/workflow-crash-invariants.ts';
import { createWorkflowDesk } from '../support/workflow-desk.ts';

const timeout = 120_000;

describe('a server with workflows that is shut down in good order', { timeout }, () => {
	test('[P10, P4, OR6] recovers nothing, and each dispatch goes on when its agent does', async () => {
		const server = await startServerProcess();
		const desk = createWorkflowDesk(server);
		const { id: agentId } = await server.hire('helper');
		const { id: rule } = await desk.standing(agentId, {
			template: '{% if dispatch.attempt == 1 %}{{ item.body }}{% else %}say again{% endif %}',
			retry: { backoffMs: { initial: 1, max: 2 } },
		});
		const { id: other } = await desk.standing(agentId, { name: 'other', template: 'say {{ item.title }}' });
		const done = await desk.trigger(other, { title: 'done' });
		await desk.became(done.id, 'completed');
		const underWay = await desk.trigger(rule, { body: 'permission proceed' });
		await server.reached(agentId, 'busy.awaitingInput');
		const inLine = await desk.trigger(other, { title: 'in line' });
		await desk.became(inLine.id, 'dispatched');
		const waiting = await desk.trigger(other, { title: 'waiting' });

		expect(await server.shutDown()).toBe(0);
		await server.boot();
		expect(await readBootReport(server, 2)).toMatchObject({
			quarantined: 0,
			orphansEnded: 0,
			interruptedTurns: 0,
			reconnected: 0,
			interruptedLaunches: 0,
		});
		for (const id of [rule, other]) await desk.runnerIs(id, 'absent');
		await server.events.until('only the agent and the orchestrator are left', () => {
			const actors = readColumn(server, 'SELECT address FROM actors');
			return JSON.stringify(actors) === JSON.stringify([`agent:${agentId}`, 'orchestrator:main']) ? true : undefined;
		});
		expect(readColumn(server, 'SELECT id FROM effects')).toEqual([]);
		expect(await desk.dispatch(underWay.id)).toMatchObject({ status: 'interrupted', attempts: 1 });
		expect(await desk.dispatch(waiting.id)).toMatchObject({ status: 'pending', attempts: 0 });

		await server.api.command(agentId, 'start', {});
		for (const { id } of [underWay, inLine, waiting]) await desk.became(id, 'completed');
		expect(await desk.dispatch(underWay.id)).toMatchObject({ attempts: 2 });
		expect(await desk.dispatch(done.id)).toMatchObject({ status: 'completed', attempts: 1 });
		for (const id of [rule, other]) await desk.runnerIs(id, 'waiting');
	});

	test('[P10] comes back without an agent at work, and its workflows with it', async () => {
		const server = await startServerProcess();
		const desk = createWorkflowDesk(server);
		const { id: agentId } = await server.hire('helper');
		const { id } = await desk.standing(agentId, { template: 'say {{ item.title }}' });
		await desk.runnerIs(id, 'waiting');
		expect(await server.shutDown()).toBe(0);
		await server.boot();
		expect(server.events.ofTopic('prompt.interrupted')).toEqual([]);
		const { id: dispatchId } = await desk.trigger(id, { title: 'after all' });
		await server.api.command(agentId, 'start', {});
		expect(await desk.became(dispatchId, 'completed')).toMatchObject({ attempts: 1 });
	});
});
