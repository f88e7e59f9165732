/** Rows and events of runs, from an agent's contexts before and after a step. See `projection.ts`. */

import type { RunRecord } from '../../machines/agent-model.ts';
import { type AgentStep, type Gathered, tell } from './agent-step.ts';

export function projectRuns(step: AgentStep, into: Gathered): void {
	const { before, after } = step;
	const old = before?.run ?? null;
	const begun = after.run !== null && after.run.id !== old?.id;
	if (old) changeRun(step, into, old, begun ? after.previousRun : after.run, before?.generation ?? 0);
	if (begun && after.run) insertRun(step, into, after.run);
	projectProcess(step, into);
}

function insertRun(step: AgentStep, into: Gathered, run: RunRecord): void {
	const { generation } = step.after;
	into.records.push({
		op: 'insert',
		table: 'runs',
		row: { id: run.id, agent_id: step.agentId, generation, state: run.state, started_at: run.startedAt },
	});
	tell(step, into, 'run.started', { runId: run.id, generation });
}

function changeRun(step: AgentStep, into: Gathered, old: RunRecord, run: RunRecord | null, generation: number): void {
	if (!run || run.state === old.state) return;
	const error = run.failure && JSON.stringify(run.failure);
	into.records.push({
		op: 'update',
		table: 'runs',
		id: run.id,
		set: { state: run.state, completed_at: run.endedAt, error },
	});
	const change = { from: old.state, to: run.state, error: run.failure };
	tell(step, into, 'run.state.changed', { runId: run.id, generation, ...change });
	if (run.state === 'running' && generation > 1) {
		tell(step, into, 'agent.restarted', { generation, trigger: 'Connected' });
	}
}

function projectProcess({ before, after }: AgentStep, into: Gathered): void {
	const { process, run } = after;
	if (!process || !run || process === before?.process) return;
	into.records.push({
		op: 'update',
		table: 'runs',
		id: run.id,
		set: { pid: process.pid, process_start: process.processStart },
	});
}
