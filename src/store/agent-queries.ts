/** Reads agents and their runs. */
import type { AgentView, Listing, Page, Reads, RunView } from '../agents/views.ts';
import { type Agent, Prisma, type Run } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import type { ReadDialect } from './read-dialect.ts';
import { parseJson, parseJsonOrNull, toNumber, toNumberOrNull } from './row-values.ts';

export type AgentQueries = Pick<Reads, 'agents' | 'agent' | 'agentsByIds' | 'runs' | 'runsByIds'>;

type AgentFilter = Parameters<Reads['agents']>[0];

export function createAgentQueries(client: ReadClient, dialect: ReadDialect): AgentQueries {
	async function agents(filter: AgentFilter, page: Page): Promise<Listing<AgentView>> {
		if (Object.keys(filter.labels ?? {}).length > 0) return labelledAgents(client, dialect, filter, page);
		const where = filter.executionState === undefined ? {} : { executionState: filter.executionState };
		const [rows, total] = await Promise.all([
			client.agent.findMany({
				where,
				orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
				take: page.limit,
				skip: page.offset,
			}),
			client.agent.count({ where }),
		]);
		return { items: rows.map(toAgentView), total };
	}

	return {
		agents,
		async agent(idOrName) {
			const byId = await client.agent.findUnique({ where: { id: idOrName } });
			const row = byId ?? (await client.agent.findUnique({ where: { name: idOrName } }));
			return row === null ? undefined : toAgentView(row);
		},
		async agentsByIds(ids) {
			const rows = await client.agent.findMany({ where: { id: { in: [...ids] } } });
			return rows.map(toAgentView);
		},
		async runsByIds(ids) {
			const rows = await client.run.findMany({ where: { id: { in: [...ids] } } });
			return rows.map(toRunView);
		},
		async runs(agentId, page) {
			const where = { agentId };
			const [rows, total] = await Promise.all([
				client.run.findMany({
					where,
					orderBy: { generation: 'desc' },
					take: page.limit,
					skip: page.offset,
				}),
				client.run.count({ where }),
			]);
			return { items: rows.map(toRunView), total };
		},
	};
}

/** Labels are JSON, which is text to Prisma: the ids are found first, then their rows. */
async function labelledAgents(
	client: ReadClient,
	{ hasLabels }: ReadDialect,
	{ labels = {}, executionState: state }: AgentFilter,
	page: Page,
): Promise<Listing<AgentView>> {
	const isInState = state === undefined ? Prisma.sql`true` : Prisma.sql`"execution_state" = ${state}`;
	const matches = await client.$queryRaw<ReadonlyArray<{ readonly id: string }>>`
		SELECT "id" FROM "agents"
		WHERE ${isInState} AND ${hasLabels(labels)}
		ORDER BY "created_at", "id"`;
	const ids = matches.slice(page.offset, page.offset + page.limit).map(({ id }) => id);
	const rows = await client.agent.findMany({
		where: { id: { in: ids } },
		orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
	});
	return { items: rows.map(toAgentView), total: matches.length };
}

function toAgentView(row: Agent): AgentView {
	return {
		...row,
		driver: parseJson(row.driver),
		restart: parseJson(row.restart),
		policy: parseJsonOrNull(row.policy),
		budget: parseJsonOrNull(row.budget),
		labels: parseJson(row.labels),
		tags: parseJson(row.tags),
		error: parseJsonOrNull(row.error),
		usage: parseJsonOrNull(row.usage),
		startedAt: toNumberOrNull(row.startedAt),
		completedAt: toNumberOrNull(row.completedAt),
		stateChangedAt: toNumber(row.stateChangedAt),
		lastSeenAt: toNumberOrNull(row.lastSeenAt),
		createdAt: toNumber(row.createdAt),
		updatedAt: toNumber(row.updatedAt),
	};
}

function toRunView(row: Run): RunView {
	return {
		...row,
		startedAt: toNumber(row.startedAt),
		completedAt: toNumberOrNull(row.completedAt),
		error: parseJsonOrNull(row.error),
	};
}
