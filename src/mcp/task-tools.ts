/** Tools for supervisors: giving others work, and waiting for it. */

import { z } from 'zod';
import type { SupervisorService } from '../supervisors/service.ts';
import type { SupervisorReads } from '../supervisors/views.ts';
import type { TaskReads } from '../tasks/views.ts';
import { requireMission } from './missions.ts';
import { refuseForbidden, refuseGates } from './policy.ts';
import { callKey, defineTool, keyField, type Tool } from './tool.ts';

export interface TaskToolDeps {
	readonly supervisors: Pick<SupervisorService, 'ofAgent' | 'spawnTask' | 'waitForTasks'>;
	readonly reads: Pick<SupervisorReads, 'supervisor'> & Pick<TaskReads, 'tasksByIds'>;
}

export function createTaskTools(deps: TaskToolDeps): readonly Tool[] {
	return [spawnTask(deps), waitForTasks(deps)];
}

const name = z.string().min(1).max(200);
const taskId = z.string().min(1).max(100);

const gate = z.strictObject({
	name: name.describe('What it checks, for people: build, lint, tests.'),
	command: z.string().min(1).max(1_000).describe('The program. No shell is involved.'),
	args: z.array(z.string().max(4_000)).max(100).default([]),
	timeoutSeconds: z.number().int().min(1).max(86_400).exactOptional().describe('Default 600.'),
});

const taskFields = z.strictObject({
	description: z
		.string()
		.trim()
		.min(1)
		.max(100_000)
		.describe('What is to be done and how to tell that it is. The agent that does it knows only this.'),
	repository: z
		.string()
		.min(1)
		.max(4_096)
		.exactOptional()
		.describe('Absolute path of the git repository; your own working directory by default.'),
	baseBranch: name
		.exactOptional()
		.describe("What to branch off and merge into; the repository's current branch by default."),
	branch: name.exactOptional().describe('Name of the branch of the task; made up by default.'),
	agent: name
		.exactOptional()
		.describe('Id or name of the agent that does it; without one it waits until a human assigns it.'),
	dependsOn: z.array(taskId).max(100).exactOptional().describe('Ids of tasks that must be completed first.'),
	priority: z.number().int().min(-1_000).max(1_000).exactOptional().describe('Higher goes first. Default 0.'),
	gates: z
		.array(gate)
		.max(20)
		.exactOptional()
		.describe('Commands that must succeed in the worktree before it is reviewed.'),
	key: keyField,
});

function spawnTask({ supervisors }: TaskToolDeps): Tool {
	return defineTool({
		name: 'spawn_task',
		title: 'Spawn a task',
		description:
			'Gives another agent a piece of work on a git branch and worktree of its own. It returns the id of the task at ' +
			'once and does not wait: spawn all you want done in parallel, then call wait_for_tasks. Finished work is ' +
			'checked by the gates, rebased and reviewed by a human before it is merged. For supervisors only.',
		input: taskFields,
		async run(input, caller) {
			refuseForbidden('spawn_task', caller);
			refuseGates(input.gates ?? [], caller);
			const supervisorId = await requireMission(supervisors, caller);
			const key = callKey('spawn_task', caller, input);
			const { repository = caller.agent.cwd } = input;
			const { taskId } = await supervisors.spawnTask(supervisorId, { ...input, repository, key });
			return `Task ${taskId} was spawned. Call wait_for_tasks when you have nothing else to do.`;
		},
	});
}

function waitForTasks({ supervisors, reads }: TaskToolDeps): Tool {
	return defineTool({
		name: 'wait_for_tasks',
		title: 'Wait for tasks',
		description:
			'Has you woken when tasks have ended, with a prompt that tells what became of each. It returns at once: end your ' +
			'turn after it, and do not poll. It survives restarts. For supervisors only.',
		input: z.strictObject({
			taskIds: z
				.array(taskId)
				.min(1)
				.max(200)
				.exactOptional()
				.describe('Ids that spawn_task returned; by default all of yours that have not ended.'),
			mode: z.enum(['all', 'any']).default('all').describe('Be woken when all of them have ended, or the first one.'),
		}),
		async run({ taskIds, mode }, caller) {
			const supervisorId = await requireMission(supervisors, caller);
			const ids = taskIds ?? (await listOpenTasks(supervisorId));
			if (ids.length === 0) return 'You have no task that has not ended: there is nothing to wait for.';
			await supervisors.waitForTasks(supervisorId, ids, mode);
			const when = mode === 'all' ? 'all of them have' : 'the first of them has';
			return `You will be prompted when ${when} ended: ${ids.join(', ')}. End your turn now.`;
		},
	});

	async function listOpenTasks(supervisorId: string): Promise<readonly string[]> {
		const supervisor = await reads.supervisor(supervisorId);
		const tasks = await reads.tasksByIds(supervisor?.spawnedTaskIds ?? []);
		return tasks.filter(({ state }) => state !== 'completed' && state !== 'failed').map(({ id }) => id);
	}
}
