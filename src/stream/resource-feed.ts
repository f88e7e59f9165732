/**
 * The feed of resources: one for all clients. It hears of committed events, works out what they touched,
 * reads that again in sets and hands every client its messages.
 *
 * It owns what was touched and not yet told, and a note on each resource under way that was told. Its
 * pauses are about the transport, not about the domain's time, and so are plain timers.
 *
 * 1. Whatever was touched is read after the event was committed, and told after the clients' cursors have
 *    got the event.
 * 2. A resource is told at most once in `pauseMs`, however often it was touched; tellings take at most about
 *    a quarter of the time, however many resources they are of.
 * 3. Tellings follow each other: no older form of a resource is told after a newer one. Who joins while
 *    one is under way is not told of it, for whoever joins reads for himself what there is by then.
 * 4. While nobody listens nothing is read, counted or kept.
 */

import type { CurrentActivity } from '../agents/current-activity.ts';
import { createSerial } from '../durable/serial.ts';
import type { EventFeed } from './feed.ts';
import { encodeRemoval, encodeResource, keyOf, type Resource, type ResourceMessage } from './resource.ts';
import type { ResourceSources } from './resource-sources.ts';
import { isActivity, type Touch, touchedBy } from './touches.ts';
import type { ResourceKind, StreamReads } from './views.ts';

export interface ResourceListener {
	readonly kinds: ReadonlySet<ResourceKind>;
	/** Undefined: of all agents. */
	readonly agentIds: ReadonlySet<string> | undefined;
	deliver(messages: readonly ResourceMessage[]): void;
}

export interface ResourceFeed {
	/** Hears of everything touched from now on; the answer ends that. */
	join(listener: ResourceListener): () => void;
	/** Tells one listener of what was touched before it joined. */
	tell(listener: ResourceListener, touches: readonly Touch[]): Promise<void>;
	/** Takes note of what a listener was told by other ways. */
	note(resources: readonly Resource[]): void;
	close(): void;
}

export interface ResourceFeedDeps {
	readonly feed: EventFeed;
	readonly sources: ResourceSources;
	readonly reads: Pick<StreamReads, 'awaitedIds' | 'lastRunIds' | 'groupIdsOf'>;
	readonly activity: Pick<CurrentActivity, 'subscribe'>;
	/** How often it is looked whose staleness has changed. */
	readonly stalenessIntervalMs: number;
	readonly onError: (error: unknown) => void;
	/** Default 100. */
	readonly pauseMs?: number;
}

/** What is remembered of a resource that was told. */
type Note = Pick<Resource, 'kind' | 'id' | 'agentIds' | 'goesWith' | 'staleness'>;

/** Before it is tried again when the store could not be read. */
const retryMs = 1_000;

