/** The supervisor's real definition, except that its effects do nothing: nobody is told, nothing is read. */

import type { EffectDefinition } from '../../src/durable/definition.ts';
import { createSupervisorDefinition } from '../../src/supervisors/definition.ts';

const noEffect: EffectDefinition = { repeat: 'always', run: async () => undefined };

export const inertSupervisorDefinition = createSupervisorDefinition({
	promptAgent: noEffect,
	withdrawPrompt: noEffect,
	recallTurn: noEffect,
	checkTasks: noEffect,
});
