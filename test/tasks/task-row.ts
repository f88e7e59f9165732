/** The row of a task as its service would write it, without a repository. */

import type { TaskInput } from '../../machines/task-model.ts';
import { taskRow } from '../../src/tasks/new-task.ts';
import type { Gate } from '../../src/tasks/views.ts';

const gate: Gate = { name: 'lint', command: 'true', args: [] };

export function taskRowOf({ taskId, agentId, gated }: TaskInput, at: number): ReturnType<typeof taskRow> {
	const place = { taskId, repository: '/r', branch: 'work', worktree: '/w', baseBranch: 'main' };
	const gates = gated ? [gate] : [];
	return taskRow({ description: 'Do it.', repository: '/r', dependsOn: [], gates }, agentId, place, at);
}
