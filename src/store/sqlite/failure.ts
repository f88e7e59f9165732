/**
 * What a failing database means. SQLite's result codes, as the driver adapter hands them on, become
 * errors of the catalogue; everything above the store speaks only of those.
 *
 * 1. A violated constraint is the fault of the unit that was being written: `constraint_violated`.
 * 2. Everything else is the store's own trouble: `store_unavailable`, nothing was written.
 */
import { StatecraftError } from '../../errors.ts';
import { causes, text } from '../failure-causes.ts';

/** A failure of SQLite as far as anybody above the driver needs it. */
export interface SqliteFailure {
	/** SQLite's extended result code by name, `SQLITE_FULL`; empty if it did not come from SQLite. */
	readonly code: string;
	readonly message: string;
}

const hints: ReadonlyArray<readonly [prefix: string, detail: string, hint: string]> = [
	['SQLITE_FULL', 'The disk is full', 'Free space on the volume of the data directory.'],
	['SQLITE_BUSY', 'Another process holds the database locked', 'Close whatever has the database file open.'],
	['SQLITE_LOCKED', 'The database is locked', 'Close whatever has the database file open.'],
	['SQLITE_READONLY', 'The database cannot be written', 'Check the permissions of the data directory.'],
	['SQLITE_CANTOPEN', 'The database cannot be opened', 'Check that the data directory exists and may be written.'],
	['SQLITE_PERM', 'The database may not be accessed', 'Check the permissions of the data directory.'],
	['SQLITE_IOERR', 'Reading or writing the disk failed', 'Check the volume of the data directory.'],
	['SQLITE_CORRUPT', 'The database file is damaged', 'Stop Statecraft and restore the database from a backup.'],
	['SQLITE_NOTADB', 'The file is not a SQLite database', 'Check which file the database URL names.'],
];

/** Digs SQLite's own code and message out of whatever Prisma or the driver threw. */
export function readSqliteFailure(thrown: unknown): SqliteFailure {
	for (const candidate of causes(thrown)) {
		const code = text(candidate.originalCode) ?? text(candidate.code);
		if (code?.startsWith('SQLITE')) {
			return {
				code,
				message: text(candidate.originalMessage) ?? text(candidate.message) ?? code,
			};
		}
	}
	return {
		code: '',
		message: thrown instanceof Error ? thrown.message : String(thrown),
	};
}

export function isConstraintFailure(failure: SqliteFailure): boolean {
	return failure.code.startsWith('SQLITE_CONSTRAINT');
}

/** Turns what the database threw into an error of the catalogue. */
export function toStoreError(thrown: unknown): StatecraftError {
	if (thrown instanceof StatecraftError) return thrown;
	const failure = readSqliteFailure(thrown);
	if (isConstraintFailure(failure)) return toConstraintError(failure, thrown);
	const known = hints.find(([prefix]) => failure.code.startsWith(prefix));
	if (known === undefined) return new StatecraftError('store_unavailable', failure.message, {}, { cause: thrown });
	const [, detail, hint] = known;
	return new StatecraftError('store_unavailable', `${detail} (${failure.code})`, { hint }, { cause: thrown });
}

function toConstraintError(failure: SqliteFailure, thrown: unknown): StatecraftError {
	return new StatecraftError('constraint_violated', explainConstraint(failure), {}, { cause: thrown });
}

function explainConstraint({ code, message }: SqliteFailure): string {
	// SQLite does not say which.
	if (code.endsWith('FOREIGNKEY')) return 'A row refers to one that does not exist';
	const columns = message.split('constraint failed: ').at(1);
	if (code.endsWith('NOTNULL')) return `A value is missing: ${columns ?? message}`;
	return `A row with the same ${columns ?? 'key'} exists already`;
}
