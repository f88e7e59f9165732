/**
 * Prisma's schema engine as WebAssembly: real Prisma Migrate without a binary that would have to be
 * downloaded. Owns loading it once a process; knows nothing of our migrations.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
	bindMigrationAwareSqlAdapterFactory,
	type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { MigrationDirectory, MigrationList, SchemaContainer, SchemaEngine } from '@prisma/schema-engine-wasm';

export type { MigrationDirectory, MigrationList, SchemaContainer, SchemaEngine };

/** No table and no enum is managed by somebody else. */
export const noFilters = { externalTables: [], externalEnums: [] };

type Exports = Readonly<Record<string, unknown>>;

type Bindings = typeof import('@prisma/schema-engine-wasm/schema_engine_bg') & {
	__wbg_set_wasm(exports: Exports): void;
};

/** What is used of WebAssembly: the types of Node 20 leave it to those of the browser. */
declare const WebAssembly: {
	instantiate(code: Uint8Array, imports: Exports): Promise<{ readonly instance: { readonly exports: Exports } }>;
};

let bindings: Promise<Bindings> | undefined;

/** Starts an engine on the database that `adapterFactory` connects to. Call `free()` when done. */
export async function startSchemaEngine(
	schema: SchemaContainer,
	adapterFactory: SqlMigrationAwareDriverAdapterFactory,
): Promise<SchemaEngine> {
	bindings ??= loadBindings();
	const { SchemaEngine } = await bindings;
	return SchemaEngine.new(
		{ datamodels: [[schema.path, schema.content]] },
		() => undefined,
		bindMigrationAwareSqlAdapterFactory(adapterFactory),
	);
}

/** The package's own entry imports its .wasm file as a module, which Node cannot: instantiate it by hand. */
async function loadBindings(): Promise<Bindings> {
	const name = '@prisma/schema-engine-wasm/schema_engine_bg';
	const script: Bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg');
	const folder = dirname(createRequire(import.meta.url).resolve(name));
	const code = await readFile(join(folder, 'schema_engine_bg.wasm'));
	const { exports } = (await WebAssembly.instantiate(code, { './schema_engine_bg.js': script })).instance;
	Object.assign(globalThis, {
		PRISMA_WASM_PANIC_REGISTRY: createPanicRegistry(),
	});
	script.__wbg_set_wasm(exports);
	(exports.__wbindgen_start as () => void)();
	return script;
}

/** The engine leaves its last words here before it traps. */
function createPanicRegistry() {
	let message = '';
	return {
		get: () => message,
		set_message(text: string) {
			message = `The schema engine panicked: ${text}`;
		},
	};
}
