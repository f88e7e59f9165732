/**
 * Reads the event stream.
 *
 * 1. Every event above the cursor that matches is answered once, in the order of `seq`; an answer
 *    shorter than `limit` means that there are no more. The same holds backwards for events before a seq.
 */
import type { EventView, Reads } from '../agents/views.ts';
import { Prisma } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import type { ReadDialect, Sql } from './read-dialect.ts';
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

export function createEventQueries(client: ReadClient, dialect: ReadDialect): EventQueries {
	async function lastEventSeq(): Promise<number> {
		const [row] = await client.$queryRaw<ReadonlyArray<{ readonly last: number | bigint | null }>>`
			SELECT max("seq") AS "last" FROM "events"`;
		return Number(row?.last ?? 0);
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
			const where = Prisma.sql`${isWithin(query)} AND ${topicMatches(dialect, query.topics)}`;
			const selection = { ...window, agentIds: [...new Set(agentIds)], where, direction: direction(query), limit };
			found.push(...(await client.$queryRaw<EventRow[]>(dialect.eventsOfAgents(selection))));
		}
		return found;
	}

	function eventsOfAll(query: EventQuery): Promise<EventRow[]> {
		return client.$queryRaw<EventRow[]>`
			SELECT e."seq", e."topic", e."agent_id" AS "agentId", e."at", e."data" FROM "events" AS e
			WHERE ${isWithin(query)} AND ${topicMatches(dialect, query.topics)}
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

function isWithin({ after, before }: EventQuery): Sql {
	const above = Prisma.sql`e."seq" > ${after}`;
	return before === undefined ? above : Prisma.sql`${above} AND e."seq" < ${before}`;
}

/** Backwards from a seq, whose last events are wanted. */
function direction({ before }: EventQuery): Sql {
	return before === undefined ? Prisma.sql`ASC` : Prisma.sql`DESC`;
}

/** A topic is wanted by its name, or by a prefix that ends in a dot. */
function topicMatches({ values }: ReadDialect, topics: readonly string[] | undefined): Sql {
	if (topics === undefined) return Prisma.sql`true`;
	return Prisma.sql`EXISTS (
		SELECT 1 FROM ${values(topics, 'wanted')}
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
