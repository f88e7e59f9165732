/**
 * Reads in PostgreSQL's dialect.
 *
 * 1. What is led by blocks is read block by block (LATERAL, which OFFSET 0 keeps from being flattened), for
 *    the planner does not know that a quiet agent's events are best found so.
 * 2. PostgreSQL refuses to look into JSON in which anything stands for a NUL or half a surrogate pair, which
 *    snapshots may hold. They are read as U+FFFD; a backslash before it only makes that a text.
 */
import { Prisma } from '../generated/client.ts';
import type { ReadDialect, Sql } from '../read-dialect.ts';
import { toWritableJson } from './statements.ts';

const readable = (json: Sql): Sql =>
	Prisma.sql`regexp_replace(${json}, '\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\ufffd', 'g')`;

const elements = (json: Sql, alias: string): Sql =>
	Prisma.sql`jsonb_array_elements_text(${json}::jsonb) AS ${Prisma.raw(alias)}(value)`;

export const postgresqlReads: ReadDialect = {
	each: (json, alias) => elements(readable(json), alias),
	values: (texts, alias) => elements(Prisma.sql`${toWritableJson(texts)}`, alias),
	hasLabels: (labels) =>
		Prisma.sql`${readable(Prisma.sql`"agents"."labels"`)}::jsonb @> ${toWritableJson(labels)}::jsonb`,
	join: Prisma.sql`JOIN`,
	by: () => Prisma.empty,
	eventsOfAgents: ({ from, to, agentIds, where, direction, limit }) => Prisma.sql`
		SELECT e."seq", e."topic", e."agent_id" AS "agentId", e."at", e."data"
		FROM generate_series(${from}::integer, ${to}::integer) AS blocks(block)
		CROSS JOIN LATERAL (
			SELECT * FROM "events" AS e WHERE e."block" = blocks.block
			AND e."agent_id" = ANY (ARRAY(SELECT jsonb_array_elements_text(${toWritableJson(agentIds)}::jsonb)))
			AND ${where} OFFSET 0) AS e
		ORDER BY e."seq" ${direction} LIMIT ${limit}`,
	journalOf: ({ from, to, address }) => Prisma.sql`(
		SELECT t.* FROM generate_series(${from}::integer, ${to}::integer) AS blocks(block)
		CROSS JOIN LATERAL (
			SELECT * FROM "transitions" AS t
			WHERE t."block" = blocks.block AND t."address" = ${address} OFFSET 0) AS t) AS t`,
	// A quarantined snapshot may be anything: only others are looked into.
	actorDetails: Prisma.sql`
		CASE WHEN a."quarantine" IS NULL THEN (${readable(Prisma.sql`a."snapshot"`)}::json -> 'value')::text END AS "value",
		(SELECT coalesce(json_agg(json_build_object(
				'id', t."id", 'type', ${readable(Prisma.sql`t."event"`)}::json ->> 'type', 'dueAt', t."due_at")
			ORDER BY t."due_at", t."id"), '[]')::text FROM "timers" AS t WHERE t."address" = a."address") AS "timers",
		(SELECT coalesce(json_agg(c."address" ORDER BY c."address"), '[]')::text
			FROM "actors" AS c WHERE c."parent" = a."address") AS "children"`,
};
