/**
 * The hashes of agents and runs: each as its row is, read after the events that touched it.
 *
 * 1. A hash is written whole, and never over one with a higher version.
 * 2. That of an agent goes with the agent; that of a run that has ended goes after `runTtlMs`, or as soon
 *    as its row is found to be gone.
 */

import { renderRun } from '../agents/resources.ts';
import type { AgentView, EventView, Reads, RunView } from '../agents/views.ts';
import { renderFailure, renderTime, renderTimeOrNull } from '../http/fields.ts';
import { touchedBy } from '../stream/touches.ts';
import type { StreamReads } from '../stream/views.ts';
import type { Names } from './names.ts';
import type { Command, Valkey } from './valkey.ts';

export type MirrorReads = Pick<Reads, 'agentsByIds' | 'runsByIds'> & Pick<StreamReads, 'presentIds' | 'lastRunIds'>;

export interface Mirror {
	/** What brings the hashes up to these events. */
	follow(events: readonly EventView[]): Promise<readonly Command[]>;
	/** What makes the hashes of all agents and present runs as they should be, in pieces; forgets those of others. */
	rebuild(valkey: Valkey): AsyncIterable<readonly Command[]>;
}

/** How long the hash of a run that has ended is kept. */
export const runTtlMs = 24 * 3_600_000;

/** Ids looked up at a time: of an agent its last run goes with it. */
const pieceSize = 500;

export function createMirror({ names, reads }: { readonly names: Names; readonly reads: MirrorReads }): Mirror {
	const dropAgent = (id: string): Command => ['dropMirrored', names.agent(id), names.agents, id];
	const dropRun = (id: string): Command => ['dropMirrored', names.run(id), names.runs, id];

	/** Puts what there is, and drops what there is not. */
	async function mirror(agentIds: readonly string[], runIds: readonly string[]): Promise<readonly Command[]> {
		const agents = await reads.agentsByIds(agentIds);
		const runs = await reads.runsByIds(runIds);
		return [
			...listMissing(agentIds, agents).map(dropAgent),
			...listMissing(runIds, runs).map(dropRun),
			...agents.map((agent) => putAgent(agent, names)),
			...runs.map((run) => putRun(run, names)),
		];
	}

	return {
		async follow(events) {
			const touches = events.flatMap(({ topic, agentId, data }) => touchedBy(topic, agentId, () => data));
			const idsOf = (kind: string) => touches.filter((touch) => touch.kind === kind).map(({ id }) => id);
			const lastRuns = await reads.lastRunIds(unique(idsOf('lastRunOf')));
			return mirror(unique(idsOf('agent')), unique([...idsOf('run'), ...lastRuns]));
		},
		async *rebuild(valkey) {
			const [knownAgents, knownRuns] = await readIndexes(valkey, names);
			const agentIds = await reads.presentIds('agent');
			for (const piece of split(unique([...agentIds, ...knownAgents]))) {
				yield await mirror(piece, await reads.lastRunIds(piece));
			}
			for (const piece of split(knownRuns)) yield await mirror([], piece);
		},
	};
}

async function readIndexes(valkey: Valkey, names: Names): Promise<readonly [readonly string[], readonly string[]]> {
	// A key of another kind in their place holds no ids; whoever writes to it says so.
	const [agents, runs] = await valkey.run([
		['smembers', names.agents],
		['smembers', names.runs],
	]);
	return [(agents?.value ?? []) as string[], (runs?.value ?? []) as string[]];
}

function putAgent(agent: AgentView, names: Names): Command {
	const { id, name, status, version, generation } = agent;
	return put(names.agent(id), names.agents, {
		id,
		version,
		expiresAt: 0,
		fields: {
			...{ id, name, state: agent.executionState, substate: agent.substate, status, generation },
			startedAt: renderTimeOrNull(agent.startedAt),
			completedAt: renderTimeOrNull(agent.completedAt),
			error: toJson(renderFailure(agent.error)),
			updatedAt: renderTime(agent.updatedAt),
		},
	});
}

/** Runs have no version of their own; how far they are will do. */
const runSteps: Readonly<Record<string, number>> = { spawning: 1, running: 2 };
const ended = 3;

function putRun(run: RunView, names: Names): Command {
	const { id, state, completedAt } = run;
	const { error, ...fields } = renderRun(run);
	return put(names.run(id), names.runs, {
		id,
		version: runSteps[state] ?? ended,
		expiresAt: completedAt === null ? 0 : completedAt + runTtlMs,
		fields: { ...fields, error: toJson(error) },
	});
}

interface Mirrored {
	readonly id: string;
	readonly version: number;
	/** Epoch milliseconds; 0: never. */
	readonly expiresAt: number;
	/** What is null is left out. */
	readonly fields: Readonly<Record<string, string | number | null>>;
}

function put(hash: string, index: string, { id, version, expiresAt, fields }: Mirrored): Command {
	const present = Object.entries({ ...fields, version }).filter(([, value]) => value !== null);
	return ['putMirrored', hash, index, id, version, expiresAt, ...present.flat().map((part) => part ?? '')];
}

function toJson(value: unknown): string | null {
	return value === null ? null : JSON.stringify(value);
}

function listMissing(ids: readonly string[], rows: ReadonlyArray<{ readonly id: string }>): readonly string[] {
	const found = new Set(rows.map(({ id }) => id));
	return ids.filter((id) => !found.has(id));
}

function unique(ids: readonly string[]): readonly string[] {
	return [...new Set(ids)];
}

function split(ids: readonly string[]): ReadonlyArray<readonly string[]> {
	return Array.from({ length: Math.ceil(ids.length / pieceSize) }, (_, piece) =>
		ids.slice(piece * pieceSize, (piece + 1) * pieceSize),
	);
}
