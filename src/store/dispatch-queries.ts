/** Reads dispatches. Their ids sort by the time they were made: what is newest first is so by id. */
import type { DispatchView, WorkflowReads } from '../workflows/views.ts';
import type { Dispatch } from './generated/client.ts';
import { toPromptView } from './prompt-queries.ts';
import type { ReadClient } from './read-client.ts';
import type { ReadDialect } from './read-dialect.ts';
import { parseJson, parseJsonOrNull, toNumber, toNumberOrNull } from './row-values.ts';

export type DispatchQueries = Pick<
	WorkflowReads,
	| 'dispatches'
	| 'dispatch'
	| 'dispatchesByIds'
	| 'dispatchOf'
	| 'dispatchPrompts'
	| 'dueDispatch'
	| 'dispatchUnderWay'
	| 'outstandingQueueDispatches'
	| 'nextDueAt'
	| 'knownSources'
>;

export function createDispatchQueries(client: ReadClient, { values }: ReadDialect): DispatchQueries {
	async function dispatch(id: string): Promise<DispatchView | undefined> {
		const row = await client.dispatch.findUnique({ where: { id } });
		return row === null ? undefined : toDispatchView(row);
	}

	return {
		dispatch,
		async dispatches({ workflowId, status }, page) {
			const where = {
				...(workflowId === undefined ? {} : { workflowId }),
				...(status === undefined ? {} : { status }),
			};
			const [rows, total] = await Promise.all([
				client.dispatch.findMany({ where, orderBy: { id: 'desc' }, take: page.limit, skip: page.offset }),
				client.dispatch.count({ where }),
			]);
			return { items: rows.map(toDispatchView), total };
		},
		async dispatchesByIds(ids) {
			const rows = await client.dispatch.findMany({ where: { id: { in: [...ids] } } });
			return rows.map(toDispatchView);
		},
		async dispatchOf(workflowId, sourceId) {
			const row = await client.dispatch.findUnique({
				where: { workflowId_liveKey: { workflowId, liveKey: sourceId } },
			});
			return row === null ? undefined : toDispatchView(row);
		},
		async dispatchPrompts(id) {
			const rows = await client.prompt.findMany({
				where: {
					agentId: { in: await findAgents(client, id) },
					// A range, as LIKE would leave the index aside: `0` is the character after `/`.
					idempotencyKey: { gte: `${id}/`, lt: `${id}0` },
				},
				orderBy: { id: 'asc' },
			});
			return rows.map(toPromptView);
		},
		async dueDispatch(workflowId, now) {
			// Of what is due only the index is read, however much that is; then the one row.
			const first = await client.dispatch.findFirst({
				select: { id: true },
				where: { workflowId, nextAttemptAt: { lte: now } },
				orderBy: [{ priority: 'desc' }, { nextAttemptAt: 'asc' }, { id: 'asc' }],
			});
			return first === null ? undefined : dispatch(first.id);
		},
		async dispatchUnderWay(workflowId) {
			const row = await client.dispatch.findFirst({
				where: { workflowId, status: 'dispatched' },
				orderBy: { id: 'asc' },
			});
			return row === null ? undefined : toDispatchView(row);
		},
		async outstandingQueueDispatches(workflowId) {
			const rows = await client.dispatch.findMany({
				where: {
					workflowId,
					queueItemId: { not: null },
					OR: [{ nextAttemptAt: { not: null } }, { status: 'dispatched' }],
				},
			});
			return rows.map(toDispatchView);
		},
		async nextDueAt(workflowId) {
			const first = await client.dispatch.findFirst({
				select: { nextAttemptAt: true },
				where: { workflowId, nextAttemptAt: { not: null } },
				orderBy: { nextAttemptAt: 'asc' },
			});
			return toNumberOrNull(first?.nextAttemptAt ?? null);
		},
		async knownSources(workflowId, sourceIds) {
			const known = await client.$queryRaw<ReadonlyArray<{ readonly live_key: string }>>`
				SELECT "live_key" FROM "dispatches"
				WHERE "workflow_id" = ${workflowId}
				AND "live_key" IN (SELECT value FROM ${values(sourceIds, 'source')})`;
			return new Set(known.map((row) => row.live_key));
		},
	};
}

/** The agents a dispatch may have prompted: the workflow's, and the last attempt's if the workflow has moved on. */
async function findAgents(client: ReadClient, dispatchId: string): Promise<string[]> {
	const dispatch = await client.dispatch.findUnique({
		where: { id: dispatchId },
		select: { promptId: true, workflow: { select: { agentId: true } } },
	});
	if (dispatch === null) return [];
	const { promptId, workflow } = dispatch;
	const last =
		promptId === null ? null : await client.prompt.findUnique({ where: { id: promptId }, select: { agentId: true } });
	return [...new Set([workflow.agentId, last?.agentId ?? workflow.agentId])];
}

function toDispatchView(row: Dispatch): DispatchView {
	return {
		...row,
		item: parseJson(row.item),
		// Written by the workflows' projections only, from this same union.
		status: row.status as DispatchView['status'],
		nextAttemptAt: toNumberOrNull(row.nextAttemptAt),
		error: parseJsonOrNull(row.error),
		createdAt: toNumber(row.createdAt),
		updatedAt: toNumber(row.updatedAt),
		finishedAt: toNumberOrNull(row.finishedAt),
	};
}
