/** `TaskReads` over the store in memory: the same rows, filters and pages, without SQL. */

import type { MemoryStore } from '../../src/store/memory-store.ts';
import type { TaskReads, TaskView } from '../../src/tasks/views.ts';

type Row = ReturnType<MemoryStore['rows']>[number];

export function createMemoryTaskReads(
	store: MemoryStore,
	toView: (row: Row, json: readonly string[]) => unknown,
): TaskReads {
	const json = ['dependsOn', 'gates', 'gateResults', 'conflicts', 'error'];
	const all = () =>
		store
			.rows('tasks')
			.map((row) => toView(row, json) as TaskView)
			.sort((one, other) => other.priority - one.priority || (one.id < other.id ? -1 : 1));
	const has = (states: readonly string[]) => (task: TaskView) => states.includes(task.state);
	const of = (agentId: string) => all().filter((task) => task.agentId === agentId);
	const agentsOf = (tasks: readonly TaskView[]) => [...new Set(tasks.flatMap(({ agentId }) => agentId ?? []))];
	return {
		async tasks(filter, { limit, offset }) {
			const matches = all().filter((task) =>
				Object.entries(filter).every(([name, value]) => value === undefined || task[name as keyof TaskView] === value),
			);
			return { items: matches.slice(offset, offset + limit), total: matches.length };
		},
		task: async (id) => all().find((task) => task.id === id),
		tasksByIds: async (ids) => all().filter(({ id }) => ids.includes(id)),
		assignedTasks: async (agentId) => of(agentId).filter(has(['assigned'])),
		hasTaskUnderWay: async (agentId) => of(agentId).some(has(['working', 'conflicted'])),
		agentsAwaiting: async (taskId) =>
			agentsOf(all().filter((task) => task.state === 'assigned' && task.dependsOn.includes(taskId))),
		agentsWithAssignedTasks: async () => agentsOf(all().filter(has(['assigned']))),
		openTasksOf: async (agentId) => of(agentId).filter((task) => !has(['completed', 'failed'])(task)),
	};
}
