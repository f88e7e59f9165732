/**
 * The durable store on a database that is written by statements. Owns the order of everything that is
 * written; the kind of database brings its dialect.
 *
 * 1. One write at a time, in the order asked for; the reads of this port wait in the same line, so
 *    that none of them sees half a transaction.
 */
import type { DurableStore, StoredActor, UnitOutcome, WriteUnit } from '../durable/store.ts';
import { StatecraftError } from '../errors.ts';
import { commitUnits, type WriteDialect } from './commit.ts';
import type { Parameter } from './executor.ts';
import { createSerialQueue } from './serial-queue.ts';
import type { SideWrites } from './side-writes.ts';
import { readActor, readActors, readEffects, readMessages, readTimers } from './stored-rows.ts';
import { findUnitBug, readRecordTables, type Tables } from './tables.ts';

export interface SqlStoreOptions {
	/** The tables that records may be written to; by default those of prisma/schema.prisma. */
	readonly tables?: Tables;
	/** Actors in one page of `loadActors`. */
	readonly pageSize?: number;
}

/** The port of the durable core, and the two writes that no transition causes. */
export interface SqlStore extends DurableStore, SideWrites {
	/** Resolves when everything asked for so far is settled: the time to close the database. */
	idle(): Promise<void>;
}

export function createSqlStore(dialect: WriteDialect, options: SqlStoreOptions = {}): SqlStore {
	const { tables = readRecordTables(), pageSize = 5_000 } = options;
	const { executor, statements } = dialect;
	const writing = { ...dialect, tables };
	const queue = createSerialQueue();

	/** Runs in its turn; whatever the database throws becomes an error of the catalogue. */
	const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
		queue.run(async () => {
			try {
				return await work();
			} catch (error) {
				throw dialect.toStoreError(error);
			}
		});

	async function commitInTurn(units: readonly WriteUnit[]): Promise<readonly UnitOutcome[]> {
		const bugs = units.map((unit) => findUnitBug(tables, unit));
		const sound = bugs.every((bug) => bug === undefined) ? units : units.filter((_, index) => !bugs[index]);
		const outcomes = (await commitUnits(writing, sound)).values();
		return bugs.map((bug) => (bug === undefined ? takeNext(outcomes) : { ok: false, error: bug }));
	}

	async function* loadActors(): AsyncGenerator<readonly StoredActor[]> {
		let after = '';
		for (;;) {
			const page = await inTurn(() => readActors(executor, after, pageSize));
			if (page.length > 0) yield page;
			if (page.length < pageSize) return;
			after = page.at(-1)?.address ?? after;
		}
	}

	const execute = (sql: string, ...parameters: readonly Parameter[]): Promise<number> =>
		inTurn(() => executor.transact(() => executor.execute(sql, ...parameters)));

	return {
		idle: () => queue.run(async () => {}),
		commit: (units) => inTurn(() => commitInTurn(units)),
		loadActors,
		loadTimers: () => inTurn(() => readTimers(executor)),
		loadEffects: () => inTurn(() => readEffects(executor, statements.effectOrder)),
		loadMessages: () => inTurn(() => readMessages(executor)),
		readActor: (address) => inTurn(() => readActor(executor, address)),
		async quarantine(address, reason) {
			const changed = await execute('UPDATE "actors" SET "quarantine" = ? WHERE "address" = ?', reason, address);
			if (changed === 0) throw new StatecraftError('actor_not_found', `There is no actor ${address}`);
		},
		async touchAgents(touches) {
			if (touches.length === 0) return;
			const latest = new Map(touches.map(({ id, at }) => [id, at]));
			const { sql, parameter } = statements.createStatement(statements.touchAgents, [...latest]);
			await execute(sql, parameter);
		},
		async saveSetting(id, value) {
			await execute(statements.saveSetting, id, value);
		},
	};
}

function takeNext(outcomes: Iterator<UnitOutcome>): UnitOutcome {
	const next = outcomes.next();
	if (next.done === true) throw new StatecraftError('internal', 'A unit was left without an outcome');
	return next.value;
}
