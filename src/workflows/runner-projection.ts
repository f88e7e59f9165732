/**
 * What a runner's step means for the rows and events that people see: its workflow's cursor and state,
 * and what became of the dispatch under way. Worked out from the contexts before and after, written in
 * the step's own transaction and nowhere else.
 */

import {
	type CurrentDispatch,
	type RunnerContext,
	type RunnerEvent,
	type Settlement,
	settle,
} from '../../machines/workflow-runner-model.ts';
import type { StepView, Writes } from '../durable/definition.ts';
import type { ColumnValue, DomainEvent, DomainRecord } from '../durable/store.ts';
import type { Failure } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { queueItemStatusOf } from './queue-item-status.ts';

/** What people are told a runner does; null once it has ended. */
export type RunnerState = 'waiting' | 'dispatching' | 'backingOff' | null;

interface RunnerStep {
	/** Null for the runner's first step. */
	readonly before: RunnerContext | null;
	readonly after: RunnerContext;
	readonly event: RunnerEvent;
	readonly at: number;
	readonly records: DomainRecord[];
	readonly events: DomainEvent[];
}

export function projectRunnerStep(view: StepView): Writes {
	const step: RunnerStep = {
		before: (view.previous?.context as RunnerContext | undefined) ?? null,
		after: view.next.context as RunnerContext,
		event: view.event as RunnerEvent,
		at: view.at,
		records: [],
		events: [],
	};
	projectWorkflow(step, view);
	projectDispatch(step);
	tellUpdate(step, view);
	return { records: step.records, events: step.events };
}

export function runnerStateOf(snapshot: StepView['next']): RunnerState {
	if (snapshot.status !== 'active') return null;
	if (snapshot.hasTag('dispatching')) return 'dispatching';
	return snapshot.hasTag('backingOff') ? 'backingOff' : 'waiting';
}

function projectWorkflow(step: RunnerStep, view: StepView): void {
	const { before, after, at } = step;
	const state = runnerStateOf(view.next);
	const columns: Record<string, ColumnValue> = {
		runner_state: state,
		runner_next_at: nextAt(after, state),
		runner_error: after.lastError && JSON.stringify(after.lastError),
	};
	// A cursor belongs to one trigger: whoever follows another one has to begin anew.
	if (after.cursor !== before?.cursor) {
		columns.cursor = JSON.stringify({ of: after.triggerKey, value: after.cursor });
	}
	step.records.push({ op: 'update', table: 'workflows', id: after.workflowId, set: columns });
	if (view.previous !== null && runnerStateOf(view.previous) === state) return;
	const error = after.lastError as Failure | null;
	const told = { workflowId: after.workflowId, state, reason: after.ending, error };
	step.events.push(createEvent('workflow.runner.changed', after.agentId, at, told));
}

/** What no other event tells of: people see when it looks again, what went wrong, and the prompt of its dispatch. */
function tellUpdate({ before, after, events, at }: RunnerStep, { previous, next }: StepView): void {
	if (before === null || previous === null) return;
	const looksAgain = (context: RunnerContext, snapshot: StepView['next']) => nextAt(context, runnerStateOf(snapshot));
	const isPrompted = after.dispatch !== null && after.dispatch.promptId !== (before.dispatch?.promptId ?? null);
	const isChanged = before.lastError !== after.lastError || looksAgain(before, previous) !== looksAgain(after, next);
	if (!isPrompted && (!isChanged || events.length > 0)) return;
	const { workflowId, agentId, dispatch } = after;
	const told = { workflowId, dispatchId: dispatch?.id ?? null };
	events.push(createEvent('workflow.runner.updated', agentId, at, told));
}

function nextAt({ expectsAt, nextDueAt, retryAt }: RunnerContext, state: RunnerState): number | null {
	switch (state) {
		case 'backingOff':
			return retryAt;
		case 'waiting':
			return expectsAt === null || nextDueAt === null ? (expectsAt ?? nextDueAt) : Math.min(expectsAt, nextDueAt);
		case 'dispatching':
		case null:
			return null;
		default:
			return state satisfies never;
	}
}

