/**
 * The durable store on SQLite through Prisma. Owns the order of everything that is written.
 *
 * 1. One write at a time, in the order asked for; the reads of this port wait in the same line, so
 *    that none of them sees half a transaction.
 * 2. Nobody else writes to the database while this store is open: it keeps the last numbers in memory.
 */
import type { DurableStore, StoredActor, UnitOutcome, WriteUnit } from '../durable/store.ts';
import { StatecraftError } from '../errors.ts';
import { commitUnits } from './commit.ts';
import type { Database } from './database.ts';
import { createExecutor, type Parameter } from './executor.ts';
import { toStoreError } from './failure.ts';
import { loadSequenceNumbers, type SequenceNumbers } from './sequence-numbers.ts';
import { createSerialQueue } from './serial-queue.ts';
import type { SideWrites } from './side-writes.ts';
import { createStatement } from './statements.ts';
import { readActor, readActors, readEffects, readMessages, readTimers } from './stored-rows.ts';
import { findUnitBug, readRecordTables, type Tables } from './tables.ts';

export interface SqliteStoreOptions {
	/** The tables that records may be written to; by default those of prisma/schema.prisma. */
	readonly tables?: Tables;
	/** Actors in one page of `loadActors`. */
	readonly pageSize?: number;
}

/** The port of the durable core, and the two writes that no transition causes. */
export interface SqliteStore extends DurableStore, SideWrites {}

export function createSqliteStore(
	database: Pick<Database, 'connection'>,
	options: SqliteStoreOptions = {},
): SqliteStore {
	const { tables = readRecordTables(), pageSize = 5_000 } = options;
	const executor = createExecutor(database.connection);
	const queue = createSerialQueue();
	let numbers: SequenceNumbers | undefined;

	/** Runs in its turn; whatever the database throws becomes an error of the catalogue. */
	const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
		queue.run(async () => {
			try {
				return await work();
			} catch (error) {
				throw toStoreError(error);
			}
		});

	async function commitInTurn(units: readonly WriteUnit[]): Promise<readonly UnitOutcome[]> {
		numbers ??= await loadSequenceNumbers(executor);
		const bugs = units.map((unit) => findUnitBug(tables, unit));
		const sound = bugs.every((bug) => bug === undefined) ? units : units.filter((_, index) => !bugs[index]);
		const outcomes = (await commitUnits(executor, { tables, numbers }, sound)).values();
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
		inTurn(() => executor.execute(sql, ...parameters));

	return {
		commit: (units) => inTurn(() => commitInTurn(units)),
		loadActors,
		loadTimers: () => inTurn(() => readTimers(executor)),
		loadEffects: () => inTurn(() => readEffects(executor)),
		loadMessages: () => inTurn(() => readMessages(executor)),
		readActor: (address) => inTurn(() => readActor(executor, address)),
		async quarantine(address, reason) {
			const changed = await execute('UPDATE "actors" SET "quarantine" = ? WHERE "address" = ?', reason, address);
			if (changed === 0) throw new StatecraftError('actor_not_found', `There is no actor ${address}`);
		},
		async touchAgents(touches) {
			if (touches.length === 0) return;
			const { sql, parameter } = createStatement(touchAgents, [...new Map(touches.map(({ id, at }) => [id, at]))]);
			await execute(sql, parameter);
		},
		async saveSetting(id, value) {
			await execute(saveSetting, id, value);
		},
	};
}

const touchAgents = 'UPDATE "agents" SET "last_seen_at" = value->>1 FROM jsonb_each(?) WHERE "agents"."id" = value->>0';

const saveSetting =
	'INSERT INTO "settings" ("id", "value") VALUES (?, ?) ON CONFLICT ("id") DO UPDATE SET "value" = excluded."value"';

function takeNext(outcomes: Iterator<UnitOutcome>): UnitOutcome {
	const next = outcomes.next();
	if (next.done === true) throw new StatecraftError('internal', 'A unit was left without an outcome');
	return next.value;
}
