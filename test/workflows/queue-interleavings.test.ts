/**
 * Queues under any order of things: several workflows' runners, kills of the process and the passing of
 * time, interleaved step by step as a seed says. Every read and write of broker and runners is a step.
 */

import { expect, test } from 'vitest';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import type { QueueBroker } from '../../src/workflows/queue-broker.ts';
import type { WorkflowView } from '../../src/workflows/views.ts';
import { createRandom } from '../support/random.ts';
import { createMemoryQueueReads } from './memory-queue-reads.ts';
import { type AttemptEnd, createQueueWorld, type QueueWorld } from './queue-world.ts';

const timeoutMs = 1_000;
const itemCount = 12;

interface Run {
	readonly world: QueueWorld;
	readonly store: MemoryStore;
	readonly random: () => number;
	/** The dispatches that handed a prompt over, by item. */
	readonly handed: Map<string, Set<string>>;
	/** How often something happened that the run is about. */
	readonly seen: { takenOver: number; tooLate: number; killed: number };
}

/** One process: what it does waits for its turn, and for ever once the process is dead. */
interface Life {
	readonly broker: QueueBroker;
	step(): Promise<void>;
}

/** One runner, as far as queues see it: takes up what it finds, and hands it over while it holds the item. */
async function runRunner(run: Run, workflow: WorkflowView, life: Life): Promise<never> {
	const { world, store } = run;
	const { broker, step } = life;
	const left = store.rows('dispatches').filter((row) => row.workflow_id === workflow.id && row.status === 'dispatched');
	for (const row of left) await submit(run, String(row.id), life);
	for (;;) {
		await step();
		await broker.claim(workflow, 'q', timeoutMs);
		await step();
		const due = await world.reads.dueDispatch(workflow.id, world.clock.now());
		if (!due) continue;
		await step();
		await world.takeUp(due.id);
		await step();
		await submit(run, due.id, life);
	}
}

async function submit(run: Run, dispatchId: string, { broker, step }: Life): Promise<void> {
	const { world, random, handed } = run;
	const { queueItemId } = await world.dispatch(dispatchId);
	if (queueItemId === null) throw new Error('not of a queue');
	const by = handed.get(queueItemId) ?? new Set();
	handed.set(queueItemId, by);
	const end = await broker.holding(queueItemId, dispatchId, async (): Promise<AttemptEnd> => {
		await step();
		if (!by.has(dispatchId) && random() < 0.3) return 'released';
		by.add(dispatchId);
		await step();
		return (['completed', 'completed', 'failed', 'retried'] as const)[Math.floor(random() * 4)] ?? 'completed';
	});
	if (end === undefined) run.seen.tooLate += 1;
	await step();
	await world.end(dispatchId, end ?? 'superseded');
}

function checkItems({ store, handed }: Run): void {
	const dispatches = store.rows('dispatches');
	for (const item of store.rows('queue_items')) {
		const live = dispatches.filter((row) => row.queue_item_id === item.id && row.live_key !== null);
		expect(live.map(({ id }) => id)).toEqual(item.status === 'ready' ? [] : [item.dispatch_id]);
		expect(live.map((row) => row.workflow_id)).toEqual(item.status === 'ready' ? [] : [item.workflow_id]);
		expect([...(handed.get(String(item.id)) ?? [])].length).toBeLessThanOrEqual(1);
	}
}

const isSettled = (store: MemoryStore) =>
	store.rows('queue_items').length === itemCount &&
	store.rows('queue_items').every(({ status }) => status === 'done' || status === 'dead');

async function play(seed: number): Promise<Run> {
	const random = createRandom(seed);
	const store = createMemoryStore();
	let waiting: Array<() => void> = [];
	const world = createQueueWorld({ store, reads: createMemoryQueueReads(store) });
	const seen = { takenOver: 0, tooLate: 0, killed: 0 };
	const run: Run = { world, store, random, handed: new Map(), seen };
	const workflows = await Promise.all(['wfl_1', 'wfl_2', 'wfl_3'].map((id) => world.addWorkflow(id)));
	const failures: unknown[] = [];

	function begin(): Life {
		const turns: Array<() => void> = [];
		waiting = turns;
		const step = () => new Promise<void>((resolve) => turns.push(resolve));
		const life = { broker: world.restart(step), step };
		for (const workflow of workflows) runRunner(run, workflow, life).catch((thrown) => failures.push(thrown));
		return life;
	}

	const { broker } = begin();
	for (let index = 0; index < itemCount; index++) {
		// Each key comes twice, at the same time.
		for (let again = 0; again < 2; again++) {
			broker.add('q', createItem(index), `${index}`).catch((thrown) => failures.push(thrown));
		}
	}
	for (let steps = 0; !isSettled(store); steps++) {
		if (steps > 20_000) throw new Error('items are left over');
		const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
		next?.();
		await atRest(world);
		checkItems(run);
		expect(failures).toEqual([]);
		if (random() < 0.3) world.clock.advance(Math.floor(random() * timeoutMs));
		// The process is killed once all the keys have come: nothing that waits goes on; the next one begins with the rows.
		if (random() < 0.01 && store.rows('queue_items').length === itemCount) {
			seen.killed += 1;
			begin();
		}
	}
	seen.takenOver = store.rows('dispatches').filter((row) => row.live_key === null).length;
	return run;
}

const createItem = (index: number) => ({
	title: `${index}`,
	body: null,
	url: null,
	labels: [],
	metadata: {},
	priority: index % 3,
});

/** Whatever a step led to has been done, and written. */
async function atRest(world: QueueWorld): Promise<void> {
	for (let turn = 0; turn < 2; turn++) {
		await new Promise((resolve) => setImmediate(resolve));
		await world.written();
	}
}

test('[WF19] in any order, each item goes to one workflow at a time, is handed over by one, and is settled', async () => {
	const total = { takenOver: 0, tooLate: 0, killed: 0 };
	for (let seed = 1; seed <= 25; seed++) {
		const { store, handed, seen } = await play(seed);
		expect([...handed.values()].filter(({ size }) => size === 1)).toHaveLength(itemCount);
		expect(new Set(store.rows('queue_items').map(({ key }) => key)).size).toBe(itemCount);
		total.takenOver += seen.takenOver;
		total.tooLate += seen.tooLate;
		total.killed += seen.killed;
	}
	// What it is about has happened, and not just once.
	expect(Math.min(...Object.values(total))).toBeGreaterThan(10);
});
