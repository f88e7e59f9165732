/**
 * Recorded snapshots: rows of actors in every state, kept for ever as they were stored by each version
 * of their machine, in `test/fixtures/snapshots/<machine>@<version>/`. Recorded by `record-snapshots.ts`.
 *
 * 1. A row that was recorded is never rewritten: it stands for rows on the disks of others.
 * 2. `definitions.json` lists the definitions of that version that are known to read its rows; one is
 *    added by hand of `record-snapshots.ts`, after its author has looked.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyEventObject } from 'xstate';
import { agentIdOf } from '../../src/agents/address.ts';
import { groupDefinition } from '../../src/agents/groups/group-definition.ts';
import { type DurableDefinition, hashDefinition } from '../../src/durable/definition.ts';
import type { StoredActor } from '../../src/durable/store.ts';
import { createDurableSystem, type DurableSystem } from '../../src/durable/system.ts';
import { packageRoot } from '../../src/package.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import { agents } from '../store/units.ts';
import { inertAgentDefinition } from './inert-agent-definition.ts';
import { inertSupervisorDefinition } from './inert-supervisor-definition.ts';
import { inertTaskDefinition } from './inert-task-definition.ts';
import { inertOrchestratorDefinition } from './inert-workflow-definitions.ts';
import { createManualClock } from './manual-clock.ts';
import { supervisorInput, supervisorRow } from './supervisor-lives.ts';
import { taskRecord } from './task-lives.ts';

/** A life that leads into a state, and what is taken next there. */
export interface RecordedLife<Event extends AnyEventObject = AnyEventObject> {
	/** Where it ends, nested states joined by dots. */
	readonly state: string;
	readonly events: readonly Event[];
	/** An event it can take there, and where that leads. */
	readonly next: Event;
	readonly nextState: string;
}

/** A machine whose snapshots are recorded. */
export interface RecordedMachine {
	readonly definition: DurableDefinition;
	/** One for each state. */
	readonly lives: readonly RecordedLife[];
	/** States that every step leaves again. */
	readonly neverRestsIn: readonly string[];
	/** Brings one to life; answers its address. */
	begin(system: DurableSystem): Promise<string>;
}

export interface RecordedSnapshot extends Omit<RecordedLife, 'events'> {
	readonly row: StoredActor;
	/** Rows of the actors around it, parents first: absent where it was alone. */
	readonly others?: readonly StoredActor[];
}

const root = join(packageRoot, 'test/fixtures/snapshots');

/** `agent@1`. */
export function nameVersion({ machine, version }: DurableDefinition): string {
	return `${machine.id}@${version}`;
}

/** Definitions that are known to read the rows of the machine's version. */
export function readDefinitions(definition: DurableDefinition): readonly string[] {
	const path = join(root, nameVersion(definition), 'definitions.json');
	return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}

/** Every recorded row, with its file's name. */
export function readRecordedSnapshots(): ReadonlyArray<readonly [name: string, recorded: RecordedSnapshot]> {
	return readdirSync(root, { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.json') && !name.endsWith('definitions.json'))
		.sort()
		.map((name) => [name, JSON.parse(readFileSync(join(root, name), 'utf8'))]);
}

/** Records what the current version of a machine has not recorded yet; answers the names of new files. */
export async function recordSnapshots(subject: RecordedMachine): Promise<readonly string[]> {
	const { definition } = subject;
	const folder = join(root, nameVersion(definition));
	mkdirSync(folder, { recursive: true });
	const added: string[] = [];
	for (const life of subject.lives) {
		const path = join(folder, `${life.state}.json`);
		if (existsSync(path)) continue;
		const { state, next, nextState } = life;
		writeJson(path, { state, next, nextState, ...(await liveOut(subject, life)) });
		added.push(path);
	}
	const [known, hash] = [readDefinitions(definition), hashDefinition(definition.machine)];
	if (known.includes(hash)) return added;
	writeJson(join(folder, 'definitions.json'), [...known, hash]);
	return [...added, `definition ${hash}`];
}

/** Lives a life through the real system and answers the rows it leaves. */
async function liveOut(
	subject: RecordedMachine,
	{ events }: RecordedLife,
): Promise<Pick<RecordedSnapshot, 'row' | 'others'>> {
	const store = createMemoryStore();
	await store.commit([agents('agt_golden')]);
	const system = createInertSystem(store);
	await system.resume();
	const address = await subject.begin(system);
	for (const event of events) await system.send(address, event);
	await system.stop();
	const row = await store.readActor(address);
	if (!row) throw new Error(`${address} left no row`);
	const others: StoredActor[] = [];
	for await (const page of store.loadActors()) others.push(...page.filter((other) => other.address !== address));
	return { row, ...(others.length > 0 && { others }) };
}

/** A store as it was when the rows were in it. */
export async function createStoreWith({
	row,
	others = [],
}: Pick<RecordedSnapshot, 'row' | 'others'>): Promise<MemoryStore> {
	const store = createMemoryStore();
	const rows = [row, ...others].sort((one, other) => one.address.length - other.address.length);
	for (const { quarantine: _, ...write } of rows) {
		if (write.machineId === inertAgentDefinition.machine.id) await store.commit([agents(agentIdOf(write.address))]);
		if (write.machineId === inertSupervisorDefinition.machine.id) {
			await store.commit([agents(supervisorInput.agentId), { records: [supervisorRow(supervisorInput)] }]);
		}
		if (write.machineId === inertTaskDefinition.machine.id) await store.commit([{ records: [taskRecord] }]);
		for (let version = 1; version <= write.version; version++)
			await store.commit([{ actors: [{ ...write, version }] }]);
	}
	return store;
}

/** A system of actors that do nothing outside, at a time that stands still. */
export function createInertSystem(store: MemoryStore): DurableSystem {
	const definitions = [
		inertAgentDefinition,
		groupDefinition,
		inertOrchestratorDefinition,
		inertSupervisorDefinition,
		inertTaskDefinition,
	];
	return createDurableSystem({ store, clock: createManualClock(), definitions });
}

function writeJson(path: string, value: unknown): void {
	writeFileSync(path, `${JSON.stringify(value, null, '\t')}\n`);
}
