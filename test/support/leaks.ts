/** What a test must not leave behind: processes of the installation whose data directory it used. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { endProcessGroup, findMarkedProcesses } from '../../src/agents/drivers/process-table.ts';

const instances = new Map<string, string>();

/** For an installation whose database is not in its data directory. */
export function noteInstance(dataDir: string, instance: string): void {
	instances.set(dataDir, instance);
}

/** The marker of the installation; undefined when its database was never made. */
export function readInstance(dataDir: string): string | undefined {
	const noted = instances.get(dataDir);
	if (noted !== undefined) return noted;
	const path = join(dataDir, 'statecraft.db');
	if (!existsSync(path)) return undefined;
	const database = new Database(path, { readonly: true });
	try {
		const row = database.prepare("SELECT value FROM settings WHERE id = 'instance'").get();
		return (row as { readonly value: string } | undefined)?.value;
	} finally {
		database.close();
	}
}

/** Living processes that carry the installation's marker. */
export async function findAgentProcesses(dataDir: string) {
	const instance = readInstance(dataDir);
	return instance === undefined ? [] : findMarkedProcesses(instance);
}

/** Ends what is left, and answers what it was: nothing, if all is well. */
export async function endLeftovers(dataDir: string): Promise<string[]> {
	const left = await findAgentProcesses(dataDir);
	await Promise.all(left.map((identity) => endProcessGroup(identity)));
	return left.map(({ pid, marker }) => `process ${pid} of ${marker.agentId}, generation ${marker.generation}`);
}
