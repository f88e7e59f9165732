/** The real definition of the task, except that its effects do nothing: no git, no gates, no prompts. */

import { createTaskDefinition } from '../../src/tasks/task-definition.ts';

const noEffect = async () => undefined;

export const inertTaskDefinition = createTaskDefinition({
	lookForWork: noEffect,
	submitPrompt: noEffect,
	checkPrompt: noEffect,
	withdrawPrompt: noEffect,
	rebase: noEffect,
	runGates: noEffect,
	merge: noEffect,
	stopGates: noEffect,
	removeWork: noEffect,
});
