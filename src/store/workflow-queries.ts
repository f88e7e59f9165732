/** Reads workflows: the standing rules, and which of them have an agent to run with. */
import type { WorkflowReads, WorkflowView } from '../workflows/views.ts';
import type { Workflow } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import { parseJson, parseJsonOrNull, toNumber, toNumberOrNull } from './row-values.ts';

export type WorkflowQueries = Pick<WorkflowReads, 'workflows' | 'workflow' | 'workflowsByIds' | 'workflowsToRun'>;

/** States of an agent that takes prompts. */
const connectedStates = ['idle', 'busy'];

export function createWorkflowQueries(client: ReadClient): WorkflowQueries {
	return {
		async workflows({ agentId, enabled }, page) {
			const where = {
				...(agentId === undefined ? {} : { agentId }),
				...(enabled === undefined ? {} : { enabled }),
			};
			const [rows, total] = await Promise.all([
				client.workflow.findMany({ where, orderBy: { name: 'asc' }, take: page.limit, skip: page.offset }),
				client.workflow.count({ where }),
			]);
			return { items: rows.map(toWorkflowView), total };
		},
		async workflow(idOrName) {
			const byId = await client.workflow.findUnique({ where: { id: idOrName } });
			const row = byId ?? (await client.workflow.findUnique({ where: { name: idOrName } }));
			return row === null ? undefined : toWorkflowView(row);
		},
		async workflowsByIds(ids) {
			const rows = await client.workflow.findMany({ where: { id: { in: [...ids] } } });
			return rows.map(toWorkflowView);
		},
		async workflowsToRun(of) {
			const which = 'agentId' in of ? { agentId: of.agentId } : { id: of.workflowId };
			const rows = await client.workflow.findMany({
				where: { ...which, enabled: true, agent: { executionState: { in: connectedStates } } },
				orderBy: { id: 'asc' },
			});
			return rows.map(toWorkflowView);
		},
	};
}

function toWorkflowView(row: Workflow): WorkflowView {
	return {
		...row,
		trigger: parseJson(row.trigger),
		policy: parseJsonOrNull(row.policy),
		retry: parseJson(row.retry),
		cursor: parseJsonOrNull(row.cursor),
		runnerNextAt: toNumberOrNull(row.runnerNextAt),
		runnerError: parseJsonOrNull(row.runnerError),
		createdAt: toNumber(row.createdAt),
		updatedAt: toNumber(row.updatedAt),
	};
}
