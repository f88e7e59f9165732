/** Reads groups of agents. */
import type { GroupReads, GroupView } from '../agents/groups/views.ts';
import { type AgentGroup, Prisma } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import type { ReadDialect } from './read-dialect.ts';
import { parseJson, toNumber } from './row-values.ts';

export function createGroupQueries(client: ReadClient, { each, values }: ReadDialect): GroupReads {
	/** Rows name their members by id only. */
	async function toViews(rows: readonly AgentGroup[]): Promise<GroupView[]> {
		const ids = rows.flatMap((row) => parseJson<string[]>(row.members));
		const agents = await client.$queryRaw<ReadonlyArray<{ readonly id: string; readonly name: string }>>`
			SELECT "id", "name" FROM "agents" WHERE "id" IN (SELECT value FROM ${values(ids, 'member')})`;
		const names = new Map(agents.map(({ id, name }) => [id, name]));
		return rows.map((row) => toGroupView(row, names));
	}

	async function toViewOrNone(row: AgentGroup | null): Promise<GroupView | undefined> {
		return row === null ? undefined : (await toViews([row]))[0];
	}

	return {
		async groups(page) {
			const [rows, total] = await Promise.all([
				client.agentGroup.findMany({ orderBy: { name: 'asc' }, take: page.limit, skip: page.offset }),
				client.agentGroup.count(),
			]);
			return { items: await toViews(rows), total };
		},
		async group(idOrName) {
			const byId = await client.agentGroup.findUnique({ where: { id: idOrName } });
			return toViewOrNone(byId ?? (await client.agentGroup.findUnique({ where: { name: idOrName } })));
		},
		async groupsByIds(ids) {
			return toViews(await client.agentGroup.findMany({ where: { id: { in: [...ids] } } }));
		},
		async groupOf(agentId) {
			// JSON, which is text to Prisma.
			const [match] = await client.$queryRaw<ReadonlyArray<{ readonly id: string }>>`
				SELECT "agent_groups"."id" FROM "agent_groups", ${each(Prisma.sql`"agent_groups"."members"`, 'member')}
				WHERE member.value = ${agentId} LIMIT 1`;
			return match && toViewOrNone(await client.agentGroup.findUnique({ where: { id: match.id } }));
		},
	};
}

function toGroupView(row: AgentGroup, names: ReadonlyMap<string, string>): GroupView {
	return {
		...row,
		strategy: row.strategy as GroupView['strategy'],
		members: parseJson<string[]>(row.members).map((id) => ({ id, name: names.get(id) ?? null })),
		createdAt: toNumber(row.createdAt),
		updatedAt: toNumber(row.updatedAt),
	};
}
