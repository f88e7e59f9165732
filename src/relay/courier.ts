/**
 * Carries pages of the journal to Valkey: hashes first, then the stream and the channels, so that whoever
 * hears of an event finds a hash that is at least as new.
 *
 * 1. The place moves on when the events are in the stream, and is saved after that.
 * 2. A stream that lacks what was once written to it, as after a loss of Valkey's data, is filled again
 *    from the journal, as far as it is long; subscribers are not told again.
 * 3. A key of another kind in the way of one outlet stops that one alone.
 */

import type { EventView, Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import { familyOf, listRelayedTopics, renderCloudEvent } from './cloud-event.ts';
import { createMirror, type MirrorReads } from './mirror.ts';
import type { Names } from './names.ts';
import { createPlaceKeeper, type Place, type PlaceDeps } from './place.ts';
import { createEventStream } from './stream.ts';
import type { Answer, Command, Valkey } from './valkey.ts';

export interface CourierReads extends MirrorReads, Pick<Reads, 'events' | 'lastEventSeq'> {
	setting(id: string): Promise<string | undefined>;
}

export interface CourierDeps {
	readonly names: Names;
	/** `source` of the events. */
	readonly source: string;
	/** Whether what agents say is relayed as well. */
	readonly withOutput: boolean;
	/** How many events the stream holds, about. */
	readonly streamLength: number;
	readonly clock: Clock;
	readonly reads: CourierReads;
	readonly saveSetting: PlaceDeps['saveSetting'];
	/** Told of a key in the way. */
	onObstacle(text: string): void;
	/** Told how many events are in the stream for the first time. */
	onRelayed(count: number): void;
}

export interface Courier {
	/** Takes up the stored place; the first time the end of the journal. */
	load(): Promise<void>;
	/** To be called on a new connection: looks at the stream, and makes every hash as it should be. */
	greet(valkey: Valkey): Promise<void>;
	/** Carries one page; false when there is no more. */
	carry(valkey: Valkey): Promise<boolean>;
	/** Stores the place, at once or when it is time to; true when nothing is left to be stored. */
	save(options?: { readonly atOnce: boolean }): Promise<boolean>;
	/** Seq up to which everything is in the stream. */
	reached(): number;
	/** Whether something is in the way of the stream. */
	isObstructed(): boolean;
}

/**
 * How much of the journal one page is: rows that are looked at, so that what agents say does not make it long
 * where it is left out, and few where it is not, for it may be long itself.
 */
const pageSize = { events: 500, output: 100 } as const;

/** How often it is looked whether a key in the way of the stream is gone. */
export const lookAgainMs = 5_000;

export function createCourier(deps: CourierDeps): Courier {
	const { names, source, streamLength, clock, reads } = deps;
	const keeper = createPlaceKeeper(deps);
	const mirror = createMirror({ names, reads });
	const stream = createEventStream({ names, source, length: streamLength, reads });
	const size = deps.withOutput ? pageSize.output : pageSize.events;
	const topics = listRelayedTopics(deps.withOutput);
	const named = new Set<string>();

	let place: Place = { since: 0, reached: 0 };
	/** Where the next page begins. */
	let position = 0;
	/** Seq up to which hashes and channels know. */
	let told = 0;
	/** Seq of the newest entry of the stream. */
	let newest = 0;
	let obstacle: string | null = null;
	let lookAt = 0;

	function name(text: string): void {
		if (named.has(text)) return;
		named.add(text);
		deps.onObstacle(text);
	}

	function obstruct(text: string): void {
		obstacle = text;
		lookAt = clock.now() + lookAgainMs;
		name(text);
	}

	/** Where the stream is to be continued, or filled again. */
	function resumeAfter(entry: number | null): number {
		if (entry !== null && entry >= place.reached) return place.reached;
		return Math.max(place.since, entry ?? 0, place.reached - streamLength);
	}

	async function look(valkey: Valkey): Promise<void> {
		const state = await stream.inspect(valkey);
		if (state.obstacle !== null) {
			position = told;
			obstruct(state.obstacle);
			return;
		}
		obstacle = null;
		newest = state.newest ?? 0;
		position = resumeAfter(state.newest);
	}

	/** Everything that is to be done for an event, but for the hashes. */
	function announce(event: EventView): readonly Command[] {
		const text = renderCloudEvent(event, source);
		const commands: Command[] = [];
		if (obstacle === null && event.seq > newest) commands.push(stream.append(event.seq, text));
		if (event.seq > told) {
			commands.push(['publish', names.channel, text], ['publish', names.familyChannel(familyOf(event.topic)), text]);
		}
		return commands;
	}

	async function run(valkey: Valkey, commands: readonly Command[]): Promise<readonly Answer[]> {
		return commands.length === 0 ? [] : valkey.run(commands);
	}

	async function put(valkey: Valkey, commands: readonly Command[]): Promise<void> {
		for (const answer of await run(valkey, commands)) if (answer.obstacle !== null) name(answer.obstacle);
	}

	/** What is told is in the stream as well, unless something is in the way of that. */
	async function note(seq: number): Promise<void> {
		told = Math.max(told, seq);
		if (obstacle !== null) return;
		newest = Math.max(newest, seq);
		if (seq > place.reached) place = { ...place, reached: seq };
		await keeper.save(place);
	}

	async function tell(valkey: Valkey, events: readonly EventView[]): Promise<void> {
		const last = events.at(-1);
		if (last === undefined) return;
		await put(valkey, await mirror.follow(events.filter(({ seq }) => seq > told)));
		const answers = await run(valkey, events.flatMap(announce));
		const inTheWay = answers.find((answer) => answer.obstacle !== null);
		if (inTheWay?.obstacle) obstruct(`${names.stream}: ${inTheWay.obstacle}`);
		else if (obstacle === null) deps.onRelayed(events.filter(({ seq }) => seq > newest).length);
		await note(last.seq);
	}

	return {
		async load() {
			place = await keeper.load();
			told = place.reached;
		},
		async greet(valkey) {
			named.clear();
			await look(valkey);
			for await (const commands of mirror.rebuild(valkey)) await put(valkey, commands);
		},
		async carry(valkey) {
			if (obstacle !== null && clock.now() >= lookAt) await look(valkey);
			const end = position + size;
			const events = await reads.events({
				...{ after: position, before: end + 1, limit: size },
				...(topics && { topics }),
			});
			await tell(valkey, events);
			// One that is there says that all before it are, and that nothing can come in between any more.
			const [beyond] = await reads.events({ after: end, limit: 1 });
			position = beyond ? end : (events.at(-1)?.seq ?? position);
			return beyond !== undefined;
		},
		save: (options) => keeper.save(place, options),
		reached: () => place.reached,
		isObstructed: () => obstacle !== null,
	};
}
