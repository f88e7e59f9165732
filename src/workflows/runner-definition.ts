/** The workflow runner as a durable actor: its machine, what its effects do, and what its steps project. */

import { workflowRunnerMachine } from '../../machines/workflow-runner.ts';
import { triggerOfRunner } from '../../machines/workflow-runner-model.ts';
import type { Disclosed, DurableDefinition } from '../durable/definition.ts';
import { patiently } from '../durable/patience.ts';
import { runnerContextSchema } from './runner-context.ts';
import type { RunnerEffects } from './runner-effects.ts';
import { projectRunnerStep } from './runner-projection.ts';

/** Not the trigger, its cursor, or what it has read: they are the words of others. */
const runnerDisclosed: Disclosed = {
	context: [
		...['workflowId', 'agentId', 'revision', 'retry.maxAttempts', 'retry.backoffMs.*', 'retry.interrupted'],
		...['nextPollAt', 'expectsAt', 'nextDueAt', 'nudged', 'exhausted', 'failures', 'retryAt', 'ending'],
		...['dispatch.id', 'dispatch.attempt', 'dispatch.maxAttempts', 'dispatch.promptId', 'dispatch.queueItemId'],
		...['lastError.code', 'lastError.retryable'],
	],
	event: [
		...['reason', 'nextPollAt', 'exhausted', 'retryAt', 'nextDueAt', 'promptId', 'outcome'],
		...['dispatch.id', 'dispatch.attempt', 'dispatch.maxAttempts', 'dispatch.queueItemId'],
		...['failure.code', 'failure.retryable'],
	],
};

/**
 * Every effect of a runner may be repeated: reading is harmless, an item is accepted once, a prompt is
 * submitted under a key, and taking back what was taken back changes nothing.
 */
export function createRunnerDefinition(effects: RunnerEffects): DurableDefinition {
	return {
		kind: 'workflowRunner',
		machine: workflowRunnerMachine,
		version: 1,
		context: runnerContextSchema,
		disclosed: runnerDisclosed,
		effects: {
			poll: { ...patiently, run: effects.poll },
			findDue: { ...patiently, run: effects.findDue },
			submit: { ...patiently, run: effects.submit },
			checkPrompt: { ...patiently, run: effects.checkPrompt },
			withdrawPrompt: { ...patiently, run: effects.withdrawPrompt },
		},
		describe: ({ event }) => ({ trigger: triggerOfRunner(event), generation: null }),
		project: projectRunnerStep,
	};
}
