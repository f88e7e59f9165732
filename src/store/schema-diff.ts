/** What SQL leads from one schema to another, as Prisma's schema engine sees it. */
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { offlineAdapter } from './postgresql/offline-adapter.ts';
import { noFilters, type SchemaContainer, startSchemaEngine } from './schema-engine.ts';

/** The script from `from` (undefined: an empty database) to `to`; empty when there is nothing to do. */
export async function diffSchemas(from: SchemaContainer | undefined, to: SchemaContainer): Promise<string> {
	// Two texts are compared: no server is asked, whichever kind of database they are for.
	const isPostgresql = /provider\s*=\s*"postgresql"/.test(to.content);
	const adapter = isPostgresql ? offlineAdapter : new PrismaBetterSqlite3({ url: ':memory:' });
	const engine = await startSchemaEngine(to, adapter);
	try {
		const { stdout } = await engine.diff({
			from: from === undefined ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: [from] },
			to: { tag: 'schemaDatamodel', files: [to] },
			script: true,
			exitCode: null,
			filters: noFilters,
		});
		// An empty difference is a script that holds nothing but a remark.
		return stdout === null || /^(--.*|\s*)*$/.test(stdout) ? '' : stdout;
	} finally {
		engine.free();
	}
}
