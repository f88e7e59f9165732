/** The killswitch: at once, whatever waits; with a reason, in everybody's sight; one that fails stops no other. */

import { describe, expect, test } from 'vitest';
import { agentAddress, agentKind } from '../../src/agents/address.ts';
import type { AgentHost } from '../../src/agents/agent-host.ts';
import { createAgentService } from '../../src/agents/agent-service.ts';
import type { DurableStore, UnitOutcome } from '../../src/durable/store.ts';
import { StatecraftError } from '../../src/errors.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createInput } from '../machines/agent-inputs.ts';
import { agents } from '../store/units.ts';
import { checkLeaksAfterEach, createWorld } from '../support/durable-world.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { refusalOf } from '../support/operator.ts';
import { silentOrchestrator, spawnSilentOrchestrator } from '../support/silent-orchestrator.ts';
import { startWholeServer } from '../support/whole-server.ts';

checkLeaksAfterEach();

describe('an agent that is killed', () => {
	test('[AG11, AG12, RU3] ends in mid-turn whatever waits behind it; who, when, why and where it was are kept', async () => {
		const { hire, ask, begun, became, api, post, reached, runs } = await startWholeServer({
			overrides: { maxQueuedPrompts: 2 },
		});
		const { id } = await hire('helper');
		const running = await ask(id, 'hang');
		await begun(running.id);
		const waiting = [await ask(id, 'say one'), await ask(id, 'say two')];
		expect(await refusalOf(ask(id, 'say three'))).toMatchObject({ code: 'queue_full' });

		expect(await refusalOf(post(`/agents/${id}/kill`, {}))).toMatchObject({
			status: 400,
			code: 'invalid_request',
			issues: [{ path: 'body.reason' }],
		});
		expect(await refusalOf(post(`/agents/${id}/kill`))).toMatchObject({ status: 400, code: 'invalid_request' });
		expect(await api.agent(id)).toMatchObject({ executionState: 'busy' });

		await api.command(id, 'kill', { reason: 'runs amok' });
		await reached(id, 'stopped');
		const killed = (await api.transitions(id)).items.find(({ event }) => event.type === 'KILL');
		expect(killed).toMatchObject({
			from: 'busy.working',
			to: 'stopped',
			trigger: 'UserTerminated',
			event: { reason: 'runs amok', by: 'admin' },
			at: expect.stringMatching(/^\d{4}-/),
		});
		expect(await runs(id)).toMatchObject([{ state: 'killed', generation: 1 }]);
		expect((await became(running.id, 'interrupted')).error).toMatchObject({
			detail: { reason: 'runs amok', by: 'admin' },
		});
		for (const prompt of waiting) expect((await api.prompt(prompt.id)).status).toBe('queued');
	});

	test('[DU31] is killed ahead of what was sent before and waits to be written', async () => {
		const world = createWorld([inertAgentDefinition, silentOrchestrator]);
		const { clock, disk, system } = world;
		await spawnSilentOrchestrator(system);
		for (const id of ['agt_1', 'agt_2']) {
			await disk.commit([agents(id)]);
			await system.spawn(agentKind, id, { ...createInput({ maxQueuedPrompts: 100 }), agentId: id });
			await system.send(agentAddress(id), { type: 'SPAWN' });
		}
		const fleet = createAgentService({
			system,
			reads: createMemoryReads(disk),
			host: { ended: async () => {} } as unknown as AgentHost,
			bus: createEventBus({ onListenerError: () => {} }),
			clock,
			limits: { startupTimeoutMs: 1, reconnectGraceMs: 1, cancelTimeoutMs: 1, maxQueuedPrompts: 100 },
			agentFrameLimitBytes: 1,
			agentPingIntervalMs: 1,
			usesOf: async () => [],
			onError: (where) => world.errors.push(where),
		});
		const who = { by: 'operator' };
		const release = world.hold();
		const inFlight = system.send(agentAddress('agt_2'), { type: 'SUSPEND' });
		await world.settle();
		const waiting = [1, 2, 3].flatMap((number) =>
			['agt_1', 'agt_2'].map((id) => fleet.submitPrompt(id, { text: `say ${number}` }, who).catch((error) => error)),
		);
		await world.settle();
		const killing = fleet.command('agt_1', 'kill', { ...who, reason: 'runs amok' });
		const killingAll = fleet.killAll('fire drill', who);
		await world.settle();
		release();
		await Promise.all([inFlight, killing, killingAll, ...waiting]);
		await world.settle();
		const events = disk.journal().map(({ address, event }) => [address, JSON.parse(event)] as const);
		const after = events.slice(events.findIndex(([, { type }]) => type === 'SUSPEND') + 1);
		expect(after).toEqual([
			['agent:agt_1', expect.objectContaining({ type: 'KILL', reason: 'runs amok', by: 'operator' })],
			['agent:agt_2', expect.objectContaining({ type: 'KILL', reason: 'fire drill', by: 'operator' })],
		]);
		// One was gone already when its turn came: that is no failure.
		expect(await killingAll).toEqual({ total: 2, killed: 2, failed: 0, errors: [] });
		expect(await Promise.all(waiting)).toMatchObject(waiting.map(() => ({ code: 'agent_not_running' })));
	});
});

describe('all agents', () => {
	test('[AG11] are killed although one cannot be, and that one is named', async () => {
		const stubborn = { id: '' };
		const isKilled = (unit: { readonly journal?: ReadonlyArray<{ address: string; event: string }> }) =>
			unit.journal?.some(({ address, event }) => address === `agent:${stubborn.id}` && event.includes('"KILL"'));
		const wrapStore = (store: DurableStore): DurableStore => ({
			...store,
			loadActors: () => store.loadActors(),
			async commit(units) {
				const well = units.filter((unit) => !isKilled(unit));
				const outcomes = [...(await store.commit(well))];
				const error = new StatecraftError('constraint_violated', 'the disk is in the way');
				return units.map((unit) => (isKilled(unit) ? { ok: false, error } : outcomes.shift()) as UnitOutcome);
			},
		});
		const { hire, post, api, reached } = await startWholeServer({ overrides: { wrapStore } });
		const [one, two, three] = [await hire('one'), await hire('two'), await hire('three')];
		stubborn.id = two.id;
		expect(await post('/agents/kill-all', { reason: 'fire drill' })).toEqual({
			total: 3,
			killed: 2,
			failed: 1,
			errors: [{ agentId: two.id, message: expect.stringContaining('in the way') }],
		});
		for (const { id } of [one, three]) await reached(id, 'stopped');
		expect(await api.agent(two.id)).toMatchObject({ executionState: 'idle' });
		stubborn.id = '';
		expect(await post('/agents/kill-all', { reason: 'once more' })).toMatchObject({ total: 1, killed: 1 });
	});
});
