/**
 * The system of durable actors: addresses, acknowledged sends, spawning, restoration, shutdown.
 *
 * 1. Durable before visible: nothing outside an actor (observers, effects, other actors, whoever
 *    awaits a send) learns of a step before its commit.
 * 2. A rejected send has changed nothing.
 * 3. Whatever a committed step asked for (timer, effect, message, child) happens, across crashes;
 *    what consumes it removes it in its own commit.
 * 4. A row that cannot be restored is quarantined, and the others are not affected.
 */

import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot, InspectionEvent } from 'xstate';
import { StatecraftError } from '../errors.ts';
import { rootAddress } from './address.ts';
import { createAudience, type SeenActor, type Spectator } from './audience.ts';
import { beginActor } from './birth.ts';
import type { Clock } from './clock.ts';
import type { DurableDefinition, Writes } from './definition.ts';
import { createDelivery, type SendOptions } from './delivery.ts';
import type { Gate } from './gate.ts';
import type { BatchReport } from './group-commit.ts';
import { type DurableObserver, guardObserver } from './observer.ts';
import { createPopulation } from './population.ts';
import { removeActor } from './removal.ts';
import { createRevival, type RestoreReport } from './revival.ts';
import type { Acknowledgement } from './step-job.ts';
import type { DurableStore, StoredEvent, WriteUnit } from './store.ts';

export type { Acknowledgement, RestoreReport, SeenActor, SendOptions, Spectator };

export interface DurableSystemOptions {
	readonly store: DurableStore;
	readonly clock: Clock;
	/** Definitions of root actors; those of children hang below them. */
	readonly definitions: readonly DurableDefinition[];
	/** Told after each committed batch, before its senders are acknowledged. */
	readonly onBatch?: (report: BatchReport) => void;
	/** Told when the store took nothing of a batch, before its senders are. */
	readonly onCommitFailure?: (error: Error) => void;
	/** Something went wrong that nobody awaits. */
	readonly onError?: (where: string, error: Error) => void;
	/** XState's inspection of every root actor and those below it. */
	readonly inspect?: (event: InspectionEvent) => void;
	/** Whoever measures what the core does. */
	readonly observer?: DurableObserver;
	/** Pause before a timer or message that the store refused is tried again. Default 1,000. */
	readonly retryDelayMs?: number;
}

/** A live durable actor as others may see it. */
export interface DurableActor {
	readonly address: string;
	readonly version: number;
	/** The committed snapshot. */
	getSnapshot(): AnyMachineSnapshot;
	readonly ref: AnyActorRef;
}

export interface DurableSystem {
	/** Restores every actor; timers, messages and effects wait for `resume`. */
	restore(): Promise<RestoreReport>;
	/** Starts timers, delivers messages, takes up effects, tells parents of children that ended. */
	resume(): Promise<void>;
	/** Creates a root actor; rejects with `actor_exists` when its address is taken. */
	spawn(kind: string, id: string, input: unknown, writes?: Writes): Promise<Acknowledgement>;
	/**
	 * Resolves after the commit. Rejects with `event_refused`, `stale_state`, `actor_not_found`,
	 * `actor_quarantined`, `actor_stopped`, `transition_failed`, or with the store's failure.
	 */
	send(address: string, event: AnyEventObject, options?: SendOptions): Promise<Acknowledgement>;
	/** Removes a root actor with everything below it; its journal stays. */
	remove(address: string, writes?: Omit<Writes, 'messages'>): Promise<void>;
	/** Writes rows and events that belong to no step, in order with the steps. */
	write(unit: WriteUnit): Promise<readonly StoredEvent[]>;
	get(address: string): DurableActor | undefined;
	/** Live root actors of a kind. */
	list(kind: string): readonly DurableActor[];
	/** Every live actor, parents before their children. */
	actors(): Iterable<SeenActor>;
	/** Tells the spectator of every step from now on, once it is committed; answers how to end that. */
	watch(spectator: Spectator): () => void;
	/** Why the actor is set aside; undefined while it is well. */
	quarantineReason(address: string): string | undefined;
	/** Tries a quarantined root actor again, for instance after an upgrade that brings its migration. */
	retryRestore(address: string): Promise<void>;
	/** Starts a quarantined root actor afresh; its journal goes on. */
	reset(address: string, input: unknown, writes?: Writes): Promise<Acknowledgement>;
	/** Refuses new sends, lets those under way settle, stops timers, effects and actors. */
	stop(): Promise<void>;
}

