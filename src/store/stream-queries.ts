/** Reads for the stream of resources: which rows there are to tell of, and actors with their timers. */
import type { ActorView, RowKind, StreamReads } from '../stream/views.ts';
import { Prisma } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import type { ReadDialect, Sql } from './read-dialect.ts';

interface IdRow {
	readonly id: string;
}

/** For each kind what is told of, as `id`; `of` narrows a column down to the agents asked for. */
const present: Readonly<Record<RowKind, (of: (column: Sql) => Sql, dialect: ReadDialect) => Sql>> = {
	agent: (of) => Prisma.sql`
		SELECT "id" FROM "agents" WHERE ${of(Prisma.sql`"id"`)} ORDER BY "created_at", "id"`,
	request: (of) => Prisma.sql`
		SELECT "id" FROM "requests" WHERE "status" = 'open' AND ${of(Prisma.sql`"agent_id"`)} ORDER BY "asked_at", "id"`,
	// By way of their agents, for there is no index of what is queued.
	prompt: (of, { join }) => Prisma.sql`
		SELECT p."id" FROM "agents" AS a ${join} "prompts" AS p ON p."agent_id" = a."id"
		WHERE (a."queued_prompts" > 0 OR a."execution_state" = 'busy') AND p."status" IN ('queued', 'running')
		AND ${of(Prisma.sql`a."id"`)} ORDER BY p."created_at", p."id"`,
	run: (of, { join }) => Prisma.sql`
		SELECT r."id" FROM "agents" AS a ${join} "runs" AS r
		ON r."agent_id" = a."id" AND r."generation" = a."generation"
		WHERE r."completed_at" IS NULL AND ${of(Prisma.sql`a."id"`)} ORDER BY r."started_at", r."id"`,
	workflow: (of) => Prisma.sql`SELECT "id" FROM "workflows" WHERE ${of(Prisma.sql`"agent_id"`)} ORDER BY "name"`,
	dispatch: (of, { join }) => Prisma.sql`
		SELECT d."id" FROM "workflows" AS w ${join} "dispatches" AS d ON d."workflow_id" = w."id"
		WHERE (d."status" = 'dispatched' OR d."next_attempt_at" IS NOT NULL) AND ${of(Prisma.sql`w."agent_id"`)}
		ORDER BY d."id"`,
	task: (of) => Prisma.sql`
		SELECT "id" FROM "tasks" WHERE ${of(Prisma.sql`"agent_id"`)} ORDER BY "priority" DESC, "id"`,
	supervisor: (of) => Prisma.sql`SELECT "id" FROM "supervisors" WHERE ${of(Prisma.sql`"agent_id"`)} ORDER BY "id" DESC`,
	group: (of, { each }) => Prisma.sql`
		SELECT "id" FROM "agent_groups" WHERE EXISTS (
			SELECT 1 FROM ${each(Prisma.sql`"agent_groups"."members"`, 'member')} WHERE ${of(Prisma.sql`member.value`)})
		ORDER BY "name"`,
};

export function createStreamQueries(client: ReadClient, dialect: ReadDialect): StreamReads {
	const { each, join, values } = dialect;
	const isAmong = (column: Sql, texts: readonly string[]): Sql =>
		Prisma.sql`${column} IN (SELECT value FROM ${values(texts, 'among')})`;

	async function readIds(query: Sql): Promise<readonly string[]> {
		const rows = await client.$queryRaw<readonly IdRow[]>(query);
		return rows.map(({ id }) => id);
	}

	return {
		presentIds(kind, agentIds) {
			// A group of nobody belongs to no agent, but it is there.
			if (kind === 'group' && agentIds === undefined)
				return readIds(Prisma.sql`SELECT "id" FROM "agent_groups" ORDER BY "name"`);
			return readIds(
				present[kind]((column) => (agentIds === undefined ? Prisma.sql`true` : isAmong(column, agentIds)), dialect),
			);
		},
		awaitedIds(kind) {
			return readIds(
				kind === 'agent'
					? Prisma.sql`SELECT "id" FROM "agents" WHERE "execution_state" IN ('starting', 'idle', 'busy')`
					: Prisma.sql`SELECT "id" FROM "tasks" WHERE "state" IN ('assigned', 'working')`,
			);
		},
		lastRunIds: (agentIds) =>
			readIds(Prisma.sql`
				SELECT r."id" FROM ${values(agentIds, 'wanted')}
				${join} "agents" AS a ON a."id" = wanted.value
				${join} "runs" AS r ON r."agent_id" = a."id" AND r."generation" = a."generation"`),
		groupIdsOf: (agentIds) =>
			readIds(Prisma.sql`
				SELECT DISTINCT "agent_groups"."id" FROM "agent_groups", ${each(Prisma.sql`"agent_groups"."members"`, 'member')}
				WHERE ${isAmong(Prisma.sql`member.value`, agentIds)}`),
		actors: (addresses) => readActors(client, dialect, addresses),
	};
}

interface ActorRow {
	readonly address: string;
	readonly machineId: string;
	readonly machineVersion: number | bigint;
	readonly version: number | bigint;
	readonly value: string | null;
	readonly timers: string;
	readonly children: string;
}

/** One statement, so that an actor and its timers are of the same moment; contexts stay where they are. */
async function readActors(
	client: ReadClient,
	{ actorDetails, values }: ReadDialect,
	addresses: readonly string[],
): Promise<readonly ActorView[]> {
	const rows = await client.$queryRaw<readonly ActorRow[]>`
		SELECT a."address", a."machine_id" AS "machineId", a."machine_version" AS "machineVersion", a."version", ${actorDetails}
		FROM "actors" AS a WHERE a."address" IN (SELECT value FROM ${values(addresses, 'wanted')})`;
	return rows.map((row) => ({
		address: row.address,
		machineId: row.machineId,
		machineVersion: Number(row.machineVersion),
		version: Number(row.version),
		value: row.value === null ? null : JSON.parse(row.value),
		timers: JSON.parse(row.timers),
		children: JSON.parse(row.children),
	}));
}
