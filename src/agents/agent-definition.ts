/** The agent as a durable actor: its machine, what its effects do, and what its steps project. */

import { agentMachine } from '../../machines/agent.ts';
import { type AgentContext, triggerOf } from '../../machines/agent-model.ts';
import type { DurableDefinition } from '../durable/definition.ts';
import { agentKind } from './address.ts';
import { agentContextSchema } from './agent-context.ts';
import { agentDisclosed } from './agent-disclosure.ts';
import type { AgentEffects } from './agent-host.ts';
import { projectAgentStep } from './projection.ts';
import { reportSilence } from './silence-report.ts';

/**
 * Effects of an agent concern a live process or socket. None is repeated blindly: after a crash those
 * are gone, and reconciliation says what became of each.
 */
export function createAgentDefinition(effects: AgentEffects): DurableDefinition {
	return {
		kind: agentKind,
		machine: agentMachine,
		version: 1,
		context: agentContextSchema,
		disclosed: agentDisclosed,
		effects: {
			launch: { repeat: 'never', run: effects.launch },
			endRun: { repeat: 'never', run: effects.endRun },
			deliverPrompt: { repeat: 'never', run: effects.deliverPrompt },
			cancelTurn: { repeat: 'never', run: effects.cancelTurn },
			deliverAnswer: { repeat: 'never', run: effects.deliverAnswer },
		},
		writes: { reportSilence },
		describe: (step) => ({
			trigger: triggerOf(step.event),
			generation: (step.next.context as AgentContext).generation,
		}),
		project: projectAgentStep,
	};
}
