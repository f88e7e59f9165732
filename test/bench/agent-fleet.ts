/**
 * Real agents without programs: the product's own definition, with its projections, events and stored
 * effects, but effects that do nothing. Turns are ended by the benchmark instead of by a driver.
 */

import type { AgentInput, AgentSettings } from '../../machines/agent-model.ts';
import { agentAddress, agentKind } from '../../src/agents/address.ts';
import { createAgentDefinition } from '../../src/agents/agent-definition.ts';
import type { DomainRecord } from '../../src/durable/store.ts';
import type { DurableSystem } from '../../src/durable/system.ts';
import { createEvent } from '../../src/events/catalogue.ts';
import { createId } from '../../src/ids.ts';

const doNothing = async () => undefined;

export const idleAgentDefinition = createAgentDefinition({
	launch: doNothing,
	endRun: doNothing,
	deliverPrompt: doNothing,
	cancelTurn: doNothing,
	deliverAnswer: doNothing,
});

/** Longer than any benchmark takes. */
const deadlineMs = 3_600_000;

const settings: AgentSettings = {
	transport: 'websocket',
	restart: { policy: 'transient', maxRestarts: 3, withinSeconds: 60, backoffMs: { initial: 1_000, max: 60_000 } },
	interruptedTurn: 'fail',
	startupTimeoutMs: deadlineMs,
	reconnectGraceMs: deadlineMs,
	cancelTimeoutMs: deadlineMs,
	maxQueuedPrompts: 1_000,
};

/** Creates an agent that dials in, and connects it: it rests in `idle`. */
export async function createIdleAgent(system: DurableSystem, id: string): Promise<void> {
	const input: AgentInput = { agentId: id, autoStart: true, settings, queue: [] };
	const at = Date.now();
	const records: DomainRecord[] = [{ op: 'insert', table: 'agents', row: agentRow(id, settings, at) }];
	const events = [createEvent('agent.created', id, at, { name: id })];
	await system.spawn(agentKind, id, input, { records, events });
	const address = agentAddress(id);
	await system.send(address, { type: 'SPAWN' });
	await system.send(address, { type: 'CONNECTED', generation: 1, sessionId: `session-of-${id}`, resumed: false });
}

/** A turn as the product stores it: a prompt with its text, and its result. Answers the transitions it took. */
export async function runTurn(system: DurableSystem, id: string): Promise<number> {
	const at = Date.now();
	const promptId = createId('prompt', at);
	const prompt = { id: promptId, agent_id: id, status: 'queued', text: promptText, repeatable: false, created_at: at };
	const address = agentAddress(id);
	await system.send(
		address,
		{ type: 'PROMPT', promptId, repeatable: false, start: false },
		{ records: [{ op: 'insert', table: 'prompts', row: { ...prompt, content: null, idempotency_key: null } }] },
	);
	await system.send(
		address,
		{ type: 'RESULT', generation: 1, promptId, outcome: 'finished', stopReason: 'end_turn' },
		{ records: [{ op: 'update', table: 'prompts', id: promptId, set: { result } }] },
	);
	return 2;
}

const promptText = 'Rename the function, run the tests and tell me what failed.';

const result = JSON.stringify({ text: 'Done: all tests pass.', stopReason: 'end_turn', usage: null });

/** The row of an agent that dials in. */
export function agentRow(id: string, { restart, interruptedTurn }: AgentSettings = settings, at = Date.now()) {
	return {
		id,
		name: id,
		driver: JSON.stringify({ kind: 'acp', transport: 'websocket' }),
		cwd: '/',
		auto_start: true,
		restart: JSON.stringify(restart),
		interrupted_turn: interruptedTurn,
		policy: null,
		budget: null,
		labels: '{}',
		connect_token_hash: null,
		execution_state: 'pending',
		status: 'pending',
		tags: '[]',
		version: 1,
		generation: 0,
		queued_prompts: 0,
		open_requests: 0,
		state_changed_at: at,
		created_at: at,
		updated_at: at,
	};
}
