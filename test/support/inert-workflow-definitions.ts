/** The real definitions of orchestrator and runner, except that their effects do nothing: no store, no trigger, no prompt. */

import { createOrchestratorDefinition } from '../../src/workflows/orchestrator-definition.ts';
import { createRunnerDefinition } from '../../src/workflows/runner-definition.ts';

const noEffect = async () => undefined;

export const inertRunnerDefinition = createRunnerDefinition({
	poll: noEffect,
	findDue: noEffect,
	submit: noEffect,
	checkPrompt: noEffect,
	withdrawPrompt: noEffect,
});

const inertOrchestrator = createOrchestratorDefinition({
	reads: { workflowsToRun: async () => [] },
	runner: inertRunnerDefinition,
	hasRunner: () => false,
	retire: async () => {},
});

export const inertOrchestratorDefinition = {
	...inertOrchestrator,
	effects: {
		findWorkflows: { repeat: 'always', run: noEffect },
		retireWorkflow: { repeat: 'always', run: noEffect },
	},
} satisfies typeof inertOrchestrator;
