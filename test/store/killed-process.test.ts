import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../src/package.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { createDatabaseFolder, type DatabaseFolder } from '../support/database-folder.ts';
import { step } from './units.ts';

/** The compiled store: plain Node runs no TypeScript. `npm test` builds first. */
const compiled = join(packageRoot, 'dist');

/** Commits step after step of two actors in one unit, and prints each version once it is acknowledged. */
const writerScript = `
const [root, url] = process.argv.slice(1);
const { openDatabase } = await import(root + '/src/store/database.js');
const { migrateDatabase } = await import(root + '/src/store/migrate.js');
const { createSqliteStore } = await import(root + '/src/store/sqlite-store.js');
const { step } = await import(root + '/test/store/units.js');
const database = await openDatabase({ url });
await migrateDatabase(database);
const store = createSqliteStore(database);
for (let version = 1; ; version++) {
	const [a, b] = [step('a:1', version), step('b:1', version)];
	const events = [{ topic: 'step.taken', agentId: null, at: version, data: '{}' }];
	const [outcome] = await store.commit([{ actors: [...a.actors, ...b.actors], journal: [...a.journal, ...b.journal], events }]);
	if (!outcome.ok) throw outcome.error;
	await new Promise((resolve) => process.stdout.write(version + '\\n', resolve));
}`;

let folder: DatabaseFolder;
let writer: ChildProcess;
beforeEach(() => {
	folder = createDatabaseFolder();
});
afterEach(async () => {
	await kill();
	await folder.remove();
});

async function kill(): Promise<void> {
	if (writer.exitCode !== null || writer.signalCode !== null) return;
	const ended = once(writer, 'exit');
	writer.kill('SIGKILL');
	await ended;
}

test('[ST1, ST5] a process killed while it writes leaves every acknowledged unit, each of them whole', async () => {
	writer = spawn(process.execPath, ['--input-type=module', '-e', writerScript, compiled, folder.url], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	if (writer.stdout === null) throw new Error('The writer has no output');
	let acknowledged = 0;
	for await (const line of createInterface({ input: writer.stdout })) {
		acknowledged = Number(line);
		if (acknowledged === 300) await kill();
	}
	const database = await folder.open();
	const store = createSqliteStore(database);
	const stored = (await store.readActor('a:1'))?.version ?? 0;
	expect(acknowledged).toBeGreaterThanOrEqual(300);
	expect(stored).toBeGreaterThanOrEqual(acknowledged);
	expect((await store.readActor('b:1'))?.version).toBe(stored);
	const journal = await database.client.transition.findMany({ where: { address: 'a:1' }, orderBy: { seq: 'asc' } });
	expect(journal.map(({ version }) => version)).toEqual(Array.from({ length: stored }, (_, index) => index + 1));
	expect(await database.client.event.count()).toBe(stored);
	const [outcome] = await store.commit([step('a:1', stored + 1)]);
	expect(outcome?.ok).toBe(true);
});
