/** Workflows always come back: however long their agent was away, and whoever brought it back. */

import { describe, expect, test } from 'vitest';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { createWorkflowDesk, type WorkflowDesk } from '../support/workflow-desk.ts';

const timeout = 120_000;
/** Far shorter than any of the absences below. */
const settings = { startupTimeoutMs: '1500' };
const everySecond = { trigger: { type: 'cron', expression: '* * * * * *' }, template: 'say tick {{ item.title }}' };

interface Scene {
	readonly server: ServerProcess;
	readonly desk: WorkflowDesk;
	readonly agentId: string;
	readonly workflowId: string;
	/** Waits until an item that was accepted from now on has been completed. */
	ticks(workflowId?: string): Promise<void>;
	/** Lets more time pass than any agent may take to start, as another agent's workflow tells it. */
	muchLater(): Promise<void>;
}

async function openScene(restart: Readonly<Record<string, unknown>>): Promise<Scene> {
	const server = await startServerProcess(settings);
	const desk = createWorkflowDesk(server);
	const { id: agentId } = await server.hire('helper', { restart });
	const { id: workflowId } = await desk.standing(agentId, everySecond);
	const { id: clockId } = await server.hire('clock');
	const { id: metronome } = await desk.standing(clockId, { ...everySecond, name: 'metronome' });

	async function completed(id: string): Promise<number> {
		return (await desk.dispatches(id)).filter(({ status }) => status === 'completed').length;
	}

	async function ticks(id = workflowId, times = 1): Promise<void> {
		const before = await completed(id);
		await server.events.until(
			`${id} dispatches again`,
			async () => (await completed(id)) >= before + times || undefined,
		);
	}

	await ticks();
	return { server, desk, agentId, workflowId, ticks, muchLater: () => ticks(metronome, 3) };
}

describe('[OR2, WF3] a runner polls and dispatches again after its agent', { timeout }, () => {
	test('had failed, was down for long, and was restarted by hand', async () => {
		const { server, desk, agentId, workflowId, ticks, muchLater } = await openScene({ policy: 'temporary' });
		await server.ask(agentId, 'crash');
		await server.reached(agentId, 'failed.resting');
		await desk.runnerIs(workflowId, 'absent');
		await muchLater();
		await server.api.command(agentId, 'restart', {});
		await ticks();
	});

	test('had crashed, backed off for long, and was restarted by supervision', async () => {
		const backoffMs = { initial: 3_000, max: 3_000 };
		const { server, agentId, ticks } = await openScene({ policy: 'transient', backoffMs });
		await server.ask(agentId, 'crash');
		await server.reached(agentId, 'failed.backingOff');
		await server.reachedAgain(agentId, 'idle', 2);
		await ticks();
	});

	test('was lost with the server, and was restarted by reconciliation', async () => {
		const { server, ticks, muchLater } = await openScene({ policy: 'transient' });
		await server.crash();
		await server.boot({ settings });
		await ticks();
		await muchLater();
		await ticks();
	});
});

describe('[WF1, WF5, P4] a server that is killed in the middle of a dispatch', { timeout }, () => {
	test.each([
		{ interrupted: 'retry', status: 'completed', attempts: 2 },
		{ interrupted: 'leave', status: 'interrupted', attempts: 1 },
	])('leaves it $status under $interrupted, exactly once', async ({ interrupted, status, attempts }) => {
		const server = await startServerProcess();
		const desk = createWorkflowDesk(server);
		const { id: agentId } = await server.hire('helper', { restart: { backoffMs: { initial: 1, max: 2 } } });
		const { id: workflowId } = await desk.standing(agentId, {
			template: '{% if dispatch.attempt == 1 %}ask really?{% else %}say done{% endif %}',
			retry: { interrupted, backoffMs: { initial: 1, max: 2 } },
		});
		const { id: dispatchId } = await desk.trigger(workflowId, { sourceId: 'the one' });
		await server.reached(agentId, 'busy.awaitingInput');
		await server.crash();
		await server.boot();

		const settled = await server.events.until('it is settled', async () => {
			const dispatch = await desk.dispatch(dispatchId);
			return dispatch.status !== 'dispatched' && dispatch.nextAttemptAt === null ? dispatch : undefined;
		});
		expect(settled).toMatchObject({ status, attempts });
		expect(await desk.dispatches(workflowId)).toHaveLength(1);
		const { items } = await server.api.http.request<{ items: { status: string }[] }>(
			'GET',
			`/agents/${agentId}/prompts`,
		);
		expect(items.map((prompt) => prompt.status)).toEqual(
			attempts === 2 ? ['finished', 'interrupted'] : ['interrupted'],
		);
		// The item is known: handed in again, it is the same dispatch.
		expect(await desk.trigger(workflowId, { sourceId: 'the one' })).toMatchObject({ id: dispatchId });
	});
});

test('[WF4] two workflows on one agent, both firing fast, never have two turns in flight', {
	timeout,
}, async () => {
	const server = await startServerProcess();
	const desk = createWorkflowDesk(server);
	const { id: agentId } = await server.hire('helper');
	const template = 'say {{ item.title }}; wait 5';
	const one = await desk.standing(agentId, { name: 'one', template });
	const other = await desk.standing(agentId, { name: 'other', template });
	const items = Array.from({ length: 20 }, (_, index) => ({ sourceId: `item ${index}`, title: `item ${index}` }));
	await Promise.all(items.flatMap((item) => [desk.trigger(one.id, item), desk.trigger(other.id, item)]));
	for (const { id } of [one, other]) {
		await server.events.until(`${id} has done all`, async () => {
			const dispatches = await desk.dispatches(id);
			return dispatches.every(({ status }) => status === 'completed') && dispatches.length === 20 ? true : undefined;
		});
	}
	let inFlight = 0;
	const begun = server.events.seen.filter(({ topic }) => /^prompt\.(started|finished)$/.test(topic));
	for (const { topic } of begun) {
		inFlight += topic === 'prompt.started' ? 1 : -1;
		expect(inFlight).toBeLessThanOrEqual(1);
	}
	expect(begun).toHaveLength(80);
});
