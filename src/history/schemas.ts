/** What the API takes and answers about the past of actors. */

import { z } from 'zod';
import { transitionResource } from '../agents/schemas.ts';
import { timeField } from '../http/fields.ts';

const version = z.int().min(1);

export const versionParam = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

export const contextQuery = z.strictObject({
	context: z
		.enum(['redacted', 'full'])
		.default('redacted')
		.describe('`full` takes the scope `admin`; else texts of people and agents read `[redacted]`.'),
});

export const compareQuery = contextQuery.extend({ from: versionParam, to: versionParam });

export const differsResource = z
	.strictObject({
		kind: z
			.enum(['state', 'context'])
			.describe(
				'`state`: the replay leads elsewhere than the journal. `context`: it ends with other values than are stored.',
			),
		since: version.describe('For `state`: the first version that cannot be told.'),
		until: version.nullable(),
		reason: z.string(),
	})
	.meta({ id: 'HistoryDifference', description: 'Why, and from where on, a computed past is not to be trusted.' });

const causeResource = z.strictObject({
	kind: z.enum(['created', 'reset', 'send', 'timer', 'effect', 'message', 'child', 'other']),
	id: z.string().nullable(),
	by: z.string().nullable(),
	actor: z.string().nullable(),
	version: version.nullable().describe('The step of `actor` that asked for what led to this one.'),
});

const timerResource = z.strictObject({ id: z.string(), type: z.string(), dueAt: timeField });

const consequencesResource = z.strictObject({
	effects: z.array(
		z.strictObject({
			id: z.string(),
			name: z.string(),
			params: z.unknown(),
			outcome: version.nullable().describe('The version that its outcome led to.'),
		}),
	),
	messages: z.array(z.strictObject({ id: z.string(), to: z.string(), event: z.record(z.string(), z.unknown()) })),
	timersSet: z.array(timerResource.extend({ firedBy: version.nullable().describe('The version in which it fired.') })),
	timersCleared: z.array(z.string()),
	childrenSpawned: z.array(z.strictObject({ address: z.string(), source: z.string().nullable() })),
	childrenStopped: z.array(z.string()),
	events: z.array(z.string()).describe('Topics of the system events that the machine told.'),
});

const machineResource = z.strictObject({ id: z.string(), version: z.int(), definitionHash: z.string() });

export const momentResource = z
	.strictObject({
		actor: z.string(),
		machine: machineResource,
		version,
		last: version,
		transition: transitionResource,
		state: z.string(),
		value: z.unknown().describe('As XState has it; null where the past cannot be told.'),
		status: z.string().nullable(),
		tags: z.array(z.string()).nullable(),
		context: z.unknown(),
		contextShown: z.enum(['redacted', 'full']),
		timers: z
			.array(timerResource.extend({ setBy: version }))
			.nullable()
			.describe('Set at the time.'),
		children: z.array(z.strictObject({ id: z.string(), address: z.string() })).nullable(),
		cause: causeResource,
		caused: consequencesResource.nullable(),
		cursor: z.int().nullable().describe('Seq of the last event committed with the step; of agents alone.'),
		differs: differsResource.nullable(),
	})
	.meta({ id: 'HistoryMoment', description: 'An actor as of one of its transitions.' });

const differenceResource = z.strictObject({
	kind: z.enum(['added', 'removed', 'changed']),
	path: z.string().describe('Keys joined by dots.'),
	before: z.unknown(),
	after: z.unknown(),
});

const sideResource = z.strictObject({
	version,
	at: timeField,
	state: z.string(),
	tags: z.array(z.string()).nullable(),
	differs: differsResource.nullable(),
});

export const comparisonResource = z
	.strictObject({
		actor: z.string(),
		from: sideResource,
		to: sideResource,
		tagsAdded: z.array(z.string()),
		tagsRemoved: z.array(z.string()),
		context: z
			.array(differenceResource)
			.nullable()
			.describe('Null where one of the two cannot be told. What is redacted differs as `[redacted]` on both sides.'),
		contextShown: z.enum(['redacted', 'full']),
	})
	.meta({ id: 'HistoryComparison' });

const segmentResource = z.strictObject({
	from: version,
	to: version,
	state: z.string().describe('State after the last of these versions.'),
	changes: z.int().describe('Versions that changed the state.'),
	failures: z.int().describe('Versions that led into a failed state.'),
	beginnings: z.int().describe('Versions with which the actor began, or was begun afresh.'),
});

export const overviewResource = z
	.strictObject({
		actor: z.string(),
		machine: machineResource,
		last: version,
		segments: z.array(segmentResource).describe('The whole journal in at most 400 parts.'),
		differs: z.array(differsResource),
	})
	.meta({ id: 'HistoryOverview', description: "An actor's whole past, as a slider shows it." });
