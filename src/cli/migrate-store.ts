/** `statecraft migrate-store`: copies a whole store to another database, while no server runs on either. */

import type { Command } from 'commander';
import { isDatabaseUrl } from '../config.ts';
import { StatecraftError } from '../errors.ts';
import { createPrinter } from './printer.ts';
import { type Column, renderTable } from './table.ts';

interface Options {
	readonly from: string;
	readonly to: string;
	readonly json?: boolean;
}

interface CopiedTable {
	readonly table: string;
	readonly rows: number;
	readonly hash: string;
}

const columns: ReadonlyArray<Column<CopiedTable>> = [
	{ title: 'TABLE', value: ({ table }) => table },
	{ title: 'ROWS', value: ({ rows }) => String(rows) },
	{ title: 'SHA-256 (both)', value: ({ hash }) => hash.slice(0, 12) },
];

export function registerMigrateStore(program: Command): void {
	program
		.command('migrate-store')
		.description('copy a whole store to another, empty database: SQLite to PostgreSQL, or back')
		.requiredOption('--from <url>', 'file:… or postgresql://…; no server may use it')
		.requiredOption('--to <url>', 'file:… or postgresql://…; must be empty')
		.action(async (_options: unknown, command: Command) => {
			const { from, to, json = false } = command.optsWithGlobals<Options>();
			const { copyStore } = await import('../store/copy/copy-store.ts');
			const print = createPrinter(json);
			const copy = await copyStore({ from: checkUrl(from), to: checkUrl(to) });
			print.result(copy, () => {
				const filled = copy.tables.filter(({ rows }) => rows > 0);
				return `${renderTable(filled, columns, 'the store was empty')}\n${copy.rows} rows copied; counts and hashes agree.`;
			});
			print.note('Set DATABASE_URL to the copy from now on; a server on the old database would be another Statecraft.');
		});
}

function checkUrl(url: string): string {
	if (isDatabaseUrl(url)) return url;
	throw new StatecraftError('invalid_configuration', `Not a database: ${url.replace(/:[^:@/]*@/, ':***@')}`, {
		hint: 'file:<path> or postgresql://<user>@<host>/<database>',
	});
}
