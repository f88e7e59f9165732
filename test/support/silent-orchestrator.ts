/**
 * Stands in for the orchestrator where agents live alone: hears everything agents tell it, and does
 * nothing about it. It refuses every event, and a message that is refused is used up.
 */

import { createMachine } from 'xstate';
import { orchestratorAddress } from '../../machines/orchestrator-model.ts';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import type { DurableSystem } from '../../src/durable/system.ts';

const [kind = '', id = ''] = orchestratorAddress.split(':');

export const silentOrchestrator: DurableDefinition = {
	kind,
	machine: createMachine({ id: 'orchestrator', options: { maxIterations: 1 } }),
	version: 1,
	context: { parse: (context) => context },
};

export async function spawnSilentOrchestrator(system: DurableSystem): Promise<void> {
	await system.spawn(kind, id, undefined);
}
