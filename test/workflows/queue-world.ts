/** Queues, their workflows and what runners do to dispatches: on a store of the test's choice, by a clock that stands still. */

import { onTestFinished } from 'vitest';
import type { ColumnValue, DurableStore, StoredEvent, WriteUnit } from '../../src/durable/store.ts';
import { createDurableSystem } from '../../src/durable/system.ts';
import { createQueries } from '../../src/store/queries.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { createQueueBroker, type QueueBroker, type QueueBrokerDeps } from '../../src/workflows/queue-broker.ts';
import { queueItemStatusOf } from '../../src/workflows/queue-item-status.ts';
import type { DispatchView, QueueItemView, WorkflowView } from '../../src/workflows/views.ts';
import { agentRow } from '../store/units.ts';
import { createDatabaseFolder } from '../support/database-folder.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

export type QueueReads = QueueBrokerDeps['reads'];

/** How an attempt ends: `released` before its prompt was handed over. */
export type AttemptEnd = 'completed' | 'failed' | 'retried' | 'released' | 'superseded';

export interface QueueWorldOptions {
	readonly store: DurableStore;
	readonly reads: QueueReads;
	/** Awaited before everything that the broker reads or writes. */
	readonly pace?: Pace;
}

export type Pace = (what: keyof QueueReads | 'write') => Promise<void>;

export interface QueueWorld {
	readonly clock: ManualClock;
	readonly broker: QueueBroker;
	readonly reads: QueueReads;
	/** Another broker on the same rows: that of the next process. */
	restart(pace: Pace): QueueBroker;
	write(unit: WriteUnit): Promise<readonly StoredEvent[]>;
	/** Resolves when nothing is being written. */
	written(): Promise<void>;
	/** All that was told, in order. */
	readonly events: readonly StoredEvent[];
	/** Makes a workflow with an agent of its own. */
	addWorkflow(id: string): Promise<WorkflowView>;
	add(queue: string, title: string, options?: { readonly priority?: number; readonly key?: string }): Promise<string>;
	dispatch(id: string): Promise<DispatchView>;
	item(id: string): Promise<QueueItemView>;
	/** What the runner's step writes that takes the dispatch up. */
	takeUp(dispatchId: string): Promise<void>;
	/** What the runner's step writes that ends the attempt; a retry is due a second later. */
	end(dispatchId: string, how: AttemptEnd): Promise<void>;
}

const workItem = (title: string, priority: number) => ({
	title,
	body: `body of ${title}`,
	url: null,
	labels: [],
	metadata: {},
	priority,
});

export function createQueueWorld({ store, reads, pace = async () => {} }: QueueWorldOptions): QueueWorld {
	const clock = createManualClock();
	const system = createDurableSystem({ store, clock, definitions: [] });
	onTestFinished(() => system.stop());
	const events: StoredEvent[] = [];
	const underWay = new Set<Promise<unknown>>();

	async function write(unit: WriteUnit): Promise<readonly StoredEvent[]> {
		const writing = system.write(unit);
		underWay.add(writing);
		try {
			const stored = await writing;
			events.push(...stored);
			return stored;
		} finally {
			underWay.delete(writing);
		}
	}

	function restart(pace: Pace): QueueBroker {
		const paced: QueueReads = {
			workflow: (id) => pace('workflow').then(() => reads.workflow(id)),
			dispatch: (id) => pace('dispatch').then(() => reads.dispatch(id)),
			dueDispatch: (id, now) => pace('dueDispatch').then(() => reads.dueDispatch(id, now)),
			queueItem: (id) => pace('queueItem').then(() => reads.queueItem(id)),
			queueItemByKey: (queue, key) => pace('queueItemByKey').then(() => reads.queueItemByKey(queue, key)),
			claimableItems: (queue, now, limit) => pace('claimableItems').then(() => reads.claimableItems(queue, now, limit)),
		};
		return createQueueBroker({ clock, reads: paced, write: (unit) => pace('write').then(() => write(unit)) });
	}
	const broker = restart(pace);

	async function dispatch(id: string): Promise<DispatchView> {
		const found = await reads.dispatch(id);
		if (!found) throw new Error(`there is no dispatch ${id}`);
		return found;
	}

	async function update(table: string, id: string, set: Readonly<Record<string, ColumnValue>>): Promise<void> {
		await write({ records: [{ op: 'update', table, id, set: { ...set, updated_at: clock.now() } }] });
	}

	return {
		clock,
		broker,
		reads,
		restart,
		write,
		events,
		async written() {
			await Promise.allSettled(underWay);
		},
		async addWorkflow(id) {
			const row = {
				id,
				name: id,
				agent_id: `agt_${id}`,
				trigger: '{"type":"queue","queue":"q"}',
				template: '{{ item.title }}',
				enabled: true,
				retry: '{"maxAttempts":3,"backoffMs":{"initial":1000,"max":1000},"interrupted":"retry"}',
				revision: 1,
				created_at: clock.now(),
				updated_at: clock.now(),
			};
			await write({ records: [agentRow(`agt_${id}`), { op: 'insert', table: 'workflows', row }] });
			const workflow = await reads.workflow(id);
			if (!workflow) throw new Error(`there is no workflow ${id}`);
			return workflow;
		},
		async add(queue, title, { priority = 0, key } = {}) {
			return (await broker.add(queue, workItem(title, priority), key ?? null)).id;
		},
		dispatch,
		async item(id) {
			const found = await reads.queueItem(id);
			if (!found) throw new Error(`there is no item ${id}`);
			return found;
		},
		async takeUp(id) {
			const { attempts } = await dispatch(id);
			await update('dispatches', id, { status: 'dispatched', attempts: attempts + 1, next_attempt_at: null });
		},
		async end(id, how) {
			const { queueItemId } = await dispatch(id);
			const settlement = settlementOf(how, clock.now());
			const { status, nextAttemptAt } = settlement;
			const fate = queueItemStatusOf(settlement);
			const at = clock.now();
			await write({
				records: [
					{ op: 'update', table: 'dispatches', id, set: { status, next_attempt_at: nextAttemptAt, updated_at: at } },
					...(fate === undefined || queueItemId === null
						? []
						: ([
								{
									op: 'update',
									table: 'queue_items',
									id: queueItemId,
									set: { status: fate, visible_at: null, updated_at: at },
								},
							] as const)),
				],
			});
		},
	};
}

function settlementOf(how: AttemptEnd, now: number): Parameters<typeof queueItemStatusOf>[0] {
	const failure = { code: 'turn_failed', message: 'no', retryable: true };
	switch (how) {
		case 'completed':
			return { status: 'completed', nextAttemptAt: null, failure: null };
		case 'failed':
			return { status: 'failed', nextAttemptAt: null, failure };
		case 'retried':
			return { status: 'failed', nextAttemptAt: now + 1_000, failure };
		case 'released':
			return { status: 'pending', nextAttemptAt: now, failure };
		case 'superseded':
			return { status: 'skipped', nextAttemptAt: null, failure: { ...failure, code: 'superseded' } };
		default:
			return how satisfies never;
	}
}

/** On SQLite, in a folder that goes with the test. */
export async function createSqliteQueueWorld(options: Pick<QueueWorldOptions, 'pace'> = {}): Promise<QueueWorld> {
	const folder = createDatabaseFolder();
	onTestFinished(() => folder.remove());
	const database = await folder.open({ synchronous: 'NORMAL' });
	return createQueueWorld({
		...options,
		store: createSqliteStore(database),
		reads: createQueries(database.client),
	});
}
