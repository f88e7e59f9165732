/** Renders rows about tasks into what the API answers. */

import type { z } from 'zod';
import { type SignsOfLife, type Staleness, stalenessOf } from '../agents/staleness.ts';
import type { Clock } from '../durable/clock.ts';
import { renderFailure, renderTime, renderTimeOrNull } from '../http/fields.ts';
import type { taskDiffResource, taskResource } from './schemas.ts';
import type { TaskActivity } from './service.ts';
import type { TaskDiff } from './task-diff.ts';
import type { TaskView } from './views.ts';

export type TaskRenderer = (task: TaskView) => z.input<typeof taskResource>;

export interface TaskRendererDeps {
	readonly clock: Clock;
	/** How often whoever works on a task should show a sign of life. */
	readonly heartbeatIntervalMs: number;
	readonly signsOfLife: (agentId: string) => Pick<SignsOfLife, 'lastSignAt'> | null;
	readonly activityOf: (taskId: string) => TaskActivity | null;
}

export function createTaskRenderer(deps: TaskRendererDeps): TaskRenderer {
	return (task) => {
		const doing = deps.activityOf(task.id);
		const { dependsOn, conflicts, gates, gateResults, createdAt, stateChangedAt, updatedAt, heartbeatAt } = task;
		return {
			...task,
			activity: doing?.activity ?? null,
			promptId: doing?.promptId ?? null,
			attempt: doing?.attempt ?? null,
			rounds: doing?.rounds ?? null,
			staleness: computeTaskStaleness(task, doing?.promptId ?? null, deps),
			dependsOn: [...dependsOn],
			conflicts: [...conflicts],
			gates: gates.map((gate) => ({ ...gate, args: [...gate.args] })),
			gateResults: gateResults?.map((result) => ({ ...result })) ?? null,
			error: renderFailure(task.error),
			heartbeatAt: renderTimeOrNull(heartbeatAt),
			createdAt: renderTime(createdAt),
			stateChangedAt: renderTime(stateChangedAt),
			updatedAt: renderTime(updatedAt),
		};
	};
}

/**
 * Counted from the later of the last heartbeat, the last change of state and, while the agent has its
 * prompt, whatever the agent was last heard of.
 */
export function computeTaskStaleness(
	{ state, agentId, heartbeatAt, stateChangedAt }: TaskView,
	promptId: string | null,
	{ clock, heartbeatIntervalMs, signsOfLife }: Omit<TaskRendererDeps, 'activityOf'>,
): Staleness {
	if (state !== 'assigned' && state !== 'working') return 'ok';
	const heard = promptId !== null && agentId !== null ? signsOfLife(agentId)?.lastSignAt : null;
	const since = Math.max(heartbeatAt ?? 0, stateChangedAt, heard ?? 0);
	return stalenessOf((clock.now() - since) / heartbeatIntervalMs);
}

export function renderTaskDiff(diff: TaskDiff): z.input<typeof taskDiffResource> {
	return { ...diff, files: diff.files.map((file) => ({ ...file })) };
}
