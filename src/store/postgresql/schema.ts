/**
 * PostgreSQL's schema, derived from SQLite's, which is the data dictionary.
 *
 * 1. Numbers of rows are given by the writer, out of one row that its transaction locks (`Numbering`), so
 *    that no row becomes visible behind a reader who has seen a higher one. They are BigInt: a database
 *    that several hosts share may well outlive two billion events.
 * 2. Effects get a number of their own, for there is no rowid to keep their order.
 * 3. `Writer` says who may write and which transaction of theirs was the last to be committed.
 * 4. Text is compared byte by byte, as in SQLite, whatever the database's own collation: it is set on
 *    every text column of a migration, since a Prisma schema cannot say so.
 */
import type { SchemaContainer } from '../schema-engine.ts';

const head = `/// Derived from prisma/schema.prisma, the data dictionary: change that one, then npm run db:migration.

generator client {
  provider            = "prisma-client"
  output              = "../../src/store/generated-postgresql"
  moduleFormat        = "esm"
  importFileExtension = "ts"
}

datasource db {
  provider = "postgresql"
}
`;

const effectNumber = `  /// Order in which effects were asked for.
  seq           BigInt
`;

const ownModels = `
/// The last numbers given out, in one row: whoever writes locks it, which orders the commits of all writers.
model Numbering {
  /// Always 1.
  id      Int    @id
  /// Last number of the journal.
  journal BigInt
  /// Last number of a message.
  message BigInt
  /// Last number of an event.
  event   BigInt
  /// Last number of an effect.
  effect  BigInt

  @@map("numbering")
}

/// Who may write. A Statecraft that takes over removes the others, whose transactions then fail.
model Writer {
  /// Made anew by each opening of the database.
  id      String @id
  /// Number of its last committed transaction: tells what became of a COMMIT whose answer was lost.
  commits BigInt

  @@map("writers")
}
`;

/** Pure: the same text for the same dictionary. */
export function derivePostgresqlSchema({ path, content }: SchemaContainer): SchemaContainer {
	const models = content.slice(content.indexOf('/// One durable actor'));
	const derived = models
		.replaceAll(/^( {2}seq +)Int( +@id) @default\(autoincrement\(\)\)$/gm, '$1BigInt$2')
		.replace(/^(model Effect \{\n(?: {2}.*\n)*?)(\n {2}@@)/m, `$1${effectNumber}$2`);
	return { path, content: `${head}\n${derived.trimEnd()}\n${ownModels}` };
}

/** A script of the schema engine as it is to be run: text by bytes, in whatever schema the connection is in. */
export function adaptScript(sql: string): string {
	return sql
		.replace(/^-- CreateSchema\nCREATE SCHEMA .*\n\n/m, '')
		.replaceAll(/^((?: {4}|ALTER TABLE .* ADD COLUMN +)"\w+" TEXT)\b(?! COLLATE)/gm, '$1 COLLATE "C"');
}
