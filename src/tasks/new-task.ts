/** What a task begins with: the name of its branch, and its row. */

import type { ColumnValue } from '../durable/store.ts';
import type { CreateTask } from './service.ts';
import type { Workplace } from './worktrees.ts';

const slugLimit = 40;

/** A branch that tells people what it is about, and that no other task has. */
export function chooseBranch(description: string, taskId: string): string {
	const words =
		description
			.normalize('NFKD')
			.toLowerCase()
			.match(/[a-z0-9]+/g) ?? [];
	const slug = words.join('-').slice(0, slugLimit).replace(/-+$/, '');
	return `statecraft/${[slug || 'task', taskId.slice(-8)].join('-')}`;
}

/** Projected anew by every step, the first one included, but for what people said. */
export function taskRow(
	input: CreateTask & Required<Pick<CreateTask, 'dependsOn' | 'gates'>>,
	agentId: string | null,
	{ taskId, repository, branch, worktree, baseBranch }: Workplace,
	at: number,
): Readonly<Record<string, ColumnValue>> {
	return {
		id: taskId,
		description: input.description,
		state: 'assigned',
		agent_id: agentId,
		supervisor_id: input.supervisorId ?? null,
		repository,
		branch,
		worktree,
		base_branch: baseBranch,
		depends_on: JSON.stringify([...new Set(input.dependsOn)]),
		priority: input.priority ?? 0,
		gates: JSON.stringify(input.gates),
		conflicts: '[]',
		version: 1,
		state_changed_at: at,
		created_at: at,
		updated_at: at,
	};
}
