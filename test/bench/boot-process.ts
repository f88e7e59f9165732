/** A process that boots on the data directory it is given, says how long that took, and is gone. */

import Database from 'better-sqlite3';
import { loadConfig } from '../../src/config.ts';
import { startStatecraft } from '../../src/main.ts';

export interface BootTimes {
	/** From the beginning of the boot until changes are taken. */
	readonly bootMs: number;
	/** The same from the start of the process: with loading the program. */
	readonly processMs: number;
	readonly actors: number;
}

const [mode, dataDir = ''] = process.argv.slice(2);

async function boot(): Promise<number> {
	const config = loadConfig({ dataDir, port: '0', logLevel: 'silent' }, {});
	const { boot: report } = await startStatecraft(config);
	return report.restored;
}

/** The least that somebody who writes it by hand has to do: read every row and parse it. */
function readByHand(): number {
	const database = new Database(`${dataDir}/statecraft.db`);
	database.pragma('journal_mode = WAL');
	const actors = new Map<string, unknown>();
	const rows = database.prepare('SELECT address, snapshot FROM actors').iterate();
	for (const row of rows as Iterable<{ address: string; snapshot: string }>) {
		actors.set(row.address, JSON.parse(row.snapshot));
	}
	return actors.size;
}

const startedAt = performance.now();
const actors = mode === 'by-hand' ? readByHand() : await boot();
const times: BootTimes = { bootMs: performance.now() - startedAt, processMs: performance.now(), actors };
// The database was copied for this boot alone: nothing in it has to be saved.
process.send?.(times, () => process.exit());
