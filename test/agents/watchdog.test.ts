/** The watchdog over agents in a real system, whose signs of life and time are in the test's hands. */

import { describe, expect, test } from 'vitest';
import type { AgentCommandEvent, AgentSettings } from '../../machines/agent-model.ts';
import { agentAddress, agentKind } from '../../src/agents/address.ts';
import { createAgentRenderer } from '../../src/agents/resources.ts';
import type { SignsOfLife } from '../../src/agents/staleness.ts';
import { createWatchdog } from '../../src/agents/watchdog.ts';
import { createInput } from '../machines/agent-inputs.ts';
import { agents } from '../store/units.ts';
import { checkLeaksAfterEach, createWorld } from '../support/durable-world.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { silentOrchestrator, spawnSilentOrchestrator } from '../support/silent-orchestrator.ts';
import { startWholeServer } from '../support/whole-server.ts';

checkLeaksAfterEach();

const interval = 1_000;
const address = agentAddress('agt_1');

/** An agent that is in the middle of a turn, and watched. */
async function watchAgent(hung: AgentSettings['restart']['hung'] = 'notify') {
	const world = createWorld([inertAgentDefinition, silentOrchestrator]);
	const { disk, clock, system } = world;
	const reads = createMemoryReads(disk);
	let signs: SignsOfLife | null = { lastSignAt: clock.now(), isConnected: true, isUsingTool: false };
	await spawnSilentOrchestrator(system);
	await disk.commit([agents('agt_1')]);
	await system.spawn(agentKind, 'agt_1', createInput({ hung, maxRestarts: 3 }));
	await system.resume();
	const take = async (...events: readonly AgentCommandEvent[]) => {
		for (const event of events) await system.send(address, event);
		await world.settle();
	};
	await take({ type: 'SPAWN' }, { type: 'CONNECTED', generation: 1, sessionId: null, resumed: false });
	await take({ type: 'PROMPT', promptId: 'pmt_1', repeatable: false });
	const onError = (where: string, error: Error) => world.errors.push(`${where}: ${error.message}`);
	const signsOfLife = () => signs;
	const watchdog = createWatchdog({ system, reads, clock, heartbeatIntervalMs: interval, signsOfLife, onError });
	const render = createAgentRenderer({
		clock,
		heartbeatIntervalMs: interval,
		signsOfLife,
		currentActivity: () => null,
	});
	return {
		world,
		watchdog,
		take,
		change(changes: Partial<SignsOfLife>) {
			signs = signs && { ...signs, ...changes };
		},
		beat() {
			signs = signs && { ...signs, lastSignAt: clock.now() };
		},
		/** Lets intervals pass, and the watchdog look in each. */
		async pass(intervals: number) {
			for (let count = 0; count < intervals; count++) await world.advance(interval);
		},
		state: () => disk.journal().findLast((line) => line.address === address)?.to,
		told: () => disk.journal().filter(({ trigger }) => trigger === 'Unresponsive').length,
		reports: () =>
			disk
				.events()
				.filter(({ topic }) => topic === 'agent.unresponsive')
				.map(({ data }) => JSON.parse(data)),
		async shown() {
			const agent = await reads.agent('agt_1');
			return agent && render(agent).staleness;
		},
	};
}

