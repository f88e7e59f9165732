/** Reads queues and their items. Ids sort by the time they were made: the oldest first is so by id. */
import type { QueueItemView, QueueView, WorkflowReads } from '../workflows/views.ts';
import type { QueueItem } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import { parseJson, toNumber, toNumberOrNull } from './row-values.ts';

export type QueueQueries = Pick<
	WorkflowReads,
	'queues' | 'queueItems' | 'queueItem' | 'queueItemByKey' | 'claimableItems'
>;

const firstInLine = [{ priority: 'desc' }, { id: 'asc' }] as const;

export function createQueueQueries(client: ReadClient): QueueQueries {
	return {
		async queues({ limit, offset }) {
			const names = await findNames(client);
			const items = await countItems(client, names.slice(offset, offset + limit));
			return { items, total: names.length };
		},
		async queueItems(queue, { status }, page) {
			const where = status === undefined ? { queue } : { queue, status };
			const [rows, total] = await Promise.all([
				client.queueItem.findMany({ where, orderBy: [...firstInLine], take: page.limit, skip: page.offset }),
				client.queueItem.count({ where }),
			]);
			return { items: rows.map(toQueueItemView), total };
		},
		async queueItem(id) {
			const row = await client.queueItem.findUnique({ where: { id } });
			return row === null ? undefined : toQueueItemView(row);
		},
		async queueItemByKey(queue, key) {
			const row = await client.queueItem.findUnique({ where: { queue_key: { queue, key } } });
			return row === null ? undefined : toQueueItemView(row);
		},
		async claimableItems(queue, now, limit) {
			// Ready ones are read first: a claim made in between has not lapsed, and so nothing is met twice.
			const ready = await client.queueItem.findMany({
				where: { queue, status: 'ready' },
				orderBy: [...firstInLine],
				take: limit,
			});
			const lapsed = await client.queueItem.findMany({
				where: { queue, status: 'claimed', visibleAt: { lte: now } },
				orderBy: [...firstInLine],
				take: limit,
			});
			return [...ready, ...lapsed].sort(compareInLine).slice(0, limit).map(toQueueItemView);
		},
	};
}

/** Every queue's name, each found from the one before: as many steps through the index as there are queues. */
async function findNames(client: ReadClient): Promise<readonly string[]> {
	const rows = await client.$queryRaw<ReadonlyArray<{ readonly name: string }>>`
		WITH RECURSIVE "names" ("name") AS (
			SELECT min("queue") FROM "queue_items"
			UNION ALL
			SELECT (SELECT min("queue") FROM "queue_items" WHERE "queue" > "names"."name")
			FROM "names" WHERE "names"."name" IS NOT NULL)
		SELECT "name" FROM "names" WHERE "name" IS NOT NULL`;
	return rows.map(({ name }) => name);
}

async function countItems(client: ReadClient, names: readonly string[]): Promise<readonly QueueView[]> {
	const groups = await client.queueItem.groupBy({
		by: ['queue', 'status'],
		where: { queue: { in: [...names] } },
		_count: true,
	});
	const countOf = (name: string, status: string) =>
		groups.find((group) => group.queue === name && group.status === status)?._count ?? 0;
	return names.map((name) => ({
		name,
		counts: {
			ready: countOf(name, 'ready'),
			claimed: countOf(name, 'claimed'),
			done: countOf(name, 'done'),
			dead: countOf(name, 'dead'),
		},
	}));
}

function compareInLine(one: QueueItem, other: QueueItem): number {
	return other.priority - one.priority || (one.id < other.id ? -1 : 1);
}

function toQueueItemView(row: QueueItem): QueueItemView {
	return {
		...row,
		item: parseJson(row.item),
		// Written by the workflows' own code only, from this same union.
		status: row.status as QueueItemView['status'],
		visibleAt: toNumberOrNull(row.visibleAt),
		createdAt: toNumber(row.createdAt),
		updatedAt: toNumber(row.updatedAt),
	};
}
