/** What a stored context of the supervisor's machine, and of a save point, must look like. */

import { z } from 'zod';
import { type MissionState, restorationSources, type SupervisorContext } from '../../machines/supervisor-model.ts';

const question = z.strictObject({
	id: z.string(),
	question: z.string(),
	choices: z.array(z.string()),
	context: z.string().nullable(),
	askedAt: z.number(),
});

const taskEnd = z.strictObject({
	taskId: z.string(),
	state: z.enum(['completed', 'failed']),
	summary: z.string().nullable(),
});

/** Only its shape: whether it makes sense is found out when it is restored. */
const missionFields = {
	currentActivity: z.string().nullable(),
	progress: z.number(),
	spawnedTaskIds: z.array(z.string()),
	pendingQuestions: z.array(question),
	awaiting: z
		.strictObject({ mode: z.enum(['all', 'any']), taskIds: z.array(z.string()), ended: z.array(taskEnd) })
		.nullable(),
};

export const missionStateSchema = z.strictObject(missionFields) satisfies z.ZodType<MissionState>;

const key = z.string();

const note = z.discriminatedUnion('kind', [
	z.strictObject({ key, kind: z.literal('mission') }),
	z.strictObject({
		key,
		kind: z.literal('answer'),
		question,
		answer: z.record(z.string(), z.unknown()),
		by: z.string().nullable(),
	}),
	z.strictObject({ key, kind: z.literal('tasks'), ends: z.array(taskEnd) }),
	z.strictObject({ key, kind: z.literal('restoration'), text: z.string(), start: z.boolean() }),
]);

const source = z.enum(restorationSources);

export const supervisorContextSchema = z.strictObject({
	...missionFields,
	supervisorId: z.string(),
	agentId: z.string(),
	mission: z.string(),
	errorMessage: z.string().nullable(),
	outbox: z.array(note),
	current: z.strictObject({ note, promptId: z.string().nullable() }).nullable(),
	cutShort: note.nullable(),
	conversation: z.array(z.strictObject({ promptId: z.string(), prompt: z.string(), reply: z.string().nullable() })),
	session: z.strictObject({ id: z.string(), generation: z.number().int() }).nullable(),
	interruption: z.strictObject({ at: z.number(), source, reason: z.string() }).nullable(),
	lost: z.string().nullable(),
	restorationCount: z.number().int().nonnegative(),
	lastRestoredAt: z.number().nullable(),
	restorationSource: source.nullable(),
	waits: z.number().int().nonnegative(),
	saves: z.number().int().nonnegative(),
}) satisfies z.ZodType<SupervisorContext>;
