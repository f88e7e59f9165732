/** The machines of this program, to replay journals with: what their effects would do is nothing here. */

import { createAgentDefinition } from '../agents/agent-definition.ts';
import { groupDefinition } from '../agents/groups/group-definition.ts';
import { type DurableDefinition, type EffectDefinition, listDefinitions } from '../durable/definition.ts';
import { createSupervisorDefinition } from '../supervisors/definition.ts';
import { createTaskDefinition } from '../tasks/task-definition.ts';
import { createOrchestratorDefinition } from '../workflows/orchestrator-definition.ts';
import { createRunnerDefinition } from '../workflows/runner-definition.ts';

const nothing = async () => undefined;
const noEffect: EffectDefinition = { repeat: 'never', run: nothing };

const runner = createRunnerDefinition({
	poll: nothing,
	findDue: nothing,
	submit: nothing,
	checkPrompt: nothing,
	withdrawPrompt: nothing,
});

const roots: readonly DurableDefinition[] = [
	createAgentDefinition({
		launch: nothing,
		endRun: nothing,
		deliverPrompt: nothing,
		cancelTurn: nothing,
		deliverAnswer: nothing,
	}),
	groupDefinition,
	createOrchestratorDefinition({
		reads: { workflowsToRun: async () => [] },
		runner,
		hasRunner: () => false,
		retire: async () => {},
	}),
	createSupervisorDefinition({
		promptAgent: noEffect,
		withdrawPrompt: noEffect,
		recallTurn: noEffect,
		checkTasks: noEffect,
	}),
	createTaskDefinition({
		lookForWork: nothing,
		submitPrompt: nothing,
		checkPrompt: nothing,
		withdrawPrompt: nothing,
		rebase: nothing,
		runGates: nothing,
		merge: nothing,
		stopGates: nothing,
		removeWork: nothing,
	}),
];

/** Children included. */
export const replayableDefinitions: readonly DurableDefinition[] = roots.flatMap(listDefinitions);
