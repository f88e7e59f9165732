/**
 * The broker of durable queues: takes items in and gives each to one of the workflows that ask.
 *
 * 1. A claim is one write unit: the item's row, the new dispatch, and the end of the dispatch it replaces.
 *    So a claimed item has exactly one dispatch that stands for it, whatever crashes when.
 * 2. A claim lapses when its time is over and its dispatch is pending still. One that was taken up never
 *    does, nor does one that waits for its retry: its prompt may have been handed over, and the item
 *    would run twice.
 * 3. Claims from a queue and hand-overs of its items take turns. Without that: a claim finds a dispatch
 *    pending whose time is over; before its unit is written the runner marks that dispatch as taken up,
 *    finds the item still its own, and hands the prompt over; then the unit gives the item to another
 *    workflow, which does the same. With turns the runner looks after the unit is written and finds the
 *    item gone, or the claim looks after the hand-over and finds the dispatch taken up.
 *
 * Turns are kept in memory: one process owns the database, and none is needed after its end.
 */

import type { Conditions } from '../agents/service.ts';
import type { Clock } from '../durable/clock.ts';
import { createSerial } from '../durable/serial.ts';
import type { WriteUnit } from '../durable/store.ts';
import { createFailure, toStatecraftError } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { createId } from '../ids.ts';
import { createDispatchRecords, type IntakeWorkflow } from './intake.ts';
import type { DispatchView, QueueItemView, WorkflowReads, WorkItem } from './views.ts';

export interface QueueBrokerDeps {
	readonly clock: Clock;
	readonly reads: Pick<
		WorkflowReads,
		'workflow' | 'dispatch' | 'dueDispatch' | 'queueItem' | 'queueItemByKey' | 'claimableItems'
	>;
	write(unit: WriteUnit): Promise<unknown>;
}

/** What is added. The item's id becomes its `sourceId`: keys of two queues may be the same. */
export type AddedItem = Omit<WorkItem, 'sourceId' | 'queueItemId'>;

export interface Addition {
	readonly id: string;
	/** An item with this key was there already, and is the one named. */
	readonly repeated: boolean;
}

export interface Claim {
	/** The dispatch that was made; null for none. */
	readonly dispatchId: string | null;
	/** When asking again is worth while, epoch milliseconds; null: when something is added or released. */
	readonly nextAt: number | null;
}

export interface QueueBroker {
	/** Adds an item. `key` is unique in the queue; null for none. */
	add(queue: string, item: AddedItem, key: string | null, conditions?: Pick<Conditions, 'records'>): Promise<Addition>;
	/**
	 * Gives the workflow the item that is next, as a pending dispatch. It gets none while it has a dispatch
	 * to take up: what a workflow cannot begin yet is kept from the others.
	 */
	claim(workflow: IntakeWorkflow, queue: string, visibilityTimeoutMs: number): Promise<Claim>;
	/**
	 * Runs `work`, which hands over the dispatch's prompt, while nobody can take the item over. Answers
	 * undefined without running it when another dispatch stands for the item. `work` may not use the broker.
	 */
	holding<T>(queueItemId: string, dispatchId: string, work: () => Promise<T>): Promise<T | undefined>;
}

/** An item that may be claimed, and the dispatch whose claim has lapsed. */
interface Find {
	readonly item: QueueItemView;
	readonly lapsed: DispatchView | undefined;
}

interface Look {
	/** The first item in line that may be claimed. */
	readonly find: Find | null;
	/** Nothing found: when the first claim lapses that may; null for none. */
	readonly nextLapseAt: number | null;
}

/** Claimed items are met before their time is over too: when that will be is worth knowing. */
const endOfTime = Number.MAX_SAFE_INTEGER;

