/** What the API takes and answers about queues, and about webhooks. */

import { z } from 'zod';
import { listingOf, pageFields, timeField } from '../http/fields.ts';
import { workItemResource } from './schemas.ts';
import { queueName } from './triggers/trigger-config.ts';
import type { QueueItemStatus } from './views.ts';

export const queueParams = z.object({ name: queueName });

const itemStatus = z.enum(['ready', 'claimed', 'done', 'dead'] satisfies QueueItemStatus[]);

export const queueItemsQuery = z.strictObject({ ...pageFields, status: itemStatus.optional() });

const count = z.int().min(0);

export const queueResource = z
	.strictObject({
		name: z.string(),
		counts: z.strictObject({ ready: count, claimed: count, done: count, dead: count }),
	})
	.meta({ id: 'Queue', description: 'A queue, with the number of its items in each status.' });

export const queueItemResource = z
	.strictObject({
		id: z.string(),
		queue: z.string(),
		key: z.string().nullable().describe('The `sourceId` it was given with.'),
		item: workItemResource,
		priority: z.int(),
		status: itemStatus,
		workflowId: z.string().nullable().describe('The workflow that claimed it last.'),
		dispatchId: z.string().nullable().describe('The dispatch that stands for it.'),
		visibleAt: timeField.nullable().describe('When a claim that led to nothing lapses.'),
		createdAt: timeField,
		updatedAt: timeField,
	})
	.meta({ id: 'QueueItem' });

export const queueListing = listingOf(queueResource);
export const queueItemListing = listingOf(queueItemResource);

export const webhookParams = z.object({ workflowId: z.string().min(1).describe('Id of the workflow.') });

export const deliveryResource = z
	.strictObject({
		outcome: z
			.enum(['accepted', 'repeated', 'ignored'])
			.describe('`repeated`: it was delivered before. `ignored`: the workflow is not meant for its kind of event.'),
		dispatchId: z.string().nullable(),
	})
	.meta({ id: 'Delivery', description: 'What became of a webhook.' });