function projectDispatch(step: RunnerStep): void {
	const { before, after, event } = step;
	const ended = before?.dispatch ?? null;
	if (ended && before && !after.dispatch) {
		const settlement = settle(before, event);
		if (settlement) settleDispatch(step, ended, settlement);
	} else if (after.dispatch && !ended) {
		takeUpDispatch(step, after.dispatch);
	} else if (after.dispatch?.promptId && after.dispatch.promptId !== ended?.promptId) {
		update(step, after.dispatch, { prompt_id: after.dispatch.promptId });
	}
}

function takeUpDispatch(step: RunnerStep, dispatch: CurrentDispatch): void {
	const { attempt } = dispatch;
	update(step, dispatch, { status: 'dispatched', attempts: attempt, next_attempt_at: null, finished_at: null });
	const told = { ...nameOf(step, dispatch), attempt };
	step.events.push(createEvent('dispatch.dispatched', step.after.agentId, step.at, told));
}

function settleDispatch(step: RunnerStep, dispatch: CurrentDispatch, settlement: Settlement): void {
	const { status, nextAttemptAt, failure, attempts, maxAttempts } = settlement;
	update(step, dispatch, {
		status,
		attempts,
		max_attempts: maxAttempts,
		next_attempt_at: nextAttemptAt,
		error: failure && JSON.stringify(failure),
		finished_at: status === 'pending' ? null : step.at,
		...(step.event.type === 'PROMPT_SETTLED' && { prompt_id: step.event.promptId }),
	});
	if (dispatch.queueItemId !== null) settleQueueItem(step, dispatch.queueItemId, settlement);
	step.events.push(tellSettled(step, dispatch, settlement));
}

function settleQueueItem(step: RunnerStep, id: string, settlement: Settlement): void {
	const status = queueItemStatusOf(settlement);
	if (status === undefined) return;
	const set = { status, visible_at: null, updated_at: step.at };
	step.records.push({ op: 'update', table: 'queue_items', id, set });
}

function tellSettled(step: RunnerStep, dispatch: CurrentDispatch, settlement: Settlement): DomainEvent {
	const { status, nextAttemptAt } = settlement;
	const { agentId } = step.after;
	const name = nameOf(step, dispatch);
	// What fails or is skipped says why; what is interrupted may not know.
	const error = settlement.failure as Failure | null;
	switch (status) {
		case 'completed': {
			const promptId = step.event.type === 'PROMPT_SETTLED' ? step.event.promptId : (dispatch.promptId ?? '');
			return createEvent('dispatch.completed', agentId, step.at, { ...name, promptId });
		}
		case 'interrupted':
			return createEvent('dispatch.interrupted', agentId, step.at, { ...name, error, nextAttemptAt });
		case 'failed':
			return createEvent('dispatch.failed', agentId, step.at, { ...name, error: error ?? unexplained, nextAttemptAt });
		case 'skipped':
			return createEvent('dispatch.skipped', agentId, step.at, { ...name, error: error ?? unexplained });
		case 'pending':
			return createEvent('dispatch.released', agentId, step.at, { ...name, nextAttemptAt });
		default:
			return status satisfies never;
	}
}

const unexplained: Failure = { code: 'turn_failed', message: 'The agent gave no reason.', retryable: true };

function nameOf({ after }: RunnerStep, { id, sourceId }: CurrentDispatch) {
	return { dispatchId: id, workflowId: after.workflowId, sourceId };
}

function update(step: RunnerStep, { id }: CurrentDispatch, set: Readonly<Record<string, ColumnValue>>): void {
	step.records.push({ op: 'update', table: 'dispatches', id, set: { ...set, updated_at: step.at } });
}
