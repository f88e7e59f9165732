/** What the tests of the store port act on and look at. */
import type { ColumnValue, DurableStore, StoredActor, UnitOutcome, WriteUnit } from '../../src/durable/store.ts';
import { StatecraftError } from '../../src/errors.ts';

export type Row = Readonly<Record<string, ColumnValue>>;

/** An adapter under test, with eyes for what the port does not read back. */
export interface StoreUnderTest {
	readonly store: DurableStore;
	/** Rows in the order of insertion, by column names; booleans as booleans. */
	rows(table: string): Promise<readonly Row[]>;
	/** Whether a text may hold a NUL; true where it is not said. A store that cannot puts U+FFFD in its place. */
	readonly keepsNul?: boolean;
	/** The same data, opened anew, as after a restart; absent where nothing outlives the process. */
	reopen?(): Promise<DurableStore>;
	close(): Promise<void>;
}

export interface Scene {
	readonly store: DurableStore;
	readonly survivesRestart: boolean;
	readonly keepsNul: boolean;
	rows(table: string): Promise<readonly Row[]>;
	/** Restarts: `store` is another one on the same data. */
	reopen(): Promise<void>;
	/** Commits the units and answers `ok` or the code of the error for each. */
	commit(...units: readonly WriteUnit[]): Promise<string[]>;
	/** Every stored actor as `address@version`. */
	versions(): Promise<string[]>;
	/** Every line of the journal as `address@version`. */
	journalOf(): Promise<string[]>;
}

/** A scene on whatever adapter `current` answers. */
export function createScene(current: () => StoreUnderTest): Scene {
	let reopened: { readonly of: StoreUnderTest; readonly store: DurableStore } | undefined;
	const getStore = (): DurableStore => (reopened?.of === current() ? reopened.store : current().store);
	return {
		get store() {
			return getStore();
		},
		get survivesRestart() {
			return current().reopen !== undefined;
		},
		get keepsNul() {
			return current().keepsNul ?? true;
		},
		rows: (table) => current().rows(table),
		async reopen() {
			const store = await current().reopen?.();
			if (store !== undefined) reopened = { of: current(), store };
		},
		commit: async (...units) => summarize(await getStore().commit(units)),
		versions: async () => (await loadAll(getStore())).map(({ address, version }) => `${address}@${version}`),
		journalOf: async () => (await current().rows('transitions')).map((row) => `${row.address}@${row.version}`),
	};
}

export function summarize(outcomes: readonly UnitOutcome[]): string[] {
	return outcomes.map((outcome) => (outcome.ok ? 'ok' : (errorOf(outcome)?.code ?? 'not an error of the catalogue')));
}

export function errorOf(outcome: UnitOutcome | undefined): StatecraftError | undefined {
	return outcome?.ok === false && outcome.error instanceof StatecraftError ? outcome.error : undefined;
}

export async function loadAll(store: DurableStore): Promise<StoredActor[]> {
	const pages: StoredActor[] = [];
	for await (const page of store.loadActors()) pages.push(...page);
	return pages;
}
