/** Reads tasks: the highest priority first, then the oldest. */
import type { TaskReads, TaskView } from '../tasks/views.ts';
import { Prisma, type Task } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import type { ReadDialect } from './read-dialect.ts';
import { parseJson, parseJsonOrNull, toNumber, toNumberOrNull } from './row-values.ts';

const inLine = [{ priority: 'desc' as const }, { id: 'asc' as const }];
const underWay = ['working', 'conflicted'];
const ended = ['completed', 'failed'];

export function createTaskQueries(client: ReadClient, { each, values }: ReadDialect): TaskReads {
	return {
		async tasks({ state, agentId, supervisorId, repository }, page) {
			const where = {
				...(state === undefined ? {} : { state }),
				...(agentId === undefined ? {} : { agentId }),
				...(supervisorId === undefined ? {} : { supervisorId }),
				...(repository === undefined ? {} : { repository }),
			};
			const [rows, total] = await Promise.all([
				client.task.findMany({ where, orderBy: inLine, take: page.limit, skip: page.offset }),
				client.task.count({ where }),
			]);
			return { items: rows.map(toTaskView), total };
		},
		async task(id) {
			const row = await client.task.findUnique({ where: { id } });
			return row === null ? undefined : toTaskView(row);
		},
		async tasksByIds(ids) {
			const found = await client.$queryRaw<ReadonlyArray<{ readonly id: string }>>`
				SELECT "id" FROM "tasks" WHERE "id" IN (SELECT value FROM ${values(ids, 'wanted')})`;
			const rows = await client.task.findMany({ where: { id: { in: found.map(({ id }) => id) } } });
			return rows.map(toTaskView);
		},
		async assignedTasks(agentId) {
			const rows = await client.task.findMany({ where: { agentId, state: 'assigned' }, orderBy: inLine });
			return rows.map(toTaskView);
		},
		async hasTaskUnderWay(agentId) {
			return (await client.task.count({ where: { agentId, state: { in: underWay } }, take: 1 })) > 0;
		},
		async agentsAwaiting(taskId) {
			// JSON, which is text to Prisma.
			const rows = await client.$queryRaw<ReadonlyArray<{ readonly agentId: string }>>`
				SELECT DISTINCT "agent_id" AS "agentId" FROM "tasks", ${each(Prisma.sql`"tasks"."depends_on"`, 'dependency')}
				WHERE "state" = 'assigned' AND "agent_id" IS NOT NULL AND dependency.value = ${taskId}`;
			return rows.map(({ agentId }) => agentId);
		},
		async agentsWithAssignedTasks() {
			const where = { state: 'assigned', agentId: { not: null } };
			const rows = await client.task.findMany({ where, distinct: ['agentId'], select: { agentId: true } });
			return rows.flatMap(({ agentId }) => agentId ?? []);
		},
		async openTasksOf(agentId) {
			const rows = await client.task.findMany({ where: { agentId, state: { notIn: ended } }, orderBy: inLine });
			return rows.map(toTaskView);
		},
	};
}

function toTaskView(row: Task): TaskView {
	return {
		...row,
		// Written by the tasks' projection only, from its machine's states.
		state: row.state as TaskView['state'],
		dependsOn: parseJson(row.dependsOn),
		gates: parseJson(row.gates),
		gateResults: parseJsonOrNull(row.gateResults),
		conflicts: parseJson(row.conflicts),
		error: parseJsonOrNull(row.error),
		heartbeatAt: toNumberOrNull(row.heartbeatAt),
		stateChangedAt: toNumber(row.stateChangedAt),
		createdAt: toNumber(row.createdAt),
		updatedAt: toNumber(row.updatedAt),
	};
}
