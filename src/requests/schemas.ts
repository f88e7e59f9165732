/** What the API takes and answers about requests to a human. */

import { z } from 'zod';
import { pageFields, timeField } from '../http/fields.ts';

export const answerBody = z
	.union(
		[
			z.strictObject({ optionId: z.string().min(1) }),
			z.strictObject({ answer: z.unknown().refine((answer) => answer !== undefined) }),
			z.strictObject({ decline: z.literal(true) }),
		],
		{ error: 'Give exactly one of optionId, answer, and decline: true' },
	)
	.meta({ id: 'Answer' });

const requestStatus = z.enum(['open', 'answered', 'withdrawn', 'timed_out']);

export const requestsQuery = z.strictObject({
	...pageFields,
	status: requestStatus.optional(),
	agentId: z.string().min(1).optional(),
});

export const requestResource = z
	.strictObject({
		id: z.string(),
		agentId: z.string(),
		runId: z.string().nullable(),
		kind: z.enum(['permission', 'question']),
		origin: z.enum(['agent', 'statecraft']).describe('Whether the agent asks, or Statecraft what is to become of it.'),
		delivery: z
			.enum(['turn', 'prompt', 'supervisor', 'statecraft'])
			.describe(
				'Where the answer goes. `turn`: to the turn that asks; once that was cut off, it is kept for the agent to ask the same again in a turn of the same prompt, and dropped when its next turn ends. `prompt`: to the agent, as a prompt of its own. Otherwise to its supervisor, or to Statecraft.',
			),
		title: z.string(),
		detail: z.record(z.string(), z.unknown()),
		options: z.array(
			z.strictObject({
				optionId: z.string(),
				name: z.string(),
				kind: z.enum(['allow_once', 'allow_always', 'reject_once', 'reject_always']),
			}),
		),
		status: requestStatus,
		answer: z.unknown(),
		answeredBy: z.string().nullable(),
		askedAt: timeField,
		deadlineAt: timeField.nullable(),
	})
	.meta({ id: 'Request', description: 'A permission or question an agent raised.' });
