/**
 * Writes units to SQLite in one transaction of a few set-based statements.
 *
 * 1. First all units together, blindly: nothing is read in between, for constraints refuse what is
 *    wrong (see statements.ts). This is the path that has to be fast.
 * 2. Only if that violates a constraint, a second transaction finds the units at fault by halving,
 *    under savepoints; it commits the others. Halves are written in order, so numbers stay in order.
 */
import type { ActorWrite, StoredEvent, UnitOutcome, WriteUnit } from '../durable/store.ts';
import type { StatecraftError } from '../errors.ts';
import type { Executor } from './executor.ts';
import { isConstraintFailure, readSqliteFailure, toStoreError } from './failure.ts';
import { createSegment } from './segment.ts';
import type { SequenceNumbers } from './sequence-numbers.ts';
import { createStaleError } from './stale-error.ts';
import { type Statement, staleVersionMessage } from './statements.ts';
import type { Tables } from './tables.ts';

/** What planning needs to know beside the units. */
export interface Planning {
	readonly tables: Tables;
	readonly numbers: SequenceNumbers;
}

interface Plan {
	readonly statements: readonly Statement[];
	/** The numbered events of each unit. */
	readonly events: ReadonlyArray<readonly StoredEvent[]>;
}

/** Writes the units; answers their outcomes in order. Rejects if the store itself fails. */
export async function commitUnits(
	executor: Executor,
	planning: Planning,
	units: readonly WriteUnit[],
): Promise<readonly UnitOutcome[]> {
	const plan = planUnits(planning, units);
	if (plan.statements.length === 0) return toOutcomes(plan);
	try {
		await executor.transact(() => executePlan(executor, plan));
		return toOutcomes(plan);
	} catch (error) {
		if (!isConstraintFailure(readSqliteFailure(error))) throw error;
		const [only] = units;
		if (units.length === 1 && only !== undefined) return [await refuse(executor, only, error)];
		return await executor.transact(() => commitHalves(executor, planning, units));
	}
}

function planUnits({ tables, numbers }: Planning, units: readonly WriteUnit[]): Plan {
	const strict = units.length === 1;
	const events = units.map((unit) => numbers.numberEvents(unit.events));
	const segments = [createSegment(tables, numbers, strict)];
	units.forEach((unit, index) => {
		if (segments.at(-1)?.take(unit, events[index] ?? []) === true) return;
		const next = createSegment(tables, numbers, strict);
		next.take(unit, events[index] ?? []);
		segments.push(next);
	});
	return {
		statements: segments.flatMap((segment) => segment.toStatements()),
		events,
	};
}

async function executePlan(executor: Executor, plan: Plan): Promise<void> {
	for (const { sql, parameter } of plan.statements) await executor.execute(sql, parameter);
}

function toOutcomes(plan: Plan): UnitOutcome[] {
	return plan.events.map((events) => ({ ok: true, events }));
}

async function commitHalves(
	executor: Executor,
	planning: Planning,
	units: readonly WriteUnit[],
): Promise<readonly UnitOutcome[]> {
	const middle = units.length >> 1;
	const first = await commitPart(executor, planning, units.slice(0, middle));
	return [...first, ...(await commitPart(executor, planning, units.slice(middle)))];
}

async function commitPart(
	executor: Executor,
	planning: Planning,
	units: readonly WriteUnit[],
): Promise<readonly UnitOutcome[]> {
	const plan = planUnits(planning, units);
	await executor.execute('SAVEPOINT part');
	try {
		await executePlan(executor, plan);
		await executor.execute('RELEASE part');
		return toOutcomes(plan);
	} catch (error) {
		if (!isConstraintFailure(readSqliteFailure(error))) throw error;
		await executor.execute('ROLLBACK TO part');
		await executor.execute('RELEASE part');
		const [only] = units;
		if (units.length === 1 && only !== undefined) return [await refuse(executor, only, error)];
		return commitHalves(executor, planning, units);
	}
}

/** Why a constraint refused the unit: a stale version names what was expected and what is stored. */
async function refuse(executor: Executor, unit: WriteUnit, error: unknown): Promise<UnitOutcome> {
	const stale = readSqliteFailure(error).message === staleVersionMessage;
	return {
		ok: false,
		error: stale ? await explainStale(executor, unit.actors ?? []) : toStoreError(error),
	};
}

async function explainStale(executor: Executor, writes: readonly ActorWrite[]): Promise<StatecraftError> {
	const rows = await executor.query(
		'SELECT "address", "version" FROM "actors" WHERE "address" IN (SELECT value FROM json_each(?))',
		JSON.stringify(writes.map(({ address }) => address)),
	);
	const versions = new Map(rows.map(([address, version]) => [String(address), Number(version)]));
	const stale = writes.find(({ address, version }) => (versions.get(address) ?? 0) !== version - 1);
	const { address, version } = stale ?? writes[0] ?? { address: '', version: 0 };
	return createStaleError(address, version - 1, versions.get(address));
}
