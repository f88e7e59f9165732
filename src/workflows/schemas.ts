/** What the API takes and answers about workflows and their dispatches. */

import { z } from 'zod';
import type { PromptView } from '../agents/views.ts';
import { failureResource, listingOf, nameField, pageFields, timeField } from '../http/fields.ts';
import { toolPolicy } from '../requests/policy/schema.ts';
import { triggerSchema } from './triggers/trigger-config.ts';
import type { DispatchStatus } from './views.ts';

const kibibyte = 1_024;

const template = z
	.string()
	.min(1)
	.max(64 * kibibyte)
	.refine((text) => Buffer.byteLength(text) <= 64 * kibibyte, 'Longer than 64 KiB')
	.describe('Liquid. May use `item`, `agent` and `workflow`; what is in an item is data, never template.');

const trigger = triggerSchema.meta({ id: 'Trigger', description: 'What sets a workflow off.' });

const milliseconds = z.number().min(0).max(86_400_000);

const retryFields = {
	maxAttempts: z.int().min(1).max(100),
	backoffMs: z.strictObject({ initial: milliseconds, max: milliseconds }),
	interrupted: z.enum(['retry', 'leave']),
};

const retryBody = z.strictObject({
	maxAttempts: retryFields.maxAttempts.exactOptional().describe('In all, the first one included.'),
	backoffMs: retryFields.backoffMs.exactOptional(),
	interrupted: retryFields.interrupted
		.exactOptional()
		.describe('Whether an attempt that a crash or a restart cut short is followed by another one.'),
});

/** For commands that take nothing: what somebody sends in the belief that it matters is refused. */
export const emptyBody = z.strictObject({});

export const saveWorkflowBody = z.strictObject({
	name: nameField('wfl_'),
	agent: z.string().min(1).max(100).describe('Id or name of the agent it prompts.'),
	trigger,
	template,
	enabled: z.boolean().exactOptional().describe('True by default.'),
	policy: toolPolicy
		.exactOptional()
		.describe("Tool policy of its turns, in place of the agent's; what the agent's forbids stays forbidden."),
	retry: retryBody.exactOptional().describe('What becomes of dispatches whose prompt did not finish.'),
});

export const itemBody = z
	.strictObject({
		sourceId: z
			.string()
			.min(1)
			.max(255)
			.exactOptional()
			.describe('Given twice it is dispatched once. Made up by default.'),
		title: z.string().max(1_000).exactOptional(),
		body: z
			.string()
			.max(kibibyte * kibibyte)
			.exactOptional(),
		url: z
			.url({ protocol: /^https?$/, error: 'Not an http or https URL' })
			.max(2_000)
			.exactOptional(),
		labels: z.array(z.string().min(1).max(100)).max(100).exactOptional(),
		metadata: jsonObject(256).exactOptional(),
		priority: z.int().min(-1_000_000).max(1_000_000).exactOptional().describe('The highest goes first; 0 by default.'),
	})
	.meta({ id: 'GivenItem', description: 'A work item as it is handed in.' });

export const previewBody = z.strictObject({
	template,
	item: itemBody.exactOptional().describe('A made-up one by default.'),
	agent: z.string().min(1).max(100).exactOptional().describe('Id or name of an agent to render with.'),
	workflowName: z.string().min(1).max(100).exactOptional(),
});

export const previewResource = z.strictObject({ text: z.string() }).meta({ id: 'Preview' });

export const previewTriggerBody = z.strictObject({ trigger });

export const triggerPreviewResource = z
	.strictObject({
		nextAt: z.array(timeField).describe('The next three times of a trigger that goes by the clock; empty for others.'),
	})
	.meta({ id: 'TriggerPreview' });

export const workflowsQuery = z.strictObject({
	...pageFields,
	agentId: z.string().min(1).optional().describe('Id or name.'),
	enabled: z
		.enum(['true', 'false'])
		.transform((text) => text === 'true')
		.optional(),
});

const dispatchStatus = z.enum([
	'pending',
	'dispatched',
	'completed',
	'failed',
	'skipped',
	'interrupted',
] satisfies DispatchStatus[]);

export const dispatchesQuery = z.strictObject({ ...pageFields, status: dispatchStatus.optional() });

export const workflowResource = z
	.strictObject({
		id: z.string(),
		name: z.string(),
		agentId: z.string(),
		trigger,
		template: z.string(),
		enabled: z.boolean(),
		policy: toolPolicy.nullable(),
		retry: z.strictObject(retryFields),
		version: z.int().describe('Number of its changes: what If-Match compares.'),
		runner: z.strictObject({
			state: z.enum(['absent', 'waiting', 'dispatching', 'backingOff']),
			nextAt: timeField.nullable().describe('When it looks again.'),
			lastError: failureResource.nullable(),
		}),
		createdAt: timeField,
		updatedAt: timeField,
	})
	.meta({ id: 'Workflow' });

export const workItemResource = z
	.strictObject({
		sourceId: z.string().describe('What it is called where it comes from.'),
		title: z.string(),
		body: z.string().nullable(),
		url: z.string().nullable(),
		labels: z.array(z.string()),
		metadata: z.record(z.string(), z.unknown()),
	})
	.meta({ id: 'WorkItem' });

export const dispatchResource = z
	.strictObject({
		id: z.string(),
		workflowId: z.string(),
		sourceId: z.string(),
		title: z.string(),
		status: dispatchStatus,
		attempts: z.int(),
		maxAttempts: z.int(),
		nextAttemptAt: timeField.nullable().describe('Null while it is dispatched, and once it is settled for good.'),
		promptId: z.string().nullable().describe('Prompt of the last attempt.'),
		error: failureResource.nullable(),
		url: z.string().nullable(),
		createdAt: timeField,
		updatedAt: timeField,
		finishedAt: timeField.nullable(),
	})
	.meta({ id: 'Dispatch', description: 'A work item on its way through a workflow.' });

const attemptResource = z.strictObject({
	id: z.string(),
	status: z.enum(['queued', 'running', 'finished', 'interrupted', 'cancelled', 'failed'] satisfies Array<
		PromptView['status']
	>),
	createdAt: timeField,
	finishedAt: timeField.nullable(),
	error: failureResource.nullable(),
});

export const wholeDispatchResource = dispatchResource
	.extend({ item: workItemResource, prompts: z.array(attemptResource).describe('Of its attempts, in their order.') })
	.meta({ id: 'WholeDispatch' });

export const workflowListing = listingOf(workflowResource);
export const dispatchListing = listingOf(dispatchResource);

/** A JSON object of so many KiB as text. */
function jsonObject(limitKib: number) {
	return z
		.record(z.string(), z.unknown())
		.refine(
			(value) => Buffer.byteLength(JSON.stringify(value)) <= limitKib * kibibyte,
			`Longer than ${limitKib} KiB as JSON`,
		);
}