export function createDurableSystem(options: DurableSystemOptions): DurableSystem {
	const { store, clock, retryDelayMs = 1_000 } = options;
	const onError = options.onError ?? (() => {});
	const audience = createAudience(onError);
	const population = createPopulation({
		definitions: options.definitions,
		audience,
		...(options.inspect && { inspect: options.inspect }),
		received: (gate, event) => delivery.receive(gate, event),
		onError,
	});
	const delivery = createDelivery({
		store,
		clock,
		population,
		audience,
		retryDelayMs,
		onBatch: options.onBatch ?? (() => {}),
		onCommitFailure: options.onCommitFailure ?? (() => {}),
		observer: guardObserver(options.observer, onError),
		onError,
	});
	const revival = createRevival({ store, clock, population, delivery, onError });
	/** Addresses of root actors whose first step is being committed. */
	const beginning = new Set<string>();
	let resumed = false;
	let stopping = false;

	function refuseWhenStopping(): void {
		if (stopping)
			throw new StatecraftError('shutting_down', 'Statecraft is shutting down; try again after its restart');
	}

	async function spawn(kind: string, id: string, input: unknown, extra: Writes = {}): Promise<Acknowledgement> {
		refuseWhenStopping();
		const address = rootAddress(kind, id);
		if (population.get(address) || population.quarantined.has(address) || beginning.has(address)) {
			throw new StatecraftError('actor_exists', `${address} exists already`);
		}
		beginning.add(address);
		try {
			const gate = population.open(address, { input });
			return await beginActor({ gate, input, version: 1, extra, also: {}, now: clock.now }, population, delivery);
		} finally {
			beginning.delete(address);
		}
	}

	async function send(address: string, event: AnyEventObject, sendOptions: SendOptions = {}): Promise<Acknowledgement> {
		refuseWhenStopping();
		const gate = population.get(address);
		if (gate) return delivery.send(gate, event, sendOptions);
		throw absent(address);
	}

	async function remove(address: string, writes: Writes = {}): Promise<void> {
		refuseWhenStopping();
		if (population.quarantined.has(address)) return revival.discard(address, writes);
		const root = population.get(address);
		if (!root || root.parent) throw absent(address);
		await removeActor(root, writes, population, delivery);
	}

	function absent(address: string): StatecraftError {
		const reason = population.whyAside(address);
		if (reason === undefined) return new StatecraftError('actor_not_found', `there is no actor ${address}`);
		const hint = 'statecraft doctor';
		return new StatecraftError('actor_quarantined', `${address} could not be restored: ${reason}`, { hint });
	}

	return {
		restore: revival.restore,
		async resume() {
			if (resumed) return;
			resumed = true;
			await delivery.takeUp((address) => population.whyAside(address) === undefined);
			revival.tellParents();
			delivery.startTimers();
		},
		spawn,
		send,
		remove,
		write: delivery.write,
		get(address) {
			const gate = population.get(address);
			return gate && view(gate);
		},
		list: (kind) => [...population.all()].filter((gate) => !gate.parent && gate.definition.kind === kind).map(view),
		actors: () => population.all(),
		watch: audience.join,
		quarantineReason: (address) => population.quarantined.get(address),
		retryRestore: revival.retry,
		reset: (address, input, writes = {}) => revival.reset(address, input, writes),
		async stop() {
			stopping = true;
			await delivery.stop();
			for (const gate of [...population.all()]) {
				population.remove(gate);
				if (!gate.parent) gate.actor.stop();
			}
		},
	};
}

function view(gate: Gate): DurableActor {
	return {
		address: gate.address,
		get version() {
			return gate.version;
		},
		getSnapshot: () => gate.actor.getSnapshot() as AnyMachineSnapshot,
		ref: gate.actor,
	};
}
