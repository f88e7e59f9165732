/**
 * Reads the event stream.
 *
 * 1. Every event above the cursor that matches is answered once, in the order of `seq`; an answer
 *    shorter than `limit` means that there are no more. The same holds backwards for events before a seq.
 */
import type { EventView, Reads } from '../agents/views.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';
import { blockOf } from './statements.ts';

export type EventQueries = Pick<Reads, 'events' | 'lastEventSeq'>;

type EventQuery = Parameters<Reads['events']>[0];

interface EventRow {
	readonly seq: number | bigint;
	readonly topic: string;
	readonly agentId: string | null;
	readonly at: number | bigint;
	readonly data: string;
}

/** How many blocks of the events' index one statement looks into at first. */
const firstWindow = 4;

export function createEventQueries(client: PrismaClient): EventQueries {
	async function lastEventSeq(): Promise<number> {
		const last = await client.event.aggregate({ _max: { seq: true } });
		return last._max.seq ?? 0;
	}

	/**
	 * The events of some agents are found through their index, which is led by blocks of numbers: window
	 * by window, each twice as wide, so that neither busy agents nor quiet ones make it read much in vain.
	 */
	async function eventsOfAgents(query: EventQuery, agentIds: readonly string[]): Promise<readonly EventRow[]> {
		const found: EventRow[] = [];
		const last = await lastEventSeq();
		const bounds = { first: blockOf(query.after), last: blockOf(Math.min(last, query.before ?? last)) };
		for (const window of query.before === undefined ? windowsUp(bounds) : windowsDown(bounds)) {
			if (found.length >= query.limit) break;
			const limit = query.limit - found.length;
			found.push(...(await client.$queryRaw<EventRow[]>(selectOfAgents(query, agentIds, window, limit))));
		}
		return found;
	}

	function eventsOfAll(query: EventQuery): Promise<EventRow[]> {
		return client.$queryRaw<EventRow[]>`
			SELECT e."seq", e."topic", e."agent_id" AS "agentId", e."at", e."data" FROM "events" AS e
			WHERE ${isWithin(query)} AND ${topicMatches(query.topics)}
			ORDER BY e."seq" ${direction(query)} LIMIT ${query.limit}`;
	}

	return {
		lastEventSeq,
		async events(query) {
			const rows = query.agentIds === undefined ? eventsOfAll(query) : eventsOfAgents(query, query.agentIds);
			const events = (await rows).map(toEventView);
			return query.before === undefined ? events : events.reverse();
		},
	};
}

interface BlockWindow {
	readonly from: number;
	readonly to: number;
}

function* windowsUp({ first, last }: { readonly first: number; readonly last: number }): Generator<BlockWindow> {
	for (let from = first, width = firstWindow; from <= last; from += width, width *= 2)
		yield { from, to: Math.min(from + width - 1, last) };
}

function* windowsDown({ first, last }: { readonly first: number; readonly last: number }): Generator<BlockWindow> {
	for (let to = last, width = firstWindow; to >= first; to -= width, width *= 2)
		yield { from: Math.max(to - width + 1, first), to };
}

function selectOfAgents(
	query: EventQuery,
	agentIds: readonly string[],
	{ from, to }: BlockWindow,
	limit: number,
): Prisma.Sql {
	return Prisma.sql`
		WITH RECURSIVE blocks (block) AS (
			SELECT ${from} UNION ALL SELECT block + 1 FROM blocks WHERE block < ${to})
		SELECT e."seq", e."topic", e."agent_id" AS "agentId", e."at", e."data"
		FROM blocks CROSS JOIN json_each(${JSON.stringify([...new Set(agentIds)])}) AS agent
		CROSS JOIN "events" AS e INDEXED BY "events_block_agent_id_idx"
		ON e."block" = blocks.block AND e."agent_id" = agent.value
		WHERE ${isWithin(query)} AND ${topicMatches(query.topics)}
		ORDER BY e."seq" ${direction(query)} LIMIT ${limit}`;
}

function isWithin({ after, before }: EventQuery): Prisma.Sql {
	const above = Prisma.sql`e."seq" > ${after}`;
	return before === undefined ? above : Prisma.sql`${above} AND e."seq" < ${before}`;
}

/** Backwards from a seq, whose last events are wanted. */
function direction({ before }: EventQuery): Prisma.Sql {
	return before === undefined ? Prisma.sql`ASC` : Prisma.sql`DESC`;
}

/** A topic is wanted by its name, or by a prefix that ends in a dot. */
function topicMatches(topics: readonly string[] | undefined): Prisma.Sql {
	if (topics === undefined) return Prisma.sql`true`;
	return Prisma.sql`EXISTS (
		SELECT 1 FROM json_each(${JSON.stringify(topics)}) AS wanted
		WHERE wanted.value = e."topic"
		OR (wanted.value LIKE '%.' AND substr(e."topic", 1, length(wanted.value)) = wanted.value))`;
}

function toEventView({ seq, topic, agentId, at, data }: EventRow): EventView {
	return {
		seq: Number(seq),
		topic,
		agentId,
		at: Number(at),
		data: JSON.parse(data),
	};
}
