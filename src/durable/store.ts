/**
 * The port through which durable actors reach their store. `src/store` implements it on Prisma and
 * in memory; `test/store/conformance.ts` is the suite that every adapter passes.
 *
 * 1. A write unit is all or nothing. Units of one `commit` are applied in the order given.
 * 2. A unit that cannot be written (stale version, violated constraint) fails alone: the others of
 *    the same call are committed as if it had not been there.
 * 3. If the store itself fails (disk full, locked, gone), `commit` rejects and nothing was written.
 * 4. `seq` of events and journal rows grows in commit order and is never reused; a reader that has
 *    seen n will never find a new row with a number below n.
 * 5. What `commit` resolved is on disk, as durably as the store is configured to be.
 */

/** JSON text. Rows carry text, not objects, so that a live object can never leak into the store. */
export type Json = string;

export type ActorStatus = 'active' | 'done' | 'error' | 'stopped';

/** One durable actor as it stands in the store. */
export interface StoredActor {
	/** `kind:id` for a root actor, `parent/childId` for a child. */
	readonly address: string;
	/** Address of the parent, null for a root actor. */
	readonly parent: string | null;
	/** Name of the actor's logic in its parent's `setup({ actors })`, null for a root actor. */
	readonly source: string | null;
	readonly machineId: string;
	/** Version of the snapshot's shape; a migration leads from each to the next. */
	readonly machineVersion: number;
	/** Hash of the machine's definition, to notice a change that forgot to bump the version. */
	readonly definitionHash: string;
	/** Number of committed steps; the first commit of an actor writes 1. */
	readonly version: number;
	readonly status: ActorStatus;
	/** XState's persisted snapshot, with stubs in place of children. */
	readonly snapshot: Json;
	/** Why the actor could not be restored; null while it is well. */
	readonly quarantine: string | null;
}

/** The actor's row after a step. Written only if the stored version is `version - 1` (0: no row yet). */
export type ActorWrite = Omit<StoredActor, 'quarantine'>;

/** One line of the append-only journal. */
export interface JournalEntry {
	readonly address: string;
	readonly version: number;
	/** State before and after, nested states joined by dots; `from` is null for the first step. */
	readonly from: string | null;
	readonly to: string;
	readonly event: Json;
	/** Why, from the machine's closed vocabulary. */
	readonly trigger: string | null;
	/** What led to the step: `send`, `timer:<id>`, `effect:<id>`, `message:<id>`, `spawn`, … */
	readonly cause: string;
	/** Generation of the actor's run, where the machine has such a thing. */
	readonly generation: number | null;
	/** Epoch milliseconds. */
	readonly at: number;
}

export interface StoredTransition extends JournalEntry {
	readonly seq: number;
}

/** A stored due time: `event` is due at `target` (usually the actor itself) at `dueAt`. */
export interface StoredTimer {
	readonly address: string;
	/** The send id, unique within the actor; setting it again replaces the timer. */
	readonly id: string;
	readonly target: string;
	readonly event: Json;
	/** Epoch milliseconds. */
	readonly dueAt: number;
}

/** A side effect that a committed step asked for and that has not been settled. */
export interface StoredEffect {
	/** `address/version/index`: the same for every attempt. */
	readonly id: string;
	readonly address: string;
	readonly name: string;
	readonly params: Json;
	readonly attempts: number;
	/** Epoch milliseconds of the next attempt; null once it was given up. */
	readonly nextAttemptAt: number | null;
	readonly lastError: string | null;
}

/** A message from one durable actor to another, stored with the sender's step. */
export interface StoredMessage {
	/** `address/version/index` of the sender's step. */
	readonly id: string;
	readonly from: string;
	readonly to: string;
	readonly event: Json;
	/** Epoch milliseconds. */
	readonly sentAt: number;
}

/** A value a column can hold. JSON columns take JSON text. */
export type ColumnValue = string | number | boolean | null;

/**
 * A row of a part's own table, written in the transaction of the step that caused it. It may refer only
 * to rows that exist by then; rows that refer to a deleted one go with it.
 */
export type DomainRecord =
	| { readonly op: 'insert'; readonly table: string; readonly row: Readonly<Record<string, ColumnValue>> }
	| {
			readonly op: 'update';
			readonly table: string;
			readonly id: string;
			readonly set: Readonly<Record<string, ColumnValue>>;
	  }
	| { readonly op: 'delete'; readonly table: string; readonly id: string };

/** A system event: stored first, then told to observers. */
export interface DomainEvent {
	/** Dotted, past tense: `agent.state.changed`. */
	readonly topic: string;
	/** Id of the agent it is about, null for events of the system. */
	readonly agentId: string | null;
	/** Epoch milliseconds. */
	readonly at: number;
	readonly data: Json;
}

export interface StoredEvent extends DomainEvent {
	readonly seq: number;
}

/** Everything one step, append or settlement writes: all of it or nothing. */
export interface WriteUnit {
	readonly actors?: readonly ActorWrite[];
	/** Addresses whose actor row goes, with its timers, effects and undelivered messages. */
	readonly removed?: readonly string[];
	readonly journal?: readonly JournalEntry[];
	readonly timersSet?: readonly StoredTimer[];
	readonly timersCleared?: ReadonlyArray<{ readonly address: string; readonly id: string }>;
	readonly effectsAsked?: readonly StoredEffect[];
	/** Effects that failed and will be tried again, or were given up. */
	readonly effectsRetried?: ReadonlyArray<Pick<StoredEffect, 'id' | 'attempts' | 'nextAttemptAt' | 'lastError'>>;
	readonly effectsSettled?: readonly string[];
	readonly messagesSent?: readonly StoredMessage[];
	readonly messagesConsumed?: readonly string[];
	readonly records?: readonly DomainRecord[];
	readonly events?: readonly DomainEvent[];
}

/** What became of one unit: its events with their numbers, or why it was not written. */
export type UnitOutcome =
	| { readonly ok: true; readonly events: readonly StoredEvent[] }
	| { readonly ok: false; readonly error: Error };

export interface DurableStore {
	/** Writes units in one transaction; answers one outcome per unit, in order. */
	commit(units: readonly WriteUnit[]): Promise<readonly UnitOutcome[]>;
	/** Every actor, quarantined ones too, in pages so that a hundred thousand fit. */
	loadActors(): AsyncIterable<readonly StoredActor[]>;
	loadTimers(): Promise<readonly StoredTimer[]>;
	/** Unsettled effects in the order they were asked for. */
	loadEffects(): Promise<readonly StoredEffect[]>;
	/** Undelivered messages in the order they were sent. */
	loadMessages(): Promise<readonly StoredMessage[]>;
	readActor(address: string): Promise<StoredActor | undefined>;
	/** Sets the actor's row aside, or takes it back (`null`). */
	quarantine(address: string, reason: string | null): Promise<void>;
}
