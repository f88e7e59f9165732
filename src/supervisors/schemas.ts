/** What the API takes and answers about supervisors. */

import { z } from 'zod';
import { restorationSources } from '../../machines/supervisor-model.ts';
import { conditionFields, listingOf, pageFields, reasonField, timeField } from '../http/fields.ts';
import type { MissionProblem } from './service.ts';
import type { SupervisorState } from './views.ts';

const states = [
	'initializing',
	'idle',
	'working',
	'waiting_for_user',
	'waiting_for_tasks',
	'blocked',
	'completed',
	'failed',
	'interrupted',
] as const satisfies readonly SupervisorState[];

const problemCodes = [
	'state_lost',
	'progress_out_of_range',
	'task_missing',
	'task_of_another',
	'question_malformed',
	'question_not_open',
] as const satisfies ReadonlyArray<MissionProblem['code']>;

const agentField = z.string().min(1).max(100).describe('Id or name.');
const longText = z.string().trim().min(1).max(65_536);
const keyField = z.string().min(1).max(200).exactOptional().describe('Called again under it, nothing is done twice.');

export const createSupervisorBody = z.strictObject({
	agent: agentField,
	mission: longText.describe('What is to be achieved, as the agent reads it.'),
});

export const supervisorsQuery = z.strictObject({
	...pageFields,
	state: z.enum(states).optional(),
	agentId: agentField.optional(),
	hasPendingQuestions: z.stringbool({ truthy: ['true'], falsy: ['false'] }).optional(),
});

export const failSupervisorBody = z.strictObject({ ...conditionFields, reason: reasonField });

export const assignSupervisorBody = z.strictObject({ ...conditionFields, agent: agentField });

// --- what agents call back ----------------------------------------------------------------------

export const reportBody = z
	.strictObject({
		activity: z.string().trim().min(1).max(1_000).exactOptional(),
		progress: z.int().min(0).max(100).exactOptional(),
	})
	.refine(({ activity, progress }) => activity !== undefined || progress !== undefined, 'Say at least one of them');

export const questionBody = z.strictObject({
	question: longText,
	choices: z.array(z.string().min(1).max(1_000)).max(50).exactOptional().describe('None: any text is an answer.'),
	context: longText.exactOptional().describe('What a person needs to know to answer it.'),
	key: keyField,
});

export const questionResource = z.strictObject({ requestId: z.string() });

export const spawnKeyField = keyField;

export const spawnedTaskResource = z.strictObject({ taskId: z.string() });

export const waitBody = z.strictObject({
	taskIds: z.array(z.string().min(1).max(100)).min(1).max(200),
	mode: z.enum(['all', 'any']).default('all'),
});

export const completeBody = z.strictObject({ summary: longText });

export const blockBody = z.strictObject({ reason: longText });

// --- answers ------------------------------------------------------------------------------------

const restorationSource = z.enum(restorationSources);

export const supervisorResource = z
	.strictObject({
		id: z.string(),
		agentId: z.string(),
		mission: z.string(),
		state: z.enum(states),
		currentActivity: z.string().nullable(),
		progress: z.int().describe('0 to 100.'),
		errorMessage: z.string().nullable().describe('Why it is blocked or has failed.'),
		spawnedTaskIds: z.array(z.string()),
		pendingQuestions: z.array(
			z.strictObject({
				id: z.string().describe('The request by which it is answered.'),
				question: z.string(),
				choices: z.array(z.string()),
				context: z.string().nullable(),
				askedAt: timeField,
			}),
		),
		restorationCount: z.int(),
		lastRestoredAt: timeField.nullable(),
		restorationSource: restorationSource.nullable(),
		version: z.int(),
		createdAt: timeField,
		updatedAt: timeField,
	})
	.meta({ id: 'Supervisor', description: "An agent's long-running mission." });

export const supervisorListing = listingOf(supervisorResource);

export const restorationResource = z
	.strictObject({
		source: restorationSource,
		restorationCount: z.int(),
		validation: z.strictObject({
			valid: z.boolean(),
			problems: z.array(z.strictObject({ code: z.enum(problemCodes), message: z.string() })),
		}),
		recovery: z
			.enum(['resumed', 'checkpoint', 'fresh'])
			.describe('Taken up as it was stored, from a save point, or afresh.'),
		questionsRedelivered: z.array(z.string()),
		tasksAwaited: z.array(z.string()),
		tasksFinished: z.array(z.string()).describe('Of those it waited for.'),
		message: z.string().describe('What the agent is told.'),
	})
	.meta({ id: 'Restoration', description: 'How a mission was taken up again.' });

export const checkpointResource = z
	.strictObject({
		id: z.string(),
		supervisorId: z.string(),
		reason: z.enum(['task_spawned', 'question_asked', 'question_answered', 'phase_changed']),
		context: z.record(z.string(), z.unknown()),
		createdAt: timeField,
	})
	.meta({ id: 'Checkpoint', description: 'What a supervisor was at one of its save points.' });

export const checkpointListing = listingOf(checkpointResource);