export function createResourceFeed(deps: ResourceFeedDeps): ResourceFeed {
	const { feed, sources, reads, pauseMs = 100 } = deps;
	const listeners = new Set<ResourceListener>();
	const notes = new Map<string, Note>();
	const serial = createSerial();
	let touched = new Map<string, Touch>();
	/** Not before, by the monotonic clock. */
	let nextAt = Number.NEGATIVE_INFINITY;
	let timer: NodeJS.Timeout | undefined;
	let stopListening: (() => void) | undefined;

	const inTurn = <T>(work: () => Promise<T>): Promise<T> => serial('telling', work);

	function add(touches: readonly Touch[]): void {
		for (const touch of touches) touched.set(`${touch.kind} ${touch.id}`, touch);
		if (touched.size > 0) schedule(Math.max(0, nextAt - performance.now()));
	}

	function schedule(waitMs: number): void {
		if (listeners.size > 0) timer ??= setTimeout(() => void inTurn(tellTouched), waitMs);
	}

	async function tellTouched(): Promise<void> {
		const beganAt = performance.now();
		const taken = touched;
		touched = new Map();
		const present = [...listeners];
		try {
			const messages = await readTouched([...taken.values()], new Set(present.flatMap(({ kinds }) => [...kinds])));
			for (const listener of present) if (listeners.has(listener)) deliver(listener, messages);
			timer = undefined;
			nextAt = beganAt + Math.max(pauseMs, 4 * (performance.now() - beganAt));
			add([]);
		} catch (error) {
			deps.onError(error);
			touched = new Map([...taken, ...touched]);
			timer = undefined;
			schedule(retryMs);
		}
	}

	async function readTouched(
		touches: readonly Touch[],
		kinds: ReadonlySet<ResourceKind>,
	): Promise<readonly ResourceMessage[]> {
		const ids = await expand(touches, kinds);
		const messages: ResourceMessage[] = [];
		for (const [kind, wanted] of ids) {
			if (!kinds.has(kind)) continue;
			const resources = await sources.read(kind, [...wanted]);
			for (const resource of resources) {
				wanted.delete(resource.id);
				messages.push(...describe(resource));
			}
			for (const id of wanted) messages.push(encodeRemoval(kind, id, forget(kind, id)));
			note(resources);
		}
		return messages;
	}

	/** Ids by kind, with those that are touched by way of something else. */
	async function expand(
		touches: readonly Touch[],
		kinds: ReadonlySet<ResourceKind>,
	): Promise<ReadonlyMap<ResourceKind, Set<string>>> {
		const ids = new Map<ResourceKind, Set<string>>();
		const put = (kind: ResourceKind, id: string) => ids.set(kind, (ids.get(kind) ?? new Set()).add(id));
		const gone = new Set<string>();
		const agents: Readonly<Record<'lastRunOf' | 'groupsOf', string[]>> = { lastRunOf: [], groupsOf: [] };
		for (const { kind, id } of touches) {
			if (kind === 'goingWith') gone.add(id);
			else if (kind === 'lastRunOf' || kind === 'groupsOf') agents[kind].push(id);
			else put(kind, id);
		}
		for (const id of await findLastRuns(kinds, agents.lastRunOf)) put('run', id);
		for (const id of await findGroups(kinds, agents.groupsOf)) put('group', id);
		for (const { kind, id } of findGoingWith(gone)) put(kind, id);
		return ids;
	}

	async function findLastRuns(kinds: ReadonlySet<ResourceKind>, ofAgents: readonly string[]) {
		return kinds.has('run') && ofAgents.length > 0 ? reads.lastRunIds(ofAgents) : [];
	}

	async function findGroups(kinds: ReadonlySet<ResourceKind>, ofAgents: readonly string[]) {
		return kinds.has('group') && ofAgents.length > 0 ? reads.groupIdsOf(ofAgents) : [];
	}

	function findGoingWith(gone: ReadonlySet<string>): readonly Note[] {
		if (gone.size === 0) return [];
		return [...notes.values()].filter(({ goesWith }) => goesWith !== null && gone.has(goesWith));
	}

	/** The resource, and its removal for those who asked only for agents that it has left. */
	function describe(resource: Resource): readonly ResourceMessage[] {
		const { kind, id, agentIds } = resource;
		const former = notes.get(keyOf(kind, id))?.agentIds.filter((agentId) => !agentIds.includes(agentId)) ?? [];
		const message = encodeResource(resource);
		return former.length === 0 ? [message] : [encodeRemoval(kind, id, former), message];
	}

	function forget(kind: ResourceKind, id: string): readonly string[] | null {
		const key = keyOf(kind, id);
		const known = notes.get(key)?.agentIds ?? null;
		notes.delete(key);
		return known;
	}

	function note(resources: readonly Resource[]): void {
		if (listeners.size === 0) return;
		for (const { kind, id, agentIds, goesWith, staleness, isUnderWay } of resources) {
			if (isUnderWay) notes.set(keyOf(kind, id), { kind, id, agentIds, goesWith, ...(staleness && { staleness }) });
			else notes.delete(keyOf(kind, id));
		}
	}

	/** Staleness changes with time, without an event. */
	async function tellStaleness(): Promise<void> {
		for (const kind of ['agent', 'task'] as const) {
			const wanting = [...listeners].filter(({ kinds }) => kinds.has(kind));
			if (wanting.length === 0) continue;
			const resources = await sources.read(kind, await reads.awaitedIds(kind));
			const changed = resources.filter(
				({ id, staleness }) => (notes.get(keyOf(kind, id))?.staleness ?? 'ok') !== staleness,
			);
			note(changed);
			const messages = changed.map(encodeResource);
			for (const listener of wanting) if (listeners.has(listener)) deliver(listener, messages);
		}
	}

	function begin(): () => void {
		const leaveFeed = feed.join((_, events) => {
			for (const { topic, agentId, data } of events)
				if (!isActivity(topic)) add(touchedBy(topic, agentId, () => JSON.parse(data)));
		});
		const leaveActivity = deps.activity.subscribe((agentId) => add([{ kind: 'agent', id: agentId }]));
		const ticker = setInterval(() => inTurn(tellStaleness).catch(deps.onError), deps.stalenessIntervalMs);
		return () => {
			leaveFeed();
			leaveActivity();
			clearInterval(ticker);
			clearTimeout(timer);
			timer = undefined;
			touched = new Map();
			notes.clear();
		};
	}

	function leave(listener: ResourceListener): void {
		if (!listeners.delete(listener) || listeners.size > 0) return;
		stopListening?.();
		stopListening = undefined;
	}

	return {
		join(listener) {
			listeners.add(listener);
			stopListening ??= begin();
			return () => leave(listener);
		},
		tell: (listener, touches) =>
			inTurn(async () => {
				const messages = await readTouched(touches, listener.kinds);
				if (listeners.has(listener)) deliver(listener, messages);
			}),
		note,
		close() {
			for (const listener of [...listeners]) leave(listener);
		},
	};
}

function deliver(listener: ResourceListener, messages: readonly ResourceMessage[]): void {
	const wanted = messages.filter(({ kind, agentIds }) => {
		if (!listener.kinds.has(kind)) return false;
		return listener.agentIds === undefined || agentIds === null || agentIds.some((id) => listener.agentIds?.has(id));
	});
	if (wanted.length > 0) listener.deliver(wanted);
}
