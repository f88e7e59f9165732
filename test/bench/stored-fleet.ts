/**
 * Fills a database with agents, fast: one agent lives its life in memory, and what it had written is
 * written again under other names, thousands at a time, through the store.
 */

import { agentAddress } from '../../src/agents/address.ts';
import { systemClock } from '../../src/durable/clock.ts';
import type { DurableStore, WriteUnit } from '../../src/durable/store.ts';
import { createDurableSystem } from '../../src/durable/system.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createFaultyStore } from '../support/faulty-store.ts';
import { silentOrchestrator, spawnSilentOrchestrator } from '../support/silent-orchestrator.ts';
import { createIdleAgent, idleAgentDefinition } from './agent-fleet.ts';
import { failLoudly } from './world.ts';

/** Where the agents rest: connected without a turn, or stopped on purpose. */
export type RestingState = 'idle' | 'stopped';

const unitsInBatch = 2_000;
/** What ids of the agent, its run and its session have in common. */
const modelName = 'the-model-agent';
const modelId = `agt_${modelName}`;

/** Writes so many agents, each with its actor, journal, run and row. */
export async function writeStoredFleet(store: DurableStore, agents: number, state: RestingState): Promise<void> {
	const life = JSON.stringify(await recordLife(state));
	let batch: WriteUnit[] = [];
	for (let index = 0; index < agents; index++) {
		batch.push(...(JSON.parse(life.replaceAll(modelName, `${index}`)) as WriteUnit[]));
		if (batch.length < unitsInBatch && index < agents - 1) continue;
		for (const outcome of await store.commit(batch)) if (!outcome.ok) throw outcome.error;
		batch = [];
	}
}

/** Everything an agent writes until it rests, without the events and messages that nobody here reads. */
async function recordLife(state: RestingState): Promise<readonly WriteUnit[]> {
	const units: WriteUnit[] = [];
	const store = createFaultyStore(createMemoryStore(), { before: (_, written) => void units.push(...written) });
	const definitions = [idleAgentDefinition, silentOrchestrator];
	const system = createDurableSystem({ store, clock: systemClock, definitions, onError: failLoudly });
	await spawnSilentOrchestrator(system);
	units.length = 0;
	await createIdleAgent(system, modelId);
	if (state === 'stopped') await system.send(agentAddress(modelId), { type: 'STOP' });
	await system.stop();
	return units
		.map(({ events: _, messagesSent: _sent, messagesConsumed: _consumed, ...unit }) => unit)
		.filter((unit) => Object.keys(unit).length > 0);
}
