import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createEvent } from '../../../src/events/catalogue.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { createQueries } from '../../../src/store/queries.ts';
import { createAgentLifecycleSource } from '../../../src/workflows/triggers/agent-lifecycle.ts';
import { agentRow, at } from '../../store/units.ts';
import { startWholeServer } from '../../support/whole-server.ts';
import { type EventWorld, openEventWorld } from './event-world.ts';
import { type PollingOptions, sourceIds, startPolling } from './polling.ts';

const now = at + 5_000;
const stopped = { from: 'idle.ready', to: 'stopped', trigger: 'UserTerminated', version: 3, generation: 1 };
const crashed = { from: 'busy.working', to: 'failed.backingOff', trigger: 'ProcessCrashed', version: 4, generation: 1 };
const failure = { code: 'process_crashed', message: 'It exited with code 1.', retryable: true };

function watch({ reads }: EventWorld, config: Record<string, unknown>, options: PollingOptions = {}) {
	return startPolling(
		createAgentLifecycleSource(reads),
		{ type: 'agent_lifecycle', ...config },
		{ since: at, ...options },
	);
}

describe('a trigger that reads events', () => {
	test('[WF20] begins at the creation of its workflow, however late it is first polled', async () => {
		const world = await openEventWorld();
		await world.tell('agent.state.changed', 'agt_own', stopped);
		await world.createOwnWorkflow();
		await world.chatter(1_500);
		const seq = await world.tell('agent.state.changed', 'agt_own', stopped);
		await world.chatter(3_000);

		const { poll } = watch(world, { events: ['stopped'] });
		expect(await poll(now)).toMatchObject({ items: [{ sourceId: `event:${seq}` }], nextPollAt: null });
		expect((await poll(now)).items).toEqual([]);
	});

	test('begins at its creation by the order of events, not by a clock that was set back since', async () => {
		const world = await openEventWorld();
		await world.tell('agent.state.changed', 'agt_own', stopped, at + 60_000);
		await world.createOwnWorkflow();
		const seq = await world.tell('agent.state.changed', 'agt_own', stopped, at - 60_000);
		expect(sourceIds(await watch(world, { events: ['stopped'] }).poll(now))).toEqual([`event:${seq}`]);
	});

	test('begins at the last edit of its trigger, not at edits of anything else or of other workflows', async () => {
		const world = await openEventWorld();
		const edit = (workflowId: string, ...changed: readonly string[]) =>
			world.tell('workflow.updated', 'agt_own', { workflowId, changed, enabled: true });
		await world.createOwnWorkflow();
		await world.tell('agent.state.changed', 'agt_own', stopped);
		await edit('wfl_own', 'name', 'trigger');
		const seq = await world.tell('agent.state.changed', 'agt_own', stopped);
		await edit('wfl_own', 'template');
		await edit('wfl_other', 'trigger');
		expect(sourceIds(await watch(world, { events: ['stopped'] }).poll(now))).toEqual([`event:${seq}`]);
	});

	test('goes by the time of creation where the log does not tell of it', async () => {
		const world = await openEventWorld();
		await world.tell('agent.state.changed', 'agt_own', stopped, at - 1);
		const seq = await world.tell('agent.state.changed', 'agt_own', stopped, at);
		expect(sourceIds(await watch(world, { events: ['stopped'] }).poll(now))).toEqual([`event:${seq}`]);
	});

	test('reads all there is in one poll, page by page, in order', async () => {
		const world = await openEventWorld();
		const begun = await world.createOwnWorkflow();
		const events = Array.from({ length: 450 }, () => createEvent('agent.state.changed', 'agt_own', at, stopped));
		await world.write([], events);
		const all = Array.from(events, (_, index) => `event:${begun + 1 + index}`);
		expect(sourceIds(await watch(world, { events: ['stopped'] }).poll(now))).toEqual(all);
		expect(sourceIds(await watch(world, { events: ['stopped'], agent: '*' }).poll(now))).toEqual(all);
	});

	test('answers the same again until its answer is stored', async () => {
		const world = await openEventWorld();
		await world.createOwnWorkflow();
		const polling = watch(world, { events: ['stopped'] });
		await polling.poll(now);
		await world.tell('agent.state.changed', 'agt_own', stopped);
		const first = await polling.poll(now);
		expect(first.items).toHaveLength(1);
		polling.forgetLast();
		expect(await polling.poll(now)).toEqual(first);
	});

	test('moves on past events that are not its business', async () => {
		const world = await openEventWorld();
		await world.createOwnWorkflow();
		await world.chatter(20);
		const { cursor } = await watch(world, { events: ['stopped'] }).poll(now);
		expect(cursor).toBe(await world.reads.lastEventSeq());
	});

	test('[WF20] loses nothing that is committed while it reads', async () => {
		const world = await openEventWorld();
		await world.createOwnWorkflow();
		const late: number[] = [];
		const reads: EventWorld['reads'] = {
			...world.reads,
			async events(query) {
				const page = await world.reads.events(query);
				if (late.length < 3) late.push(await world.tell('agent.state.changed', 'agt_own', stopped));
				return page;
			},
		};
		const { poll } = watch({ ...world, reads }, { events: ['stopped'] });
		const told = [...sourceIds(await poll(now)), ...sourceIds(await poll(now)), ...sourceIds(await poll(now))];
		expect(late).toHaveLength(3);
		expect([...new Set(told)]).toEqual(late.map((seq) => `event:${seq}`));
	});

	test('stops reading when the system does', async () => {
		const world = await openEventWorld();
		await world.createOwnWorkflow();
		const { poll } = watch(world, { events: ['stopped'] }, { signal: AbortSignal.abort() });
		await expect(poll(now)).rejects.toThrow(/aborted/);
	});

	test('tells what is left of an agent that is gone, then that it is gone', async () => {
		const world = await openEventWorld();
		await world.createOwnWorkflow();
		const seq = await world.tell('agent.state.changed', 'agt_other', stopped);
		await world.write([{ op: 'delete', table: 'agents', id: 'agt_other' }]);
		const { poll } = watch(world, { events: ['stopped'], agent: 'agt_other' });
		expect(await poll(now)).toMatchObject({
			items: [{ sourceId: `event:${seq}`, title: 'agt_other stopped' }],
			nextPollAt: now,
		});
		await expect(poll(now)).rejects.toMatchObject({
			code: 'trigger_failed',
			message: expect.stringContaining('agt_other'),
		});
	});
});

