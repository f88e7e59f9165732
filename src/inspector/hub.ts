/**
 * The hub of the inspector: shows live actors to viewers, in the inspector's own format.
 *
 * 1. A viewer is first sent fresh definitions and committed states, parents first, and from that very
 *    turn on each committed step: nothing in between is lost or told twice.
 * 2. A viewer that has no room is sent nothing until it has; then it starts afresh. What waits for it is
 *    never more than one such start.
 * 3. While nobody looks, the core is not watched and nothing is serialised.
 */

import type { SeenActor, Spectator } from '../durable/audience.ts';
import type { DurableSystem } from '../durable/system.ts';
import { actorLimit, type Choice, isWanted, selectActors } from './selection.ts';
import { describeActor, describeEnd, describeEvent, describeStep } from './wire.ts';

/** Where a viewer's messages go. */
export interface ViewerSink {
	send(messages: readonly string[]): void;
	/** Whether more may be sent now. */
	hasRoom(): boolean;
	/** Resolves when there is room again, or nobody to make it for. */
	room(): Promise<void>;
}

/** What a viewer is told of itself, before it is shown anything. */
export interface Opening {
	/** Again, after it was too slow. */
	readonly again: boolean;
	readonly shown: number;
	/** Actors that were asked for and are not shown. */
	readonly leftOut: number;
	/** Most actors that are shown. */
	readonly limit: number;
}

export interface InspectorHub {
	/** Shows the chosen actors until the answer is called. `greet` makes the first message. */
	show(sink: ViewerSink, choice: Choice, greet: (opening: Opening) => string): () => void;
	/** How many look. */
	readonly viewers: number;
}

export interface HubDeps {
	readonly system: Pick<DurableSystem, 'actors' | 'watch'>;
	now(): number;
	/** Most actors that one viewer is shown. */
	readonly limit?: number;
}

interface Viewer {
	readonly sink: ViewerSink;
	readonly choice: Choice;
	readonly greet: (opening: Opening) => string;
	/** By address: one that takes another's place in one step has come before the other goes. */
	readonly shown: Map<string, SeenActor>;
	/** It had no room: it knows nothing for certain until it starts afresh. */
	behind: boolean;
}

export function createInspectorHub({ system, now, limit = actorLimit }: HubDeps): InspectorHub {
	const viewers = new Set<Viewer>();
	let stopWatching = () => {};

	function start(viewer: Viewer, again: boolean): void {
		const { shown, leftOut } = selectActors(system.actors(), viewer.choice, limit);
		const at = now();
		viewer.shown.clear();
		for (const actor of shown) viewer.shown.set(actor.address, actor);
		const greeting = viewer.greet({ again, shown: shown.length, leftOut, limit });
		viewer.sink.send([greeting, ...shown.map((actor) => describeActor(actor, at))]);
	}

	/** Serialises once, whoever looks, and not at all if nobody has a use for it. */
	function tell(concerns: (viewer: Viewer) => boolean, describe: () => readonly string[]): void {
		let messages: readonly string[] | undefined;
		for (const viewer of viewers) {
			if (viewer.behind || !concerns(viewer)) continue;
			if (viewer.sink.hasRoom()) {
				messages ??= describe();
				viewer.sink.send(messages);
			} else fallBehind(viewer);
		}
	}

	function fallBehind(viewer: Viewer): void {
		viewer.behind = true;
		viewer.sink.room().then(() => {
			viewer.behind = false;
			if (viewers.has(viewer)) start(viewer, true);
		});
	}

	function admit({ shown, choice }: Viewer, actor: SeenActor): boolean {
		if ((shown.size >= limit && !shown.has(actor.address)) || !isWanted(actor, choice)) return false;
		if (choice === null && actor.parent && !shown.has(actor.parent.address)) return false;
		shown.set(actor.address, actor);
		return true;
	}

	const spectator: Spectator = {
		added(actor) {
			tell(
				(viewer) => admit(viewer, actor),
				() => [describeActor(actor, now())],
			);
		},
		moved(actor, { event, from, changed }) {
			tell(
				({ shown }) => shown.get(actor.address) === actor,
				() => {
					const at = now();
					const told = describeEvent(actor, event, from, at);
					return changed ? [told, describeStep(actor, event, at)] : [told];
				},
			);
		},
		removed(actor) {
			tell(
				({ shown }) => shown.get(actor.address) === actor && shown.delete(actor.address),
				() => describeEnd(actor, now()),
			);
		},
	};

	return {
		get viewers() {
			return viewers.size;
		},
		show(sink, choice, greet) {
			const viewer: Viewer = { sink, choice, greet, shown: new Map(), behind: false };
			if (viewers.size === 0) stopWatching = system.watch(spectator);
			viewers.add(viewer);
			start(viewer, false);
			return () => {
				if (viewers.delete(viewer) && viewers.size === 0) stopWatching();
			};
		},
	};
}
