/** Telling agents at boot what became of their processes, on a store that fails. */

import { expect, test } from 'vitest';
import { agentAddress, agentKind } from '../../src/agents/address.ts';
import { reconcileAgents } from '../../src/agents/reconciliation.ts';
import { agents } from '../store/units.ts';
import { agentLives } from '../support/agent-lives.ts';
import { checkLeaksAfterEach, createWorld } from '../support/durable-world.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';
import { silentOrchestrator, spawnSilentOrchestrator } from '../support/silent-orchestrator.ts';

checkLeaksAfterEach();

test('[AG39, P4] an agent that could not be told is told by the next boot', async () => {
	const world = createWorld([inertAgentDefinition, silentOrchestrator]);
	const life = agentLives.find(({ state }) => state === 'busy.working');
	const { agentId } = life?.input ?? { agentId: '' };
	await world.disk.commit([agents(agentId)]);
	await world.system.resume();
	await spawnSilentOrchestrator(world.system);
	await world.system.spawn(agentKind, agentId, life?.input);
	for (const event of life?.events ?? []) await world.system.send(agentAddress(agentId), event);
	const reconcile = () => reconcileAgents({ system: world.system, instance: 'nobody has it', onError: () => {} });
	const stateOf = () => world.system.get(agentAddress(agentId))?.getSnapshot().value;

	await world.restoreOnly();
	world.faults.before = () => {
		throw new Error('disk full');
	};
	await expect(reconcile()).rejects.toMatchObject({ code: 'store_unavailable' });
	expect(stateOf()).toEqual({ busy: 'working' });

	delete world.faults.before;
	await world.restoreOnly();
	expect(await reconcile()).toMatchObject({ interruptedTurns: 1 });
	expect(stateOf()).toEqual({ failed: 'backingOff' });
});
