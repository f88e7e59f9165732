/** Reads requests: what agents asked of humans. */
import type { Reads, RequestView } from '../agents/views.ts';
import type { Request } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import { parseJson, parseJsonOrNull, toNumber, toNumberOrNull } from './row-values.ts';

export type RequestQueries = Pick<Reads, 'requests' | 'request' | 'requestsByIds'>;

export function createRequestQueries(client: ReadClient): RequestQueries {
	return {
		async requests({ status, agentId }, page) {
			const where = {
				...(status === undefined ? {} : { status }),
				...(agentId === undefined ? {} : { agentId }),
			};
			const [rows, total] = await Promise.all([
				// The longest waiting first.
				client.request.findMany({
					where,
					orderBy: [{ askedAt: 'asc' }, { id: 'asc' }],
					take: page.limit,
					skip: page.offset,
				}),
				client.request.count({ where }),
			]);
			return { items: rows.map(toRequestView), total };
		},
		async request(id) {
			const row = await client.request.findUnique({ where: { id } });
			return row === null ? undefined : toRequestView(row);
		},
		async requestsByIds(ids) {
			const rows = await client.request.findMany({ where: { id: { in: [...ids] } } });
			return rows.map(toRequestView);
		},
	};
}

function toRequestView(row: Request): RequestView {
	return {
		...row,
		// Written by the agents' projections only, from these same unions.
		kind: row.kind as RequestView['kind'],
		status: row.status as RequestView['status'],
		detail: parseJson(row.detail),
		options: parseJson(row.options),
		answer: parseJsonOrNull(row.answer),
		askedAt: toNumber(row.askedAt),
		deadlineAt: toNumberOrNull(row.deadlineAt),
		settledAt: toNumberOrNull(row.settledAt),
	};
}
