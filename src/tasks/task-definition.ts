/** The task as a durable actor: its machine, what a stored context must look like, what its effects do. */

import { z } from 'zod';
import { taskMachine } from '../../machines/task.ts';
import { type TaskContext, triggerOfTask } from '../../machines/task-model.ts';
import type { Disclosed, DurableDefinition } from '../durable/definition.ts';
import { patiently } from '../durable/patience.ts';
import { taskKind } from './address.ts';
import type { TaskEffects } from './task-effects.ts';
import { projectTaskStep } from './task-projection.ts';
import type { TaskPrompting } from './task-prompting.ts';

const failure = z.looseObject({ code: z.string(), message: z.string(), retryable: z.boolean() });
const count = z.number().int().nonnegative();

const taskContextSchema = z.strictObject({
	taskId: z.string(),
	agentId: z.string().nullable(),
	gated: z.boolean(),
	begun: z.boolean(),
	instruction: z.strictObject({
		kind: z.enum(['begin', 'takeOver', 'changes', 'conflict', 'gates']),
		attempt: count.min(1),
	}),
	prompts: count,
	prompt: z.strictObject({ number: count.min(1), promptId: z.string().nullable() }).nullable(),
	refusals: count,
	retryAt: z.number(),
	rounds: count,
	job: count,
	head: z.string().nullable(),
	conflicts: z.array(z.string()),
	comment: z.string().nullable(),
	error: failure.nullable(),
	mergeCommit: z.string().nullable(),
	cleans: z.boolean(),
}) satisfies z.ZodType<TaskContext>;

/** Not the names of files and gates, nor what people, gates or git said. */
const taskDisclosed: Disclosed = {
	context: [
		...['taskId', 'agentId', 'gated', 'begun', 'instruction.kind', 'instruction.attempt', 'prompts'],
		...['prompt.number', 'prompt.promptId', 'refusals', 'retryAt', 'rounds', 'job', 'head', 'mergeCommit', 'cleans'],
		...['error.code', 'error.retryable'],
	],
	event: [
		...['agentId', 'promptId', 'outcome', 'job', 'changed', 'commit'],
		...['results.*.passed', 'results.*.exitCode', 'results.*.durationMs'],
		...['failure.code', 'failure.retryable'],
	],
};

/** Every effect of a task may be repeated: it looks first what is there. */
export function createTaskDefinition(effects: TaskEffects & TaskPrompting): DurableDefinition {
	return {
		kind: taskKind,
		machine: taskMachine,
		version: 1,
		context: taskContextSchema,
		disclosed: taskDisclosed,
		effects: {
			lookForWork: { ...patiently, run: effects.lookForWork },
			submitPrompt: { ...patiently, run: effects.submitPrompt },
			checkPrompt: { ...patiently, run: effects.checkPrompt },
			withdrawPrompt: { ...patiently, run: effects.withdrawPrompt },
			rebase: { ...patiently, run: effects.rebase },
			runGates: { ...patiently, run: effects.runGates },
			merge: { ...patiently, run: effects.merge },
			stopGates: { ...patiently, run: effects.stopGates },
			removeWork: { ...patiently, run: effects.removeWork },
		},
		describe: ({ event }) => ({ trigger: triggerOfTask(event), generation: null }),
		project: projectTaskStep,
	};
}
