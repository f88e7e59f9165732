/**
 * Writes units in one transaction of a few set-based statements, in the dialect of the database.
 *
 * 1. First all units together, blindly: nothing is read in between, for constraints refuse what is
 *    wrong (see statements.ts). This is the path that has to be fast.
 * 2. Only if that violates a constraint, a second transaction finds the units at fault by halving,
 *    under savepoints; it commits the others. Halves are written in order, so numbers stay in order.
 */
import type { ActorWrite, StoredEvent, UnitOutcome, WriteUnit } from '../durable/store.ts';
import type { StatecraftError } from '../errors.ts';
import type { Executor } from './executor.ts';
import { createSegment } from './segment.ts';
import type { SequenceNumbers } from './sequence-numbers.ts';
import { createStaleError } from './stale-error.ts';
import type { Statement, Statements } from './statements.ts';
import type { Tables } from './tables.ts';

/** How a kind of database writes. */
export interface WriteDialect {
	readonly executor: Executor;
	readonly statements: Statements;
	/** Numbers for these units, asked for in the transaction, or savepoint, that writes them. */
	takeNumbers(units: readonly WriteUnit[]): Promise<SequenceNumbers>;
	/** Whether a unit is at fault, and not the database. */
	isUnitFault(error: unknown): boolean;
	/** Whether what failed is the check of an actor's version. */
	isStale(error: unknown): boolean;
	/** Turns what the database threw into an error of the catalogue. */
	toStoreError(error: unknown): StatecraftError;
}

/** What writing needs to know beside the units. */
export interface Writing extends WriteDialect {
	readonly tables: Tables;
}

interface Plan {
	readonly statements: readonly Statement[];
	/** The numbered events of each unit. */
	readonly events: ReadonlyArray<readonly StoredEvent[]>;
}

/** Writes the units; answers their outcomes in order. Rejects if the store itself fails. */
export async function commitUnits(writing: Writing, units: readonly WriteUnit[]): Promise<readonly UnitOutcome[]> {
	const { executor } = writing;
	if (!units.some(isSomething)) return units.map(() => ({ ok: true, events: [] }));
	try {
		return toOutcomes(await executor.transact(() => writeUnits(writing, units)));
	} catch (error) {
		if (!writing.isUnitFault(error)) throw error;
		const [only] = units;
		if (units.length === 1 && only !== undefined) return [await refuse(writing, only, error)];
		return await executor.transact(() => commitHalves(writing, units));
	}
}

function isSomething(unit: WriteUnit): boolean {
	return Object.values(unit).some((rows: readonly unknown[] | undefined) => rows !== undefined && rows.length > 0);
}

async function writeUnits(writing: Writing, units: readonly WriteUnit[]): Promise<Plan> {
	const plan = planUnits(writing, await writing.takeNumbers(units), units);
	for (const { sql, parameter } of plan.statements) await writing.executor.execute(sql, parameter);
	return plan;
}

function planUnits({ statements, tables }: Writing, numbers: SequenceNumbers, units: readonly WriteUnit[]): Plan {
	const making = { statements, tables, numbers, strict: units.length === 1 };
	const events = units.map((unit) => numbers.numberEvents(unit.events));
	const segments = [createSegment(making)];
	units.forEach((unit, index) => {
		if (segments.at(-1)?.take(unit, events[index] ?? []) === true) return;
		const next = createSegment(making);
		next.take(unit, events[index] ?? []);
		segments.push(next);
	});
	return { statements: segments.flatMap((segment) => segment.toStatements()), events };
}

function toOutcomes(plan: Plan): UnitOutcome[] {
	return plan.events.map((events) => ({ ok: true, events }));
}

async function commitHalves(writing: Writing, units: readonly WriteUnit[]): Promise<readonly UnitOutcome[]> {
	const middle = units.length >> 1;
	const first = await commitPart(writing, units.slice(0, middle));
	return [...first, ...(await commitPart(writing, units.slice(middle)))];
}

async function commitPart(writing: Writing, units: readonly WriteUnit[]): Promise<readonly UnitOutcome[]> {
	const { executor } = writing;
	await executor.execute('SAVEPOINT part');
	try {
		const plan = await writeUnits(writing, units);
		await executor.execute('RELEASE SAVEPOINT part');
		return toOutcomes(plan);
	} catch (error) {
		if (!writing.isUnitFault(error)) throw error;
		await executor.execute('ROLLBACK TO SAVEPOINT part');
		await executor.execute('RELEASE SAVEPOINT part');
		const [only] = units;
		if (units.length === 1 && only !== undefined) return [await refuse(writing, only, error)];
		return commitHalves(writing, units);
	}
}

/** Why a constraint refused the unit: a stale version names what was expected and what is stored. */
async function refuse(writing: Writing, unit: WriteUnit, error: unknown): Promise<UnitOutcome> {
	const stale = writing.isStale(error);
	return { ok: false, error: stale ? await explainStale(writing, unit.actors ?? []) : writing.toStoreError(error) };
}

async function explainStale({ executor }: Writing, writes: readonly ActorWrite[]): Promise<StatecraftError> {
	const versions = new Map<string, number>();
	for (const { address } of writes) {
		const [row] = await executor.query('SELECT "version" FROM "actors" WHERE "address" = ?', address);
		if (row !== undefined) versions.set(address, Number(row[0]));
	}
	const stale = writes.find(({ address, version }) => (versions.get(address) ?? 0) !== version - 1);
	const { address, version } = stale ?? writes[0] ?? { address: '', version: 0 };
	return createStaleError(address, version - 1, versions.get(address));
}
