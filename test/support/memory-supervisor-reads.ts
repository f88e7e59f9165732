/** `SupervisorReads` over the store in memory. */

import type { Page } from '../../src/agents/views.ts';
import type { MemoryStore } from '../../src/store/memory-store.ts';
import type { CheckpointView, SupervisorReads, SupervisorView } from '../../src/supervisors/views.ts';

type Row = ReturnType<MemoryStore['rows']>[number];

export function createMemorySupervisorReads(
	store: MemoryStore,
	toView: (row: Row, json: readonly string[], booleans?: readonly string[]) => unknown,
): SupervisorReads {
	const json = ['spawnedTaskIds', 'pendingQuestions'];
	const all = () =>
		store
			.rows('supervisors')
			.map((row) => toView(row, json, ['hasPendingQuestions']) as SupervisorView)
			.sort(byIdBackward);
	const active = () => all().filter(({ state }) => state !== 'completed' && state !== 'failed');
	return {
		async supervisors(filter, page) {
			return cut(
				all().filter((supervisor) =>
					Object.entries(filter).every(
						([name, value]) => value === undefined || supervisor[name as keyof SupervisorView] === value,
					),
				),
				page,
			);
		},
		supervisor: async (id) => all().find((supervisor) => supervisor.id === id),
		supervisorsByIds: async (ids) => all().filter(({ id }) => ids.includes(id)),
		activeSupervisor: async (agentId) => active().find((supervisor) => supervisor.agentId === agentId),
		activeSupervisors: async () => active().map(({ id, agentId }) => ({ id, agentId })),
		async checkpoints(supervisorId, page) {
			const saved = store.rows('checkpoints').map((row) => toView(row, ['context']) as CheckpointView);
			return cut(saved.filter((checkpoint) => checkpoint.supervisorId === supervisorId).sort(byIdBackward), page);
		},
	};
}

function cut<T>(items: readonly T[], { limit, offset }: Page) {
	return { items: items.slice(offset, offset + limit), total: items.length };
}

const byIdBackward = (one: { readonly id: string }, other: { readonly id: string }) => (one.id < other.id ? 1 : -1);
