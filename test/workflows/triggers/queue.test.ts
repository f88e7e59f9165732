import { beforeEach, expect, test } from 'vitest';
import { createQueueSource } from '../../../src/workflows/triggers/queue.ts';
import type { PollResult } from '../../../src/workflows/triggers/source.ts';
import type { TriggerOf } from '../../../src/workflows/triggers/trigger-config.ts';
import { createSqliteQueueWorld, type QueueWorld } from '../queue-world.ts';

let world: QueueWorld;
beforeEach(async () => {
	world = await createSqliteQueueWorld();
	await world.addWorkflow('wfl_1');
	await world.addWorkflow('wfl_2');
});

function poll(workflowId: string, trigger: Partial<TriggerOf<'queue'>> = {}): Promise<PollResult> {
	const source = createQueueSource({ broker: world.broker, reads: world.reads });
	return source.poll({
		workflowId,
		agentId: `agt_${workflowId}`,
		trigger: { type: 'queue', queue: 'q', ...trigger },
		cursor: null,
		now: world.clock.now(),
		since: 0,
		signal: new AbortController().signal,
	});
}

const nothing = { items: [], cursor: null, nextPollAt: null };

test('an empty queue is read again when something is added', async () => {
	expect(await poll('wfl_1')).toEqual(nothing);
	const source = createQueueSource({ broker: world.broker, reads: world.reads });
	expect(source.interests?.({ type: 'queue', queue: 'q' }, 'agt_1')).toEqual([
		{ topic: 'queue.item.added', agentId: null },
		{ topic: 'dispatch.released', agentId: null },
		{ topic: 'workflow.deleted', agentId: null },
	]);
	await world.add('q', 'a');
	expect(world.events.at(-1)).toMatchObject({ topic: 'queue.item.added', agentId: null });
});

test('[WF19] a poll claims one item, and is to be repeated once that is done', async () => {
	await world.add('q', 'a');
	await world.add('q', 'b');
	const now = world.clock.now();
	expect(await poll('wfl_1')).toEqual({ items: [], cursor: null, nextPollAt: now });
	expect(await world.reads.dueDispatch('wfl_1', now)).toMatchObject({ title: 'a', status: 'pending' });
	expect(await poll('wfl_1')).toEqual({ items: [], cursor: null, nextPollAt: now });
	expect((await world.reads.claimableItems('q', now, 10)).map(({ item }) => item.title)).toEqual(['b']);
});

test('who finds everything claimed asks again when the claim lapses: after half an hour, or what is configured', async () => {
	const now = world.clock.now();
	await world.add('q', 'a');
	await poll('wfl_1');
	expect((await poll('wfl_2')).nextPollAt).toBe(now + 1_800_000);
	await world.add('short', 'b');
	await world.addWorkflow('wfl_3');
	await poll('wfl_3', { queue: 'short', visibilityTimeoutSeconds: 1.5 });
	expect((await poll('wfl_2', { queue: 'short' })).nextPollAt).toBe(now + 1_500);
	world.clock.advance(1_500);
	await poll('wfl_2', { queue: 'short' });
	expect(await world.reads.dueDispatch('wfl_2', world.clock.now())).toMatchObject({ title: 'b' });
});

test('a workflow that is gone gets nothing, also when another one has its id as name', async () => {
	await world.add('q', 'a');
	await world.write({ records: [{ op: 'delete', table: 'workflows', id: 'wfl_1' }] });
	await world.write({ records: [{ op: 'update', table: 'workflows', id: 'wfl_2', set: { name: 'wfl_1' } }] });
	expect(await poll('wfl_1')).toEqual(nothing);
	expect((await world.reads.claimableItems('q', 0, 10)).map(({ status }) => status)).toEqual(['ready']);
});
