/** What the API takes and answers about prompts. */

import { z } from 'zod';
import { conditionFields, failureResource, pageFields, timeField, usageResource } from '../http/fields.ts';

const contentBlock = z.discriminatedUnion('type', [
	z.strictObject({ type: z.literal('text'), text: z.string() }),
	z.strictObject({ type: z.literal('image'), data: z.base64(), mimeType: z.string().regex(/^image\//) }),
	z.strictObject({ type: z.literal('resource_link'), uri: z.url(), name: z.string().min(1) }),
]);

export const promptBody = z
	.strictObject({
		text: z.string().min(1).exactOptional(),
		content: z.array(contentBlock).min(1).max(1_000).exactOptional(),
		idempotencyKey: z
			.string()
			.min(1)
			.max(255)
			.regex(/^(?!dsp_)/, 'May not look like the id of a dispatch: those are the keys of workflows')
			.exactOptional()
			.describe('A repeated submit to this agent with the same key answers the first prompt, for ever.'),
		repeatable: z.boolean().exactOptional().describe('Whether it may be run again after an interruption.'),
		start: z.boolean().exactOptional().describe('Start the agent if it is not running, instead of refusing.'),
		...conditionFields,
	})
	.refine(({ text, content }) => (text === undefined) !== (content === undefined), 'Give either text or content');

export const promptStatus = z.enum(['queued', 'running', 'finished', 'interrupted', 'cancelled', 'failed']);

export const promptsQuery = z.strictObject({ ...pageFields, status: promptStatus.optional() });

export const waitQuery = z.strictObject({
	wait: z.coerce.number().min(0).max(3_600).default(0).describe('Seconds to wait for the end of the turn.'),
});

export const promptResource = z
	.strictObject({
		id: z.string(),
		agentId: z.string(),
		status: promptStatus,
		text: z.string(),
		idempotencyKey: z.string().nullable(),
		repeatable: z.boolean(),
		generation: z.int().nullable(),
		result: z
			.strictObject({ text: z.string(), stopReason: z.string().nullable(), usage: usageResource.nullable() })
			.nullable(),
		error: failureResource.nullable(),
		createdAt: timeField,
		startedAt: timeField.nullable(),
		finishedAt: timeField.nullable(),
	})
	.meta({ id: 'Prompt' });
