/** What the API takes and answers about tasks. */

import { z } from 'zod';
import { conditionFields, failureResource, listingOf, pageFields, reasonField, timeField } from '../http/fields.ts';
import { taskStates } from './transitions.ts';
import type { TaskState } from './views.ts';

const stateField = z.enum(taskStates as readonly [TaskState, ...TaskState[]]);
const idField = z.string().min(1).max(100);
const branchField = z.string().min(1).max(200);
const stalenessField = z.enum(['ok', 'warn', 'stale', 'dead']);

const gateBody = z.strictObject({
	name: z.string().min(1).max(100),
	command: z.string().min(1).max(4_096).describe('A program, by name or by path from the worktree; no shell reads it.'),
	args: z.array(z.string().max(16_384)).max(1_000).default([]),
	timeoutSeconds: z.int().min(1).max(86_400).exactOptional().describe('600 by default.'),
});

const uniqueNames = (gates: ReadonlyArray<{ readonly name: string }>) =>
	new Set(gates.map(({ name }) => name)).size === gates.length;

export const createTaskBody = z.strictObject({
	description: z.string().trim().min(1).max(65_536).describe('What is to be done, as the agent reads it.'),
	repository: z
		.string()
		.max(4_096)
		.regex(/^\/[^\0]*$/, 'Must be an absolute path')
		.describe('A git repository on the host of the server.'),
	baseBranch: branchField.exactOptional().describe("The repository's current branch by default."),
	branch: branchField.exactOptional().describe('Made up from the description by default.'),
	agent: idField.exactOptional().describe('Id or name. Without one the task waits to be assigned.'),
	supervisorId: idField.exactOptional().describe('The supervisor it is for.'),
	dependsOn: z.array(idField).max(200).exactOptional().describe('Tasks that must be completed first.'),
	priority: z.int().min(-1_000_000).max(1_000_000).exactOptional().describe('The highest goes first; 0 by default.'),
	gates: z
		.array(gateBody)
		.max(50)
		.refine(uniqueNames, 'Two gates have the same name')
		.exactOptional()
		.describe('Commands that must pass in the worktree before the task is reviewed.'),
});

export const tasksQuery = z.strictObject({
	...pageFields,
	state: stateField.optional(),
	agentId: idField.optional().describe('Id or name.'),
	supervisorId: idField.optional(),
	repository: z.string().min(1).optional(),
});

export const transitionBody = z.strictObject({
	from: stateField,
	to: stateField,
	reason: reasonField.exactOptional(),
});

export const failBody = z.strictObject({ ...conditionFields, reason: reasonField });

export const approveBody = z.strictObject({
	...conditionFields,
	commit: z
		.string()
		.regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 'Must be the whole hash of a commit')
		.exactOptional()
		.describe('What was looked at: `commit` of the diff. Refused with `stale_state` when another one is in review.'),
});

export const changesBody = z.strictObject({
	...conditionFields,
	comment: z.string().trim().min(1).max(65_536).describe('Reaches the agent as a prompt.'),
});

export const assignBody = z.strictObject({ ...conditionFields, agent: idField.describe('Id or name.') });

const gateResource = z.strictObject({
	name: z.string(),
	command: z.string(),
	args: z.array(z.string()),
	timeoutSeconds: z.int().optional(),
});

const gateResultResource = z.strictObject({
	name: z.string(),
	passed: z.boolean(),
	exitCode: z.int().nullable(),
	output: z.string().describe('The end of what it printed.'),
	durationMs: z.number(),
});

export const taskResource = z
	.strictObject({
		id: z.string(),
		description: z.string(),
		state: stateField,
		activity: z
			.string()
			.nullable()
			.describe('What it does inside its state: `following`, `checking`, `rebasing`, `waiting`, `cleaned`, …'),
		agentId: z.string().nullable(),
		supervisorId: z.string().nullable(),
		repository: z.string(),
		branch: z.string(),
		worktree: z.string(),
		baseBranch: z.string(),
		dependsOn: z.array(z.string()),
		priority: z.int(),
		staleness: stalenessField.describe('Only what is assigned or working can be stale.'),
		heartbeatAt: timeField.nullable(),
		promptId: z.string().nullable().describe('The prompt under way.'),
		attempt: z.int().nullable(),
		rounds: z.int().nullable().describe('How often gates or conflicts sent it on since a person last looked.'),
		gates: z.array(gateResource),
		gateResults: z.array(gateResultResource).nullable(),
		conflicts: z.array(z.string()).describe('Files in conflict with the base branch.'),
		comment: z.string().nullable().describe('What a reviewer asked for last.'),
		error: failureResource.nullable(),
		mergeCommit: z.string().nullable(),
		version: z.int(),
		createdAt: timeField,
		stateChangedAt: timeField,
		updatedAt: timeField,
	})
	.meta({ id: 'Task', description: 'One piece of work on a branch of its own.' });

export const taskListing = listingOf(taskResource);

export const taskDiffResource = z
	.strictObject({
		commit: z.string().describe('Whose changes these are: what is reviewed, or the end of the branch.'),
		ahead: z
			.int()
			.describe('Commits that the branch has gained or lost since `commit`: not shown here, approved or merged.'),
		files: z.array(
			z.strictObject({
				path: z.string(),
				added: z.int().nullable().describe('Lines; null for a binary file.'),
				removed: z.int().nullable(),
			}),
		),
		patch: z.string().describe('Unified, against where the branch left its base branch.'),
		truncated: z.boolean(),
	})
	.meta({ id: 'TaskDiff' });
