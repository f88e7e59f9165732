/** Routes of the event stream: as a page of JSON, or as server-sent events that go on. */

import { z } from 'zod';
import { findAgent } from '../agents/route-answers.ts';
import type { EventView, Reads } from '../agents/views.ts';
import { StatecraftError } from '../errors.ts';
import { idParams, renderTime, timeField } from '../http/fields.ts';
import { type Reply, type Route, type RouteRequest, route } from '../http/route.ts';
import type { CursorReader } from './cursor.ts';
import { type EventFilter, normaliseTopics } from './filter.ts';
import { streamSse } from './sse.ts';

export interface EventRouteDeps {
	readonly reads: Pick<Reads, 'events' | 'lastEventSeq' | 'agent'>;
	readonly openCursor: (after: number, filter: EventFilter) => CursorReader;
	readonly pingIntervalMs: number;
	/** Told that a stream begins; the answer is called when it ends. */
	readonly streamBegan: () => () => void;
	readonly streamGap: () => void;
}

const eventStream = 'text/event-stream';

const eventsQuery = z.strictObject({
	after: z.coerce
		.number()
		.int()
		.min(0)
		.optional()
		.describe('Events with a seq above this one, the first of them; by default from the beginning.'),
	before: z.coerce
		.number()
		.int()
		.min(1)
		.optional()
		.describe(
			'Events with a seq below this one, the last of them, oldest first. Of a page only, and not with `after`.',
		),
	limit: z.coerce.number().int().min(1).max(200).default(50).describe('Of a page; a stream has no end.'),
	topic: z
		.union([z.string(), z.array(z.string())])
		.transform((topics) => (Array.isArray(topics) ? topics : topics.split(',')))
		.optional()
		.describe('Topics, or prefixes such as `agent.output.*`.'),
});

const eventResource = z
	.strictObject({
		seq: z.int(),
		topic: z.string(),
		agentId: z.string().nullable(),
		at: timeField,
		data: z.unknown(),
	})
	.meta({ id: 'Event' });

const eventsPage = z.strictObject({
	items: z.array(eventResource),
	limit: z.int(),
	cursor: z
		.int()
		.describe('What to ask for next with `after`; of a page before a seq: with `before`, until a page is empty.'),
	latest: z.int().describe('Seq of the last event there is.'),
});

const shape = {
	method: 'get',
	scope: 'read',
	tag: 'events',
	query: eventsQuery,
	responses: {
		200: { description: `A page of events; with \`Accept: ${eventStream}\`, a stream of them`, schema: eventsPage },
	},
} as const;

const listEvents = route(
	{ ...shape, path: '/events', summary: 'Every system event after a cursor' },
	(request: RouteRequest<unknown, z.output<typeof eventsQuery>>, deps: EventRouteDeps) =>
		answerEvents(request, deps, undefined),
);

const listAgentEvents = route(
	{
		...shape,
		path: '/agents/{id}/events',
		summary: "An agent's output and state changes after a cursor",
		params: idParams,
		errors: ['agent_not_found'],
	},
	async (request: RouteRequest<z.output<typeof idParams>, z.output<typeof eventsQuery>>, deps: EventRouteDeps) =>
		answerEvents(request, deps, (await findAgent(deps.reads, request.params.id)).id),
);

export const eventRoutes: ReadonlyArray<Route<EventRouteDeps>> = [listEvents, listAgentEvents];

async function answerEvents(
	request: RouteRequest<unknown, z.output<typeof eventsQuery>>,
	deps: EventRouteDeps,
	agentId: string | undefined,
): Promise<Reply> {
	const { after = 0, before, limit, topic } = request.query;
	refuseMixed(request);
	const topics = topic === undefined ? undefined : normaliseTopics(topic);
	const filter: EventFilter = {
		...(agentId === undefined ? {} : { agentIds: [agentId] }),
		...(topics === undefined ? {} : { topics }),
	};
	if (request.prefers(eventStream)) return streamEvents(request, deps, filter);
	// Read first: a client that sees `cursor` reach `latest` has everything there was.
	const latest = await deps.reads.lastEventSeq();
	const events = await deps.reads.events({ after, limit, ...filter, ...(before === undefined ? {} : { before }) });
	const cursor = before === undefined ? (events.at(-1)?.seq ?? after) : (events[0]?.seq ?? before);
	const known = Math.max(latest, events.at(-1)?.seq ?? after);
	return { status: 200, body: { items: events.map(renderEvent), limit, cursor, latest: known } };
}

/** A page goes one way, and a stream only forwards. */
function refuseMixed(request: RouteRequest<unknown, z.output<typeof eventsQuery>>): void {
	const { after, before } = request.query;
	const isStream = request.prefers(eventStream);
	if (before === undefined || (after === undefined && !isStream)) return;
	const message = isStream
		? 'A stream of events goes forwards: ask for it with after'
		: 'Ask for events before a seq or after one, not both';
	throw new StatecraftError('invalid_request', message, { issues: [{ path: 'query.before', message }] });
}

async function streamEvents(
	{ query, header, signal }: RouteRequest<unknown, z.output<typeof eventsQuery>>,
	deps: EventRouteDeps,
	filter: EventFilter,
): Promise<Reply> {
	// On a reconnect the address still holds the first cursor; the header knows better.
	const after = parseLastEventId(header('last-event-id')) ?? query.after ?? 0;
	await demandKnownCursor(deps.reads, after);
	return {
		async stream(exchange) {
			const ended = deps.streamBegan();
			const reader = deps.openCursor(after, filter);
			const options = { pingIntervalMs: deps.pingIntervalMs, signal, onGap: deps.streamGap };
			await streamSse(exchange, reader, options).finally(ended);
		},
	};
}

/** Rejects a cursor from another history, which would stay silent until the numbers have caught up with it. */
export async function demandKnownCursor(reads: Pick<Reads, 'lastEventSeq'>, after: number): Promise<void> {
	const latest = await reads.lastEventSeq();
	if (after <= latest) return;
	throw new StatecraftError('invalid_request', `There is no event ${after}: the last one is ${latest}`, {
		expected: latest,
		actual: after,
	});
}

function parseLastEventId(header: string | undefined): number | undefined {
	if (header === undefined || header === '') return undefined;
	const seq = Number(header);
	if (Number.isSafeInteger(seq) && seq >= 0) return seq;
	throw new StatecraftError('invalid_request', `Last-Event-ID "${header}" is no seq of an event`, {
		issues: [{ path: 'headers.last-event-id', message: 'Not a seq' }],
	});
}

function renderEvent(event: EventView): z.input<typeof eventResource> {
	const { seq, topic, agentId, at, data } = event;
	return { seq, topic, agentId, at: renderTime(at), data: data ?? null };
}