describe('the life of an agent', () => {
	async function tellLife(world: EventWorld, agentId: string): Promise<Record<string, number>> {
		const { tell } = world;
		const connecting = { runId: 'run_1', generation: 2, from: 'spawning' };
		await tell('run.state.changed', agentId, { ...connecting, from: null, to: 'spawning' });
		const connected = await tell('run.state.changed', agentId, { ...connecting, to: 'running' });
		const restarted = await tell('agent.restarted', agentId, { generation: 2, trigger: 'Connected' });
		await tell('agent.state.changed', agentId, { ...stopped, from: 'starting', to: 'idle.ready' });
		const failed = await tell('agent.state.changed', agentId, crashed);
		await tell('run.state.changed', agentId, { ...connecting, to: 'failed', error: failure });
		await tell('agent.state.changed', agentId, { ...crashed, from: 'failed.backingOff', to: 'failed.resting' });
		const escalated = await tell('agent.escalated', agentId, { error: failure });
		const halted = await tell('agent.state.changed', agentId, { ...stopped, from: 'failed.resting' });
		return { connected, restarted, failed, escalated, stopped: halted };
	}

	test.each(['connected', 'restarted', 'failed', 'escalated', 'stopped'])('is told where it %s', async (event) => {
		const world = await openEventWorld();
		await world.createOwnWorkflow();
		await tellLife(world, 'agt_other');
		const life = await tellLife(world, 'agt_own');
		const { items } = await watch(world, { events: [event] }).poll(now);
		expect(items).toMatchObject([
			{ sourceId: `event:${life[event]}`, metadata: { event, agentId: 'agt_own', agentName: 'ada' } },
		]);
		expect(items[0]?.title).toMatch(/^ada /);
	});

	test('is that of another agent, or of all, where the trigger says so', async () => {
		const world = await openEventWorld();
		await world.createOwnWorkflow();
		const bob = await tellLife(world, 'agt_other');
		const ada = await tellLife(world, 'agt_own');
		const events = ['stopped', 'connected'];
		const other = await watch(world, { events, agent: 'agt_other' }).poll(now);
		expect(sourceIds(other)).toEqual([`event:${bob.connected}`, `event:${bob.stopped}`]);
		const all = await watch(world, { events, agent: '*' }).poll(now);
		expect(sourceIds(all)).toEqual(
			[bob.connected, bob.stopped, ada.connected, ada.stopped].map((seq) => `event:${seq}`),
		);
	});

	test('comes with why it failed, as long as the agent says so', async () => {
		const world = await openEventWorld();
		const error = JSON.stringify(failure);
		await world.write([agentRow('agt_sick', { execution_state: 'failed', generation: 2, error })]);
		await world.createOwnWorkflow();
		await world.tell('agent.state.changed', 'agt_sick', crashed);
		await world.tell('agent.state.changed', 'agt_sick', { ...crashed, generation: 2 });
		const { items } = await watch(world, { events: ['failed'], agent: 'agt_sick' }).poll(now);
		expect(items.map(({ metadata }) => metadata.error)).toEqual([null, failure]);
	});

	test('wakes the trigger by the topics it reads and the agent it watches', async () => {
		const world = await openEventWorld();
		expect(watch(world, { events: ['stopped', 'failed', 'escalated'] }).interests).toEqual([
			{ topic: 'agent.state.changed', agentId: 'agt_own' },
			{ topic: 'agent.escalated', agentId: 'agt_own' },
		]);
		expect(watch(world, { events: ['connected'], agent: '*' }).interests).toEqual([
			{ topic: 'run.state.changed', agentId: null },
		]);
	});

	test('is read from what a real agent went through', async () => {
		const { hire, api, reached, reachedAgain, shutDown, dataDir } = await startWholeServer();
		const { id } = await hire('helper');
		await api.command(id, 'restart', {});
		await reachedAgain(id, 'idle', 2);
		await api.command(id, 'stop', {});
		await reached(id, 'stopped');
		await shutDown();

		const database = await openDatabase({ url: `file:${join(dataDir, 'statecraft.db')}` });
		const config = { type: 'agent_lifecycle', events: ['connected', 'restarted', 'stopped', 'failed', 'escalated'] };
		const { poll } = startPolling(createAgentLifecycleSource(createQueries(database.client)), config, { agentId: id });
		const { items } = await poll(now);
		await database.close();
		const life = items.map(({ metadata }) => [metadata.event, metadata.generation]);
		expect(life).toEqual([
			['connected', 1],
			['connected', 2],
			['restarted', 2],
			['stopped', 2],
		]);
	});
});
