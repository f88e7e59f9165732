/** Reads in SQLite's dialect. */
import { Prisma } from '../generated/client.ts';
import type { ReadDialect } from '../read-dialect.ts';

/** The numbers from one to another as a table `blocks`. */
const blocks = (from: number, to: number) => Prisma.sql`
	WITH RECURSIVE blocks (block) AS (SELECT ${from} UNION ALL SELECT block + 1 FROM blocks WHERE block < ${to})`;

export const sqliteReads: ReadDialect = {
	each: (json, alias) => Prisma.sql`json_each(${json}) AS ${Prisma.raw(alias)}`,
	values: (texts, alias) => Prisma.sql`json_each(${JSON.stringify(texts)}) AS ${Prisma.raw(alias)}`,
	hasLabels: (labels) => Prisma.sql`NOT EXISTS (
		SELECT 1 FROM json_each(${JSON.stringify(labels)}) AS wanted WHERE NOT EXISTS (
			SELECT 1 FROM json_each("agents"."labels") AS label
			WHERE label.key = wanted.key AND label.value = wanted.value))`,
	join: Prisma.sql`CROSS JOIN`,
	by: (index) => Prisma.raw(`INDEXED BY "${index}"`),
	eventsOfAgents: ({ from, to, agentIds, where, direction, limit }) => Prisma.sql`
		${blocks(from, to)}
		SELECT e."seq", e."topic", e."agent_id" AS "agentId", e."at", e."data"
		FROM blocks CROSS JOIN json_each(${JSON.stringify(agentIds)}) AS agent
		CROSS JOIN "events" AS e INDEXED BY "events_block_agent_id_idx"
		ON e."block" = blocks.block AND e."agent_id" = agent.value
		WHERE ${where} ORDER BY e."seq" ${direction} LIMIT ${limit}`,
	journalOf: ({ from, to, address }) => Prisma.sql`(
		${blocks(from, to)}
		SELECT t.* FROM blocks CROSS JOIN "transitions" AS t INDEXED BY "transitions_block_address_idx"
		ON t."block" = blocks.block AND t."address" = ${address}) AS t`,
	actorDetails: Prisma.sql`
		CASE WHEN json_valid(a."snapshot") THEN a."snapshot" -> '$.value' END AS "value",
		(SELECT json_group_array(json_object('id', t."id", 'type', t."event" ->> '$.type', 'dueAt', t."due_at")
			ORDER BY t."due_at", t."id") FROM "timers" AS t WHERE t."address" = a."address") AS "timers",
		(SELECT json_group_array(c."address" ORDER BY c."address")
			FROM "actors" AS c WHERE c."parent" = a."address") AS "children"`,
};
