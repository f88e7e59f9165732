/**
 * What a failing PostgreSQL means. SQLSTATEs and what goes wrong on the way to the server become errors of
 * the catalogue; everything above the store speaks only of those.
 *
 * 1. A violated constraint, or a value that a column cannot hold, is the fault of the unit that was being
 *    written: `constraint_violated`.
 * 2. Everything else is the store's own trouble: `store_unavailable`, nothing was written.
 */
import { StatecraftError } from '../../errors.ts';
import { causes, text } from '../failure-causes.ts';

/** A failure of PostgreSQL as far as anybody above the driver needs it. */
export interface PostgresqlFailure {
	/** SQLSTATE, a system's error such as `ECONNREFUSED`, or a kind of the driver adapter; empty if it is none of them. */
	readonly code: string;
	readonly message: string;
}

const hints: ReadonlyArray<readonly [code: RegExp, detail: string, hint: string]> = [
	[/^(53100|58030)$/, 'The database server has no room left', "Free space on the database server's volume."],
	[/^53200$/, 'The database server is out of memory', 'Look after the database server.'],
	[/^(53300|TooManyConnections)$/, 'The database server takes no more connections', 'Raise its max_connections.'],
	[/^28|^AuthenticationFailed$|^DatabaseAccessDenied$/, 'The database refused the user', 'Check user and password.'],
	[/^3D000$|^DatabaseDoesNotExist$/, 'There is no such database', 'Create it: createdb statecraft.'],
	[/^42501$/, 'The user may not do this in the database', 'Make the user the owner of the database.'],
	[/^25006$/, 'The database takes no changes: it is a standby', 'Let DATABASE_URL name the primary server.'],
	[/^Tls/, 'No encrypted connection could be made', 'Check sslmode and certificates of DATABASE_URL.'],
	[
		/^(57P0[1-5]|08...|E[A-Z]+|DatabaseNotReachable|ConnectionClosed|SocketTimeout|lost)$/,
		'The database server cannot be reached',
		'It is tried again with every change; nothing has to be restarted here.',
	],
];

const lostConnection =
	/Connection terminated|not queryable|timeout exceeded when trying to connect|read timeout|after calling end|timeout expired/i;

/** Digs code and message out of whatever Prisma or the driver threw. */
export function readPostgresqlFailure(thrown: unknown): PostgresqlFailure {
	let message = thrown instanceof Error ? thrown.message : String(thrown);
	for (const candidate of causes(thrown)) {
		const said = text(candidate.originalMessage) ?? text(candidate.message);
		const code = text(candidate.originalCode) ?? text(candidate.code) ?? '';
		if (/^([0-9A-Z]{5}|E[A-Z]{4,})$/.test(code) && !/^P\d{4}$/.test(code)) return { code, message: said ?? code };
		const kind = text(candidate.kind) ?? '';
		if (/^[A-Z]/.test(kind)) return { code: kind, message: said ?? kind };
		if (said !== undefined && lostConnection.test(said)) return { code: 'lost', message: said };
		message = said ?? message;
	}
	return { code: '', message };
}

/** Class 23: a constraint; class 22: a value that does not fit. */
export function isUnitFault(failure: PostgresqlFailure): boolean {
	return /^2[23]/.test(failure.code);
}

/** Told by the column that a stale version is not written to, see statements.ts. */
export function isStaleVersion({ code, message }: PostgresqlFailure): boolean {
	return code === '23502' && message.includes('column "version" of relation "actors"');
}

/** Whether the server is away, so that it is the same whatever was asked of it. */
export function isUnreachable(failure: PostgresqlFailure): boolean {
	return hints.at(-1)?.[0].test(failure.code) === true || /^(53300|TooManyConnections)$/.test(failure.code);
}

/** Turns what the database threw into an error of the catalogue. */
export function toStoreError(thrown: unknown): StatecraftError {
	if (thrown instanceof StatecraftError) return thrown;
	const failure = readPostgresqlFailure(thrown);
	if (isUnitFault(failure)) {
		return new StatecraftError('constraint_violated', explain(failure), {}, { cause: thrown });
	}
	const known = hints.find(([code]) => code.test(failure.code));
	if (known === undefined) return new StatecraftError('store_unavailable', failure.message, {}, { cause: thrown });
	const [, detail, hint] = known;
	const reason = failure.code === 'lost' ? failure.message : failure.code;
	return new StatecraftError('store_unavailable', `${detail} (${reason})`, { hint }, { cause: thrown });
}

function explain({ code, message }: PostgresqlFailure): string {
	if (code === '23503') return 'A row refers to one that does not exist';
	const name = message.match(/"([^"]+)"/)?.[1];
	if (code === '23502') return `A value is missing: ${message.match(/relation "(\w+)"/)?.[1] ?? ''}.${name ?? ''}`;
	if (code === '23505') return `A row with the same ${name ?? 'key'} exists already`;
	return `A value does not fit: ${message}`;
}
