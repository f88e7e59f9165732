/** A store that fails when told to: the crash tests put it between the core and a real one. */
import type { DurableStore, UnitOutcome, WriteUnit } from '../../src/durable/store.ts';

export interface Faults {
	/** Called before the commit is written, numbered from 1; what it throws, `commit` rejects with. */
	before?(commitIndex: number, units: readonly WriteUnit[]): void | Promise<void>;
	/** Called once the commit is stored; what it throws, `commit` rejects with although it was written. */
	after?(commitIndex: number, units: readonly WriteUnit[], outcomes: readonly UnitOutcome[]): void | Promise<void>;
}

export function createFaultyStore<Store extends DurableStore>(inner: Store, faults: Faults): Store {
	let commits = 0;
	return {
		...inner,
		async commit(units) {
			commits += 1;
			const commitIndex = commits;
			await faults.before?.(commitIndex, units);
			const outcomes = await inner.commit(units);
			await faults.after?.(commitIndex, units, outcomes);
			return outcomes;
		},
	};
}
