/** The agent's real definition, except that its effects do nothing: no process, no socket, no answer. */

import { createAgentDefinition } from '../../src/agents/agent-definition.ts';
import type { AgentEffects } from '../../src/agents/agent-host.ts';

const noEffect = async () => undefined;

const inertEffects: AgentEffects = {
	launch: noEffect,
	endRun: noEffect,
	deliverPrompt: noEffect,
	cancelTurn: noEffect,
	deliverAnswer: noEffect,
};

export const inertAgentDefinition = createAgentDefinition(inertEffects);
