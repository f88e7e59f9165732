/** The transitions that people know, and the event by which each is asked for. */

import type { TaskCommandEvent } from '../../machines/task-model.ts';
import { createFailure, StatecraftError } from '../errors.ts';
import type { TaskState } from './views.ts';

/** Where a task may go from where. */
export const taskTransitions: Readonly<Record<TaskState, readonly TaskState[]>> = {
	assigned: ['working', 'failed'],
	working: ['in_review', 'conflicted', 'failed'],
	conflicted: ['in_review', 'working', 'failed'],
	in_review: ['approved', 'working', 'failed'],
	approved: ['completed', 'working', 'failed'],
	completed: [],
	failed: ['assigned'],
};

export const taskStates = Object.keys(taskTransitions) as readonly TaskState[];

/** Throws `invalid_transition` for one that there is not. */
export function eventOfTransition(from: TaskState, to: TaskState, reason: string | null): TaskCommandEvent {
	if (!taskTransitions[from].includes(to)) {
		const possible = taskTransitions[from].join(', ') || 'nothing';
		const detail = `A task that is ${from} cannot become ${to}; it can become: ${possible}`;
		throw new StatecraftError('invalid_transition', detail, { state: from, expected: taskTransitions[from] });
	}
	switch (to) {
		case 'assigned':
			return { type: 'RETRY' };
		case 'working':
			if (from === 'assigned') return { type: 'BEGIN' };
			return from === 'conflicted' ? { type: 'RESUME_WORK' } : { type: 'REQUEST_CHANGES', comment: reason };
		case 'conflicted':
			return { type: 'REPORT_CONFLICT' };
		case 'in_review':
			return { type: 'SUBMIT' };
		case 'approved':
			return { type: 'APPROVE' };
		case 'completed':
			return { type: 'MERGE' };
		case 'failed':
			return { type: 'FAIL', failure: createFailure('task_failed', reason ?? 'Somebody gave it up.') };
		default:
			return to satisfies never;
	}
}
