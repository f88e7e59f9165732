/**
 * What one process sees of a store that outlives it. Once the process is dead nothing it asked for
 * is answered, and nothing more it asks for is done: as after kill -9.
 */
import type { DurableStore } from '../../src/durable/store.ts';

export interface MortalStore<Store extends DurableStore> {
	readonly store: Store;
	die(): void;
	readonly dead: boolean;
	/** Resolves when it dies. */
	readonly ended: Promise<void>;
	/** Calls so far. */
	readonly calls: number;
	/** Calls that are neither answered nor abandoned. */
	readonly pending: number;
}

export function createMortalStore<Store extends DurableStore>(inner: Store): MortalStore<Store> {
	let dead = false;
	let calls = 0;
	let pending = 0;
	let notify = () => {};
	const ended = new Promise<void>((resolve) => {
		notify = resolve;
	});
	const never = new Promise<never>(() => {});

	async function whileAlive<T>(work: () => Promise<T>): Promise<T> {
		if (dead) return never;
		calls++;
		pending++;
		try {
			const result = await work();
			return dead ? await abandon() : result;
		} catch (error) {
			if (dead) return await abandon();
			throw error;
		} finally {
			pending--;
		}
	}

	/** The promise is left hanging, the call is counted as gone. */
	function abandon(): Promise<never> {
		pending--;
		return never;
	}

	return {
		store: {
			...inner,
			commit: (units) => whileAlive(() => inner.commit(units)),
			loadTimers: () => whileAlive(() => inner.loadTimers()),
			loadEffects: () => whileAlive(() => inner.loadEffects()),
			loadMessages: () => whileAlive(() => inner.loadMessages()),
			readActor: (address) => whileAlive(() => inner.readActor(address)),
			quarantine: (address, reason) => whileAlive(() => inner.quarantine(address, reason)),
		},
		die() {
			dead = true;
			notify();
		},
		ended,
		get dead() {
			return dead;
		},
		get calls() {
			return calls;
		},
		get pending() {
			return pending;
		},
	};
}