describe('[AG56] an agent that falls silent in its turn', () => {
	test('is told of once it is dead, and only once, and is left as it is', async () => {
		const { pass, told, reports, shown, state, watchdog } = await watchAgent();
		await pass(30);
		expect([await shown(), told()]).toEqual(['stale', 0]);
		await pass(1);
		expect([await shown(), told(), state()]).toEqual(['dead', 1, 'busy.working']);
		expect(reports()).toEqual([{ generation: 1, silentMs: 31_000, policy: 'notify' }]);
		await pass(40);
		expect(told()).toBe(1);
		await watchdog.stop();
	});

	test('is told of again when it was heard of in between', async () => {
		const { pass, told, beat, shown, watchdog } = await watchAgent();
		await pass(31);
		beat();
		await pass(30);
		expect([await shown(), told()]).toEqual(['stale', 1]);
		await pass(1);
		expect([await shown(), told()]).toEqual(['dead', 2]);
		await watchdog.stop();
	});

	test('is ended and restarted where that is its policy', async () => {
		const { pass, told, reports, state, watchdog } = await watchAgent('restart');
		await pass(31);
		expect([told(), reports()]).toEqual([1, [{ generation: 1, silentMs: 31_000, policy: 'restart' }]]);
		await pass(2);
		expect(state()).toBe('starting');
		await watchdog.stop();
	});

	test('is given more time while it uses a tool', async () => {
		const { pass, told, change, shown, watchdog } = await watchAgent('restart');
		change({ isUsingTool: true });
		await pass(120);
		expect([await shown(), told()]).toEqual(['stale', 0]);
		await pass(1);
		expect(told()).toBe(1);
		await watchdog.stop();
	});

	test('is left alone while it waits for a human, or has nothing to do', async () => {
		const { pass, told, take, state, watchdog } = await watchAgent('restart');
		await take({ type: 'INPUT_REQUESTED', generation: 1, requestId: 'req_1', fingerprint: 'x' });
		await pass(100);
		expect([state(), told()]).toEqual(['busy.awaitingInput', 0]);
		await take({ type: 'ANSWER', requestId: 'req_1', answer: {} });
		await pass(30);
		expect(told()).toBe(0);
		await take({ type: 'RESULT', generation: 1, promptId: 'pmt_1', outcome: 'finished' });
		await pass(100);
		expect([state(), told()]).toEqual(['idle.ready', 0]);
		await watchdog.stop();
	});

	test('is left alone when it moves on while it is looked at', async () => {
		const { world, pass, told, take, watchdog } = await watchAgent('restart');
		await pass(30);
		const release = world.hold();
		const result = take({ type: 'RESULT', generation: 1, promptId: 'pmt_1', outcome: 'finished' });
		await pass(1);
		release();
		await result;
		await world.settle();
		expect([told(), world.errors]).toEqual([0, []]);
		await watchdog.stop();
	});

	test('is told of at the next look when the store could not take it', async () => {
		const { world, pass, told, watchdog } = await watchAgent();
		await pass(30);
		world.faults.before = () => {
			throw new Error('disk full');
		};
		await pass(1);
		expect(world.errors).toEqual([expect.stringContaining('disk full')]);
		delete world.faults.before;
		await pass(1);
		expect(told()).toBe(1);
		await watchdog.stop();
	});
});

test('[AG56] signs of life cost no transition', async () => {
	const { world, pass, beat, told, watchdog } = await watchAgent();
	const { version } = world.system.get(address) ?? {};
	for (let count = 0; count < 50; count++) {
		beat();
		await pass(1);
	}
	expect([world.system.get(address)?.version, told()]).toEqual([version, 0]);
	await watchdog.stop();
});

test('[AG15, AG56] a real agent that hangs in its turn is ended, restarted, and takes its next prompt', async () => {
	const { hire, ask, reachedAgain, settled, became, events, runs, api } = await startWholeServer({
		settings: { heartbeatIntervalMs: '100' },
	});
	const { id, restart } = await hire('helper', { restart: { hung: 'restart', backoffMs: { initial: 1, max: 2 } } });
	expect(restart).toMatchObject({ hung: 'restart', policy: 'transient' });
	const hangs = await ask(id, 'hang');
	const next = await ask(id, 'say I am back');
	await reachedAgain(id, 'idle', 2);
	expect((await became(hangs.id, 'interrupted')).error).toMatchObject({ message: expect.stringMatching(/no sign/) });
	expect((await settled(next.id)).result?.text).toContain('I am back');
	expect((await runs(id)).map(({ error }) => error?.code)).toContain('unresponsive');
	const { data } = await events.until('the report', () => events.ofTopic('agent.unresponsive')[0]);
	expect(data).toMatchObject({ generation: 1, policy: 'restart' });
	expect((await api.agent(id)).staleness).toBe('ok');
});
