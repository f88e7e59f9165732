/** The supervisor as a durable actor: its machine, what its effects do, and what its steps project. */

import { supervisorMachine } from '../../machines/supervisor.ts';
import { triggerOfSupervisor } from '../../machines/supervisor-model.ts';
import type { DurableDefinition, EffectDefinition } from '../durable/definition.ts';
import { supervisorKind } from './address.ts';
import { supervisorContextSchema } from './context.ts';
import { projectSupervisorStep } from './projection.ts';

export function createSupervisorDefinition(effects: Readonly<Record<string, EffectDefinition>>): DurableDefinition {
	return {
		kind: supervisorKind,
		machine: supervisorMachine,
		version: 1,
		context: supervisorContextSchema,
		effects,
		describe: ({ event }) => ({ trigger: triggerOfSupervisor(event), generation: null }),
		project: projectSupervisorStep,
	};
}
