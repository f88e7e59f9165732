/** What telemetry reads of the database. `src/store` implements it. */

/** How many there are of each name: a state, a status, a kind. */
export type Tally = ReadonlyMap<string, number>;

/** Everything that is counted when it is asked for. */
export interface Census {
	/** By execution state. */
	readonly agents: Tally;
	/** That wait for their turn, of all agents. */
	readonly queuedPrompts: number;
	/** By kind, those that are open. */
	readonly openRequests: Tally;
	/** By kind, when the one was asked that waits longest; epoch milliseconds. */
	readonly oldestRequests: Tally;
	/** By state. */
	readonly supervisors: Tally;
	readonly tasks: Tally;
	readonly runners: Tally;
	/** By what becomes of them: `pending`, `dispatched`, `retrying`; those that are settled for good are left out. */
	readonly dispatches: Tally;
	readonly timers: number;
	readonly overdueTimers: number;
	/** Not settled, given up or not. */
	readonly effects: number;
	/** Between durable actors, not delivered yet. */
	readonly messages: number;
	readonly quarantinedActors: number;
	readonly lastEventSeq: number;
}

export interface TelemetryReads {
	/** Counts, in one statement. `now` is in epoch milliseconds. */
	census(now: number): Promise<Census>;
	/** When the last turns of these prompts began, epoch milliseconds; null for those that never ran. */
	turnStarts(promptIds: readonly string[]): Promise<ReadonlyMap<string, number | null>>;
}
