/** Reads prompts. */
import type { PromptView, Reads } from '../agents/views.ts';
import type { Prompt } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import { parseJsonOrNull, toNumber, toNumberOrNull } from './row-values.ts';

export type PromptQueries = Pick<Reads, 'prompts' | 'prompt' | 'promptsByIds' | 'runningPrompts' | 'promptByKey'>;

export function createPromptQueries(client: ReadClient): PromptQueries {
	return {
		async prompts(agentId, filter, page) {
			const where = filter.status === undefined ? { agentId } : { agentId, status: filter.status };
			const [rows, total] = await Promise.all([
				client.prompt.findMany({
					where,
					orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
					take: page.limit,
					skip: page.offset,
				}),
				client.prompt.count({ where }),
			]);
			return { items: rows.map(toPromptView), total };
		},
		async prompt(id) {
			const row = await client.prompt.findUnique({ where: { id } });
			return row === null ? undefined : toPromptView(row);
		},
		async promptsByIds(ids) {
			const rows = await client.prompt.findMany({ where: { id: { in: [...ids] } } });
			return rows.map(toPromptView);
		},
		async runningPrompts(agentIds) {
			const rows = await client.prompt.findMany({ where: { agentId: { in: [...agentIds] }, status: 'running' } });
			return rows.map(toPromptView);
		},
		async promptByKey(agentId, idempotencyKey) {
			const row = await client.prompt.findUnique({
				where: { agentId_idempotencyKey: { agentId, idempotencyKey } },
			});
			return row === null ? undefined : toPromptView(row);
		},
	};
}

export function toPromptView(row: Prompt): PromptView {
	return {
		...row,
		// Written by the agents' projections only, from this same union.
		status: row.status as PromptView['status'],
		content: parseJsonOrNull(row.content),
		policy: parseJsonOrNull(row.policy),
		result: parseJsonOrNull(row.result),
		error: parseJsonOrNull(row.error),
		createdAt: toNumber(row.createdAt),
		startedAt: toNumberOrNull(row.startedAt),
		finishedAt: toNumberOrNull(row.finishedAt),
	};
}
