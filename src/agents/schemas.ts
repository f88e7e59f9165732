/** What the API takes and answers about agents. */

import { isAbsolute } from 'node:path';
import { z } from 'zod';
import {
	conditionFields,
	failureResource,
	nameField,
	pageFields,
	reasonField,
	timeField,
	usageResource,
} from '../http/fields.ts';
import { toolPolicy } from '../requests/policy/schema.ts';
import { agentBudget } from './budget.ts';

/** An argument, name or value of a process: C strings cannot hold a NUL. */
const processText = z.string().regex(/^[^\0]*$/, 'May not contain a NUL character');

const driverBody = z.strictObject({
	kind: z.string().min(1).max(64).describe('A preset (`opencode`, `claude`, …), `acp` or `stream-json`.'),
	command: processText.min(1).exactOptional(),
	args: z.array(processText).max(1_000).exactOptional(),
	env: z
		.record(z.string().regex(/^[^=\0]+$/, 'Not a name of an environment variable'), processText)
		.exactOptional()
		.describe('Added to the environment. Answered as `***`; `***` sent back keeps the stored value.'),
	protocol: z.enum(['acp', 'stream-json']).exactOptional(),
	transport: z.enum(['stdio', 'websocket']).exactOptional(),
});

const restartPolicyName = z.enum(['permanent', 'transient', 'temporary']);

const restartFields = z.strictObject({
	policy: restartPolicyName.exactOptional().describe('Always, only after a failure, or never.'),
	maxRestarts: z.int().min(0).max(10_000).exactOptional(),
	withinSeconds: z.number().positive().max(31_536_000).exactOptional(),
	backoffMs: z
		.strictObject({ initial: z.number().min(0).max(86_400_000), max: z.number().min(0).max(86_400_000) })
		.exactOptional(),
	hung: z
		.enum(['notify', 'restart'])
		.exactOptional()
		.describe('What is done about an agent that shows no sign of life: tell of it, or restart it.'),
});

const restartBody = z.union([restartPolicyName.transform((policy) => ({ policy })), restartFields], {
	error:
		'A policy (permanent, transient or temporary), or an object with policy, maxRestarts, withinSeconds, backoffMs, hung',
});

const settings = {
	name: nameField('agt_'),
	driver: driverBody,
	cwd: processText.refine(isAbsolute, 'Must be an absolute path'),
	restart: restartBody.exactOptional(),
	interruptedTurn: z.enum(['fail', 'retry', 'ask', 'resume']).exactOptional(),
	policy: toolPolicy.nullable().exactOptional(),
	budget: agentBudget.nullable().exactOptional(),
	labels: z.record(z.string().min(1).max(100), z.string().max(1_000)).exactOptional(),
};

export const createAgentBody = z.strictObject({
	...settings,
	prompt: z.string().min(1).exactOptional().describe('First prompt, queued before the launch.'),
	autoStart: z.boolean().exactOptional().describe('Launch it at once: true by default.'),
});

export const patchAgentBody = z.strictObject({
	...settings,
	name: settings.name.exactOptional(),
	driver: settings.driver.exactOptional(),
	cwd: settings.cwd.exactOptional(),
	...conditionFields,
});

export const transitionBody = z.strictObject({
	target: z.string().min(1).max(100).describe('State to be in afterwards, nested ones joined by dots.'),
	trigger: z.string().min(1).max(100),
	...conditionFields,
});

export const suspendBody = z.strictObject({
	...conditionFields,
	until: z.iso.datetime({ offset: true }).exactOptional().describe('It resumes by itself then; without, when told.'),
});

/** Nobody is killed without a word. */
export const killBody = z.strictObject({ ...conditionFields, reason: reasonField });

export const killAllBody = z.strictObject({ reason: reasonField });

export const agentsQuery = z.strictObject({
	...pageFields,
	executionState: z.enum(['pending', 'starting', 'idle', 'busy', 'stopped', 'failed']).optional(),
	label: z
		.union([z.string(), z.array(z.string())])
		.transform((labels) => (Array.isArray(labels) ? labels : [labels]))
		.refine((labels) => labels.every((label) => /^[^=]+=/.test(label)), 'Labels are asked for as name=value')
		.optional()
		.describe('`name=value`; several must all match.'),
});

const connectResource = z.strictObject({ url: z.string(), token: z.string() });

export const agentResource = z
	.strictObject({
		id: z.string(),
		name: z.string(),
		driver: driverBody,
		cwd: z.string(),
		executionState: z.string(),
		substate: z.string().nullable(),
		status: z.string(),
		activity: z.enum(['busy', 'idle']),
		currentActivity: z
			.string()
			.nullable()
			.describe('What it does now, in one line: an entry of its plan, a tool call or its prompt. Null without a turn.'),
		tags: z.array(z.string()),
		version: z.int(),
		generation: z.int(),
		pid: z.int().nullable(),
		sessionId: z.string().nullable(),
		startedAt: timeField.nullable(),
		completedAt: timeField.nullable(),
		error: failureResource.nullable(),
		restart: z.record(z.string(), z.unknown()),
		interruptedTurn: z.enum(['fail', 'retry', 'ask', 'resume']),
		policy: toolPolicy.nullable().describe('Null: a human is asked.'),
		budget: agentBudget.nullable(),
		staleness: z.enum(['ok', 'warn', 'stale', 'dead']),
		lastSeenAt: timeField.nullable(),
		usage: usageResource.nullable(),
		openRequests: z.int(),
		queuedPrompts: z.int(),
		labels: z.record(z.string(), z.string()),
		createdAt: timeField,
		updatedAt: timeField,
	})
	.meta({ id: 'Agent' });

export const createdAgentResource = agentResource
	.extend({ connect: connectResource.optional().describe('How the agent dials in. Shown once.') })
	.meta({ id: 'CreatedAgent' });

export const patchedAgentResource = agentResource
	.extend({ restartRequired: z.boolean().optional().describe('Whether the change waits for a restart.') })
	.meta({ id: 'PatchedAgent' });

export const connectTokenResource = connectResource.meta({ id: 'ConnectToken' });

export const killAllResource = z
	.strictObject({
		total: z.int(),
		killed: z.int(),
		failed: z.int(),
		errors: z.array(z.strictObject({ agentId: z.string(), message: z.string() })),
	})
	.meta({ id: 'KillAll' });

export const runResource = z
	.strictObject({
		id: z.string(),
		agentId: z.string(),
		generation: z.int(),
		state: z.string(),
		pid: z.int().nullable(),
		startedAt: timeField,
		completedAt: timeField.nullable(),
		exitCode: z.int().nullable(),
		signal: z.string().nullable(),
		error: failureResource.nullable(),
	})
	.meta({ id: 'Run' });

export const transitionResource = z
	.strictObject({
		seq: z.int(),
		actor: z.string(),
		version: z.int(),
		from: z.string().nullable(),
		to: z.string(),
		event: z.record(z.string(), z.unknown()),
		trigger: z.string().nullable(),
		cause: z.string(),
		generation: z.int().nullable(),
		at: timeField,
	})
	.meta({ id: 'Transition' });

export const snapshotResource = z
	.strictObject({
		actor: z.string(),
		machineId: z.string(),
		machineVersion: z.int(),
		definitionHash: z.string(),
		version: z.int(),
		snapshot: z.unknown(),
	})
	.meta({ id: 'Snapshot', description: "An actor's persisted XState snapshot." });
