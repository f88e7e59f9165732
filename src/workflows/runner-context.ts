/** What a stored context of the runner's machine must look like; checked when a snapshot is restored. */

import { z } from 'zod';
import type { RunnerContext } from '../../machines/workflow-runner-model.ts';

const failure = z.looseObject({ code: z.string(), message: z.string(), retryable: z.boolean() });

export const runnerContextSchema = z.strictObject({
	workflowId: z.string(),
	agentId: z.string(),
	revision: z.number().int().positive(),
	triggerKey: z.string(),
	cursor: z.unknown(),
	retry: z.strictObject({
		maxAttempts: z.number().int().positive(),
		backoffMs: z.strictObject({ initial: z.number().nonnegative(), max: z.number().nonnegative() }),
		interrupted: z.enum(['retry', 'leave']),
	}),
	nextPollAt: z.number(),
	expectsAt: z.number().nullable(),
	nextDueAt: z.number().nullable(),
	nudged: z.boolean(),
	exhausted: z.boolean(),
	dispatch: z
		.strictObject({
			id: z.string(),
			sourceId: z.string(),
			attempt: z.number().int().positive(),
			maxAttempts: z.number().int().positive(),
			promptId: z.string().nullable(),
			queueItemId: z.string().nullable(),
		})
		.nullable(),
	failures: z.number().int().nonnegative(),
	retryAt: z.number(),
	lastError: failure.nullable(),
	ending: z.enum(['edited', 'disabled', 'removed', 'agentEnded', 'exhausted']).nullable(),
}) satisfies z.ZodType<RunnerContext>;
