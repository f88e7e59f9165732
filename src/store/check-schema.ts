/**
 * Checks the data dictionary, `npm run db:check`: every change of prisma/schema.prisma has a migration,
 * every model and field says what it is, and the generated client is of this schema. The same of the
 * schema for PostgreSQL, which moreover is the one that derives from it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../package.ts';
import {
	type MigrationFolder,
	postgresqlMigrationsPath,
	postgresqlSchemaPath,
	readLatestSchema,
	readMigrationFolder,
	readSchema,
} from './migration-folder.ts';
import { adaptScript, derivePostgresqlSchema } from './postgresql/schema.ts';
import { diffSchemas } from './schema-diff.ts';
import type { SchemaContainer } from './schema-engine.ts';

export interface SchemaCheck {
	readonly schema: SchemaContainer;
	readonly folder: MigrationFolder;
	/** Text of the generated client's class.ts, which carries the schema it is of; undefined if there is none. */
	readonly client: string | undefined;
}

/** What is wrong, one line each with what mends it; empty when all is well. */
export async function checkSchema({ schema, folder, client }: SchemaCheck): Promise<readonly string[]> {
	const complaints = findUndocumented(schema.content).map((name) => `${name} lacks its /// line in schema.prisma`);
	if ((await diffSchemas(readLatestSchema(folder), schema)) !== '') {
		complaints.push('schema.prisma has changes without a migration: npm run db:migration -- <name> [why]');
	}
	if (client === undefined || squeeze(readInlineSchema(client)) !== squeeze(schema.content)) {
		complaints.push('The generated client is not of this schema: npm run generate');
	}
	return complaints;
}

/** Models and fields that no /// line stands above, as `Model` or `Model.field`. */
function findUndocumented(schema: string): string[] {
	const undocumented: string[] = [];
	const lines = schema.split('\n').map((line) => line.trim());
	let model = '';
	lines.forEach((line, index) => {
		const opened = line.match(/^model (\w+)/)?.[1];
		if (line === '}') model = '';
		if (opened !== undefined) model = opened;
		const field = model !== '' && opened === undefined ? line.match(/^(\w+)\s+\w/)?.[1] : undefined;
		const name = opened ?? (field && `${model}.${field}`);
		if (name !== undefined && lines[index - 1]?.startsWith('///') !== true) undocumented.push(name);
	});
	return undocumented;
}

function readInlineSchema(client: string): string | undefined {
	const literal = client.match(/"inlineSchema": ("(?:[^"\\]|\\.)*")/)?.[1];
	return literal === undefined ? undefined : JSON.parse(literal);
}

/** The generator aligns columns before it takes the schema over. */
function squeeze(schema: string | undefined): string | undefined {
	return schema?.replace(/[ \t]+/g, ' ');
}

/** What is wrong with the schema for PostgreSQL as it is on disk. */
export async function checkDerivedSchema(
	source: SchemaContainer,
	{ schema, folder, client }: SchemaCheck,
): Promise<readonly string[]> {
	const complaints = [...(await checkSchema({ schema, folder, client }))];
	if (schema.content !== derivePostgresqlSchema(source).content) {
		complaints.push('It does not derive from prisma/schema.prisma: npm run db:migration -- <name> [why]');
	}
	for (const { name, sql } of folder.migrations) {
		if (adaptScript(sql) !== sql)
			complaints.push(`${name} has something that adaptScript would change: text that is not compared byte by byte`);
	}
	return complaints.map((complaint) => `PostgreSQL: ${complaint}`);
}

function readClient(folder: string): string | undefined {
	const path = join(packageRoot, 'src/store', folder, 'internal/class.ts');
	return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

async function main(): Promise<void> {
	const source = readSchema();
	const complaints = [
		...(await checkSchema({ schema: source, folder: readMigrationFolder(), client: readClient('generated') })),
		...(await checkDerivedSchema(source, {
			schema: readSchema(postgresqlSchemaPath),
			folder: readMigrationFolder(postgresqlMigrationsPath),
			client: readClient('generated-postgresql'),
		})),
	];
	for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
	if (complaints.length > 0) process.exitCode = 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
