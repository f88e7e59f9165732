/** A reset in a real system: nobody who submitted a prompt to the lost agent is left waiting. */

import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { agentAddress, agentKind } from '../../src/agents/address.ts';
import { createRepair } from '../../src/agents/repair.ts';
import { salvageReplies } from '../../src/agents/salvage.ts';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import { createInput } from '../machines/agent-inputs.ts';
import { agents, promptInsert } from '../store/units.ts';
import { checkLeaksAfterEach, createWorld } from '../support/durable-world.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { silentOrchestrator, spawnSilentOrchestrator } from '../support/silent-orchestrator.ts';

checkLeaksAfterEach();

const address = agentAddress('agt_1');
const replyTo = (token: string) => ({ address: 'submitter:1', token });

/** Hears what becomes of prompts: its journal tells. */
const submitter: DurableDefinition = {
	kind: 'submitter',
	machine: createMachine({
		id: 'submitter',
		options: { maxIterations: 1 },
		initial: 'listening',
		states: { listening: { on: { PROMPT_SETTLED: { target: 'listening', reenter: true } } } },
	}),
	version: 1,
	context: { parse: (context) => context },
};

test('[P11, AG51] a reset tells submitters of prompts that went down, and of those that wait when they are settled', async () => {
	const definitions = [inertAgentDefinition, silentOrchestrator, submitter];
	const world = createWorld(definitions);
	const { disk, clock } = world;
	await spawnSilentOrchestrator(world.system);
	await world.system.spawn('submitter', '1', undefined);
	await disk.commit([agents('agt_1')]);
	const row = (id: string) => ({ records: [promptInsert(id, { agent_id: 'agt_1' })] });
	const prompt = (promptId: string) => ({ type: 'PROMPT', promptId, repeatable: false, replyTo: replyTo(promptId) });
	await world.system.spawn(agentKind, 'agt_1', createInput({ maxQueuedPrompts: 3 }));
	await world.system.send(address, { type: 'SPAWN' });
	await world.system.send(address, { type: 'CONNECTED', generation: 1, sessionId: null, resumed: false });
	for (const id of ['pmt_1', 'pmt_2']) await world.system.send(address, prompt(id), row(id));

	const bewildered = {
		...inertAgentDefinition,
		context: {
			parse: () => {
				throw new Error('what is this?');
			},
		},
	};
	expect((await world.boot([bewildered, silentOrchestrator, submitter])).casualties).toHaveLength(1);
	const limits = { startupTimeoutMs: 1, reconnectGraceMs: 1, cancelTimeoutMs: 1, maxQueuedPrompts: 3 };
	const reads = createMemoryReads(disk);
	const repair = createRepair({ system: world.system, reads, limits, clock });
	await repair.reset(address, { by: 'operator' });
	await world.settle();

	const heard = () =>
		disk.journal().flatMap((line) => (line.event.includes('PROMPT_SETTLED') ? JSON.parse(line.event) : []));
	expect(heard()).toMatchObject([{ promptId: 'pmt_1', token: 'pmt_1', outcome: 'interrupted' }]);
	await world.system.send(address, { type: 'CANCEL_PROMPT', promptId: 'pmt_2', by: 'operator' });
	await world.settle();
	expect(heard().slice(1)).toMatchObject([{ promptId: 'pmt_2', token: 'pmt_2', outcome: 'cancelled', by: 'operator' }]);
});

test('what is not understood of a lost agent is left out', () => {
	const held = { id: 'pmt_1', repeatable: true, replyTo: replyTo('a') };
	const request = { id: 'req_1', origin: 'interruption', promptId: 'pmt_2', replyTo: replyTo('b') };
	const context = { turn: held, resumable: null, queue: [{ id: 7 }, { id: 'pmt_3' }], requests: [request, 'what?'] };
	expect([...salvageReplies({ context })]).toEqual([
		['pmt_1', replyTo('a')],
		['pmt_2', replyTo('b')],
	]);
	const strange = { turn: 1, resumable: undefined, queue: {}, requests: [] };
	for (const snapshot of [undefined, 'gibberish', {}, { context: strange }]) {
		expect([...salvageReplies(snapshot)]).toEqual([]);
	}
});
