/**
 * What a task's step means for its row and for those who listen. Worked out from the snapshots before
 * and after, written in the step's own transaction and nowhere else. What a person said when they made
 * it is in the row already.
 */

import type { AnyMachineSnapshot } from 'xstate';
import { type TaskContext, type TaskEvent, triggerOfTask } from '../../machines/task-model.ts';
import type { StepView, Writes } from '../durable/definition.ts';
import { formatState } from '../durable/state-path.ts';
import type { ColumnValue, DomainEvent } from '../durable/store.ts';
import { createEvent } from '../events/catalogue.ts';

export function projectTaskStep(step: StepView): Writes {
	const context = contextOf(step.next);
	const set = { ...toColumns(step, context), version: step.version, updated_at: step.at };
	return {
		records: [{ op: 'update', table: 'tasks', id: context.taskId, set }],
		events: tell(step, context),
	};
}

/** Public state and what is inside it, `working` and `checking`. */
export function splitTaskState(snapshot: Pick<AnyMachineSnapshot, 'value'>): readonly [string, string | null] {
	const [state = '', activity] = formatState(snapshot.value).split('.');
	return [state, activity ?? null];
}

function toColumns(step: StepView, context: TaskContext): Readonly<Record<string, ColumnValue>> {
	const event = step.event as TaskEvent;
	const [state] = splitTaskState(step.next);
	const columns: Record<string, ColumnValue> = {
		state,
		agent_id: context.agentId,
		conflicts: JSON.stringify(context.conflicts),
		comment: context.comment,
		error: context.error && JSON.stringify(context.error),
		merge_commit: context.mergeCommit,
	};
	if (event.type === 'CHECKED') columns.gate_results = JSON.stringify(event.results);
	if (changesState(step)) columns.state_changed_at = step.at;
	return columns;
}

function changesState({ previous, next }: StepView): boolean {
	return previous === null || splitTaskState(previous)[0] !== splitTaskState(next)[0];
}

function tell(step: StepView, context: TaskContext): readonly DomainEvent[] {
	const { previous, next, event, at, address, version } = step;
	const { taskId, agentId } = context;
	const events: DomainEvent[] = [];
	const [to] = splitTaskState(next);
	if (changesState(step)) {
		const from = previous && splitTaskState(previous)[0];
		const correlationId = `${address}/${version}`;
		const told = { taskId, from, to, trigger: triggerOfTask(event), correlationId };
		events.push(createEvent('task.state.changed', agentId, at, told));
	} else if (previous) {
		events.push(createEvent('task.updated', agentId, at, { taskId, changed: findChanges(previous, next) }));
	}
	if (event.type === 'CLEANED') events.push(createEvent('task.cleaned', agentId, at, { taskId }));
	return events;
}

/** Names of what people see of a task, and that is another now. */
function findChanges(previous: AnyMachineSnapshot, next: AnyMachineSnapshot): readonly string[] {
	const before = contextOf(previous);
	const after = contextOf(next);
	const shown = ['agentId', 'conflicts', 'comment', 'error', 'mergeCommit', 'rounds'] as const;
	const changed: string[] = shown.filter((name) => before[name] !== after[name]);
	if (before.prompt?.promptId !== after.prompt?.promptId) changed.push('promptId');
	if (before.instruction.attempt !== after.instruction.attempt) changed.push('attempt');
	if (formatState(previous.value) !== formatState(next.value)) changed.push('activity');
	return changed;
}

function contextOf(snapshot: AnyMachineSnapshot): TaskContext {
	return snapshot.context as TaskContext;
}
