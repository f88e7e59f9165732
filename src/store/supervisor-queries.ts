/** Reads supervisors: agents' missions, and what they can be restored from. */
import type { CheckpointView, SupervisorReads, SupervisorView } from '../supervisors/views.ts';
import type { Checkpoint, Supervisor } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import { parseJson, toNumber, toNumberOrNull } from './row-values.ts';

/** All but those that have ended: named one by one, for an index finds what is, not what is not. */
const activeStates = [
	'initializing',
	'idle',
	'working',
	'waiting_for_user',
	'waiting_for_tasks',
	'blocked',
	'interrupted',
] as const satisfies ReadonlyArray<SupervisorView['state']>;

export function createSupervisorQueries(client: ReadClient): SupervisorReads {
	return {
		async supervisors({ state, agentId, hasPendingQuestions }, page) {
			const where = {
				...(state === undefined ? {} : { state }),
				...(agentId === undefined ? {} : { agentId }),
				...(hasPendingQuestions === undefined ? {} : { hasPendingQuestions }),
			};
			const [rows, total] = await Promise.all([
				client.supervisor.findMany({ where, orderBy: { id: 'desc' }, take: page.limit, skip: page.offset }),
				client.supervisor.count({ where }),
			]);
			return { items: rows.map(toSupervisorView), total };
		},
		async supervisor(id) {
			const row = await client.supervisor.findUnique({ where: { id } });
			return row === null ? undefined : toSupervisorView(row);
		},
		async supervisorsByIds(ids) {
			const rows = await client.supervisor.findMany({ where: { id: { in: [...ids] } } });
			return rows.map(toSupervisorView);
		},
		async activeSupervisor(agentId) {
			const row = await client.supervisor.findFirst({ where: { agentId, state: { in: [...activeStates] } } });
			return row === null ? undefined : toSupervisorView(row);
		},
		activeSupervisors: () =>
			client.supervisor.findMany({
				where: { state: { in: [...activeStates] } },
				select: { id: true, agentId: true },
				orderBy: { id: 'asc' },
			}),
		async checkpoints(supervisorId, page) {
			const where = { supervisorId };
			const [rows, total] = await Promise.all([
				client.checkpoint.findMany({ where, orderBy: { id: 'desc' }, take: page.limit, skip: page.offset }),
				client.checkpoint.count({ where }),
			]);
			return { items: rows.map(toCheckpointView), total };
		},
	};
}

function toSupervisorView(row: Supervisor): SupervisorView {
	return {
		...row,
		// Written by the supervisors' projection only, from its machine's states.
		state: row.state as SupervisorView['state'],
		spawnedTaskIds: parseJson(row.spawnedTaskIds),
		pendingQuestions: parseJson(row.pendingQuestions),
		restorationSource: row.restorationSource as SupervisorView['restorationSource'],
		lastRestoredAt: toNumberOrNull(row.lastRestoredAt),
		createdAt: toNumber(row.createdAt),
		updatedAt: toNumber(row.updatedAt),
	};
}

function toCheckpointView(row: Checkpoint): CheckpointView {
	return { ...row, context: parseJson(row.context), createdAt: toNumber(row.createdAt) };
}
