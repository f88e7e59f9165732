/**
 * Recorded snapshots: rows of agents in every state, kept for ever as they were stored by each version
 * of the machine, in `test/fixtures/snapshots/agent@<version>/`. Recorded by `record-snapshots.ts`.
 *
 * 1. A row that was recorded is never rewritten: it stands for rows on the disks of others.
 * 2. `definitions.json` lists the definitions of that version that are known to read its rows; one is
 *    added by hand of `record-snapshots.ts`, after its author has looked.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentCommandEvent } from '../../machines/agent-model.ts';
import { agentAddress, agentIdOf, agentKind } from '../../src/agents/address.ts';
import { hashDefinition } from '../../src/durable/definition.ts';
import type { StoredActor } from '../../src/durable/store.ts';
import { createDurableSystem, type DurableSystem } from '../../src/durable/system.ts';
import { packageRoot } from '../../src/package.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import { agents } from '../store/units.ts';
import { type AgentLife, agentLives } from './agent-lives.ts';
import { inertAgentDefinition } from './inert-agent-definition.ts';
import { createManualClock } from './manual-clock.ts';

export interface RecordedSnapshot {
	/** State it was recorded in, nested states joined by dots. */
	readonly state: string;
	/** An event it can take there, and where that leads. */
	readonly next: AgentCommandEvent;
	readonly nextState: string;
	readonly row: StoredActor;
}

const root = join(packageRoot, 'test/fixtures/snapshots');
const { machine, version } = inertAgentDefinition;

export const currentDefinition = { version, hash: hashDefinition(machine) };

function folderOf(ofVersion: number): string {
	return join(root, `${machine.id}@${ofVersion}`);
}

/** Definitions that are known to read the rows of a version. */
export function readDefinitions(ofVersion: number): readonly string[] {
	const path = join(folderOf(ofVersion), 'definitions.json');
	return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}

/** Every recorded row, with its file's name. */
export function readRecordedSnapshots(): ReadonlyArray<readonly [name: string, recorded: RecordedSnapshot]> {
	return readdirSync(root, { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.json') && !name.endsWith('definitions.json'))
		.sort()
		.map((name) => [name, JSON.parse(readFileSync(join(root, name), 'utf8'))]);
}

/** Records what the current version has not recorded yet; answers the names of new files. */
export async function recordSnapshots(): Promise<readonly string[]> {
	mkdirSync(folderOf(version), { recursive: true });
	const added: string[] = [];
	for (const life of agentLives) {
		const path = join(folderOf(version), `${life.state}.json`);
		if (existsSync(path)) continue;
		const { state, next, nextState } = life;
		writeJson(path, { state, next, nextState, row: await liveOut(life) });
		added.push(path);
	}
	const known = readDefinitions(version);
	if (known.includes(currentDefinition.hash)) return added;
	writeJson(join(folderOf(version), 'definitions.json'), [...known, currentDefinition.hash]);
	return [...added, `definition ${currentDefinition.hash}`];
}

/** Lives a life through the real system and answers the row it leaves. */
async function liveOut({ input, events }: AgentLife): Promise<StoredActor> {
	const store = createMemoryStore();
	const system = createInertSystem(store);
	await store.commit([agents(input.agentId)]);
	await system.spawn(agentKind, input.agentId, input);
	const address = agentAddress(input.agentId);
	for (const event of events) await system.send(address, event);
	await system.stop();
	const row = await store.readActor(address);
	if (!row) throw new Error(`${address} left no row`);
	return row;
}

/** A store as it was when the row was in it. */
export async function createStoreWith(row: StoredActor): Promise<MemoryStore> {
	const store = createMemoryStore();
	await store.commit([agents(agentIdOf(row.address))]);
	const { quarantine: _, ...write } = row;
	for (let step = 1; step <= row.version; step++) await store.commit([{ actors: [{ ...write, version: step }] }]);
	return store;
}

/** A system of agents that launch nothing, at a time that stands still. */
export function createInertSystem(store: MemoryStore): DurableSystem {
	return createDurableSystem({ store, clock: createManualClock(), definitions: [inertAgentDefinition] });
}

function writeJson(path: string, value: unknown): void {
	writeFileSync(path, `${JSON.stringify(value, null, '\t')}\n`);
}