export function createQueueBroker({ clock, reads, write }: QueueBrokerDeps): QueueBroker {
	const takeTurn = createSerial();

	const add: QueueBroker['add'] = async (queue, item, key, conditions = {}) => {
		const first = await findByKey(queue, key);
		if (first) return first;
		const at = clock.now();
		const id = createId('queueItem', at);
		const row = {
			id,
			queue,
			key,
			item: JSON.stringify({ ...item, sourceId: id }),
			priority: item.priority ?? 0,
			status: 'ready',
			created_at: at,
			updated_at: at,
		};
		try {
			await write({
				records: [{ op: 'insert', table: 'queue_items', row }, ...(conditions.records?.(id) ?? [])],
				events: [createEvent('queue.item.added', null, at, { queue, itemId: id })],
			});
			return { id, repeated: false };
		} catch (thrown) {
			// Somebody added it with the same key at the same time, and was first.
			const winner = toStatecraftError(thrown).code === 'constraint_violated' && (await findByKey(queue, key));
			if (winner) return winner;
			throw thrown;
		}
	};

	async function findByKey(queue: string, key: string | null): Promise<Addition | undefined> {
		const first = key === null ? undefined : await reads.queueItemByKey(queue, key);
		return first && { id: first.id, repeated: true };
	}

	const claim: QueueBroker['claim'] = (workflow, queue, visibilityTimeoutMs) =>
		takeTurn(queue, async () => {
			const now = clock.now();
			if (await reads.dueDispatch(workflow.id, now)) return { dispatchId: null, nextAt: now };
			const { find, nextLapseAt } = await lookForNext(queue, now);
			if (!find) return { dispatchId: null, nextAt: nextLapseAt };
			const dispatchId = await writeClaim(workflow, find, now, now + Math.ceil(visibilityTimeoutMs));
			return { dispatchId, nextAt: now };
		});

	async function lookForNext(queue: string, now: number): Promise<Look> {
		let nextLapseAt: number | null = null;
		for await (const item of readInLine(queue)) {
			const isClaimed = item.status === 'claimed' && item.dispatchId !== null;
			const dispatch = isClaimed ? await reads.dispatch(item.dispatchId) : undefined;
			const freeFrom = findFreeFrom(item, dispatch);
			if (freeFrom === null) continue;
			if (freeFrom <= now) return { find: { item, lapsed: dispatch }, nextLapseAt: null };
			nextLapseAt = Math.min(freeFrom, nextLapseAt ?? freeFrom);
		}
		return { find: null, nextLapseAt };
	}

	/** Items that are ready or claimed, the first in line first, read no further than asked for. */
	async function* readInLine(queue: string): AsyncGenerator<QueueItemView> {
		const seen = new Set<string>();
		for (let limit = 16; ; limit *= 2) {
			const items = await reads.claimableItems(queue, endOfTime, limit);
			for (const item of items) {
				if (!seen.has(item.id)) yield item;
				seen.add(item.id);
			}
			if (items.length < limit) return;
		}
	}

	async function writeClaim(
		workflow: IntakeWorkflow,
		{ item, lapsed }: Find,
		now: number,
		visibleAt: number,
	): Promise<string> {
		const queued = { ...item.item, priority: item.priority, queueItemId: item.id };
		const made = createDispatchRecords(workflow, queued, now);
		const ended = lapsed && (await createEnd(lapsed, now));
		const set = {
			status: 'claimed',
			workflow_id: workflow.id,
			dispatch_id: made.id,
			visible_at: visibleAt,
			updated_at: now,
		};
		await write({
			records: [...(ended?.records ?? []), ...made.records, { op: 'update', table: 'queue_items', id: item.id, set }],
			events: [...(ended?.events ?? []), ...made.events],
		});
		return made.id;
	}

	/** The end of a dispatch whose claim has lapsed. */
	async function createEnd(
		{ id, workflowId, sourceId }: DispatchView,
		now: number,
	): Promise<Required<Pick<WriteUnit, 'records' | 'events'>>> {
		const error = createFailure(
			'superseded',
			'It was not taken up in time: the queue gave the item to another workflow.',
		);
		const set = {
			status: 'skipped',
			live_key: null,
			next_attempt_at: null,
			error: JSON.stringify(error),
			finished_at: now,
			updated_at: now,
		};
		const agentId = (await reads.workflow(workflowId))?.agentId ?? null;
		return {
			records: [{ op: 'update', table: 'dispatches', id, set }],
			events: [createEvent('dispatch.skipped', agentId, now, { dispatchId: id, workflowId, sourceId, error })],
		};
	}

	const holding: QueueBroker['holding'] = async (queueItemId, dispatchId, work) => {
		const queue = (await reads.queueItem(queueItemId))?.queue;
		if (queue === undefined) return undefined;
		return takeTurn(queue, async () => {
			const item = await reads.queueItem(queueItemId);
			return item?.dispatchId === dispatchId ? work() : undefined;
		});
	};

	return { add, claim, holding };
}

/** From when on the item may be claimed, epoch milliseconds; null: not for all that is known. */
function findFreeFrom(item: QueueItemView, dispatch: DispatchView | undefined): number | null {
	if (item.status === 'ready') return 0;
	// Without a dispatch it is left over from a workflow that was removed just when it claimed.
	const lapses = !dispatch || dispatch.status === 'pending';
	// A claim has no end when somebody has sent its dispatch again.
	return lapses ? item.visibleAt : null;
}
