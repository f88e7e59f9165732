/**
 * The audience: whoever shows live actors to people is told of each committed step, once it is installed.
 *
 * XState's own inspection tells more than that (the commit event instead of its cause, snapshots that did
 * not change) and costs something for every actor for as long as it lives. This costs nothing that can be
 * measured while nobody looks.
 *
 * 1. Only what is committed is told, and of each actor in the order of its versions.
 * 2. An actor is told of before its steps, a parent before its children.
 * 3. What a spectator throws is reported and changes nothing.
 */

import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import { toStatecraftError } from '../errors.ts';
import type { DurableDefinition } from './definition.ts';

/** A live actor; what it answers is as of now, not of when it was told of. */
export interface SeenActor {
	readonly address: string;
	readonly parent: SeenActor | null;
	readonly definition: DurableDefinition;
	/** Committed version. */
	readonly version: number;
	/** The committed snapshot. */
	readonly snapshot: AnyMachineSnapshot;
}

export interface SeenStep {
	/** What caused it. */
	readonly event: AnyEventObject;
	/** Address of the actor that sent the event; null where it came from outside. */
	readonly from: string | null;
	/** Whether it changed the snapshot. */
	readonly changed: boolean;
}

export interface Spectator {
	/** A new actor whose first step is committed, or one that was restored. */
	added(actor: SeenActor): void;
	moved(actor: SeenActor, step: SeenStep): void;
	removed(actor: SeenActor): void;
}

export interface Audience {
	/** From now on; answers how to end it. */
	join(spectator: Spectator): () => void;
	added(actor: SeenActor): void;
	moved(actor: SeenActor, event: AnyEventObject, from: string | null, changed: boolean): void;
	removed(actor: SeenActor): void;
}

export function createAudience(onError: (where: string, error: Error) => void): Audience {
	const spectators = new Set<Spectator>();

	function tell(work: (spectator: Spectator) => void): void {
		for (const spectator of spectators) {
			try {
				work(spectator);
			} catch (thrown) {
				onError('spectator', toStatecraftError(thrown));
			}
		}
	}

	return {
		join(spectator) {
			spectators.add(spectator);
			return () => void spectators.delete(spectator);
		},
		added(actor) {
			if (spectators.size > 0) tell((spectator) => spectator.added(actor));
		},
		moved(actor, event, from, changed) {
			if (spectators.size > 0) tell((spectator) => spectator.moved(actor, { event, from, changed }));
		},
		removed(actor) {
			if (spectators.size > 0) tell((spectator) => spectator.removed(actor));
		},
	};
}
