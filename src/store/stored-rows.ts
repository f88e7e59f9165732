/** Reads what the durable core keeps, as fast as ten thousand actors at boot need it. */
import type { StoredActor, StoredEffect, StoredMessage, StoredTimer } from '../durable/store.ts';
import type { Executor, Parameter } from './executor.ts';

/** Which column each property of a row is read from. */
type Columns<Row> = { readonly [Property in keyof Row]: string };

const actorColumns: Columns<StoredActor> = {
	address: 'address',
	parent: 'parent',
	source: 'source',
	machineId: 'machine_id',
	machineVersion: 'machine_version',
	definitionHash: 'definition_hash',
	version: 'version',
	status: 'status',
	snapshot: 'snapshot',
	quarantine: 'quarantine',
};

const timerColumns: Columns<StoredTimer> = {
	address: 'address',
	id: 'id',
	target: 'target',
	event: 'event',
	dueAt: 'due_at',
};

const effectColumns: Columns<StoredEffect> = {
	id: 'id',
	address: 'address',
	name: 'name',
	params: 'params',
	attempts: 'attempts',
	nextAttemptAt: 'next_attempt_at',
	lastError: 'last_error',
};

const messageColumns: Columns<StoredMessage> = {
	id: 'id',
	from: 'from',
	to: 'to',
	event: 'event',
	sentAt: 'sent_at',
};

/** Up to `limit` actors behind `after` in the order of addresses: parents before their children. */
export function readActors(executor: Executor, after: string, limit: number): Promise<readonly StoredActor[]> {
	return readRows(executor, actorColumns, '"actors" WHERE "address" > ? ORDER BY "address" LIMIT ?', after, limit);
}

export async function readActor(executor: Executor, address: string): Promise<StoredActor | undefined> {
	return (await readRows(executor, actorColumns, '"actors" WHERE "address" = ?', address))[0];
}

/** The earliest due first. */
export function readTimers(executor: Executor): Promise<readonly StoredTimer[]> {
	return readRows(executor, timerColumns, '"timers" ORDER BY "due_at"');
}

/** In the order of insertion, which `order` keeps. */
export function readEffects(executor: Executor, order: string): Promise<readonly StoredEffect[]> {
	return readRows(executor, effectColumns, `"effects" ORDER BY ${order}`);
}

export function readMessages(executor: Executor): Promise<readonly StoredMessage[]> {
	return readRows(executor, messageColumns, '"messages" ORDER BY "seq"');
}

async function readRows<Row>(
	executor: Executor,
	columns: Columns<Row>,
	rest: string,
	...parameters: readonly Parameter[]
): Promise<readonly Row[]> {
	const properties = Object.keys(columns);
	const names = Object.values<string>(columns).map((name) => `"${name}"`);
	const rows = await executor.query(`SELECT ${names.join(', ')} FROM ${rest}`, ...parameters);
	// What was written through the port comes back as it went in: that is what makes the row a Row.
	return rows.map((row) => Object.fromEntries(row.map((value, index) => [properties[index], value])) as Row);
}
