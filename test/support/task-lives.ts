/** Lives that bring a task into each of its states, and what it takes next there. */

import type { TaskCommandEvent, TaskInput } from '../../machines/task-model.ts';
import type { DomainRecord } from '../../src/durable/store.ts';
import { createFailure } from '../../src/errors.ts';
import { taskRow } from '../../src/tasks/new-task.ts';
import type { RecordedLife } from './recorded-snapshots.ts';

export const taskInput: TaskInput = { taskId: 'tsk_golden', agentId: 'agt_golden', gated: true };

/** The row that the service would have written. */
export const taskRecord: DomainRecord = {
	op: 'insert',
	table: 'tasks',
	row: taskRow(
		{
			...{ description: 'Build the ark.', repository: '/ark', dependsOn: [] },
			gates: [{ name: 'floats', command: 'make', args: ['float'] }],
		},
		taskInput.agentId,
		{ taskId: taskInput.taskId, repository: '/ark', branch: 'ark', worktree: '/w', baseBranch: 'main' },
		0,
	),
};

const failure = createFailure('task_failed', 'It never rained.');
const begin: TaskCommandEvent = { type: 'BEGIN' };
const other: TaskCommandEvent = { type: 'ASSIGN', agentId: 'agt_other' };
const cancel: TaskCommandEvent = { type: 'CANCEL', failure };
const approve: TaskCommandEvent = { type: 'APPROVE' };
const merge: TaskCommandEvent = { type: 'MERGE' };

const token = (number: number) => `tsk_golden/${number}`;
const prompted = (number: number): TaskCommandEvent => ({ type: 'PROMPTED', token: token(number), promptId: 'pmt_1' });
const refused = (number: number): TaskCommandEvent => {
	return { type: 'PROMPT_REFUSED', token: token(number), failure: createFailure('agent_not_running', 'It is away.') };
};
const settled = (number: number, outcome: 'finished' | 'cancelled'): TaskCommandEvent => {
	return { type: 'PROMPT_SETTLED', promptId: 'pmt_1', token: token(number), outcome, failure: null, by: null };
};
const rebased = (job: number, changed = false): TaskCommandEvent => ({ type: 'REBASED', job, changed, commit: 'fee1' });
const passed = (job: number): TaskCommandEvent => {
	return {
		type: 'CHECKED',
		job,
		results: [{ name: 'floats', passed: true, exitCode: 0, output: 'yes', durationMs: 9 }],
	};
};

const following = [begin, prompted(1)];
const conflicted: readonly TaskCommandEvent[] = [
	...following,
	settled(1, 'finished'),
	{ type: 'CONFLICTED', job: 1, files: ['keel.ts'] },
];
const inReview = [...following, settled(1, 'finished'), rebased(1), passed(2)];
const approved = [...inReview, approve];
const merging = [...approved, merge, rebased(3)];
const completed: readonly TaskCommandEvent[] = [...merging, { type: 'MERGED', job: 4, commit: 'c0ffee' }];
const cleanUp: TaskCommandEvent = { type: 'CLEAN_UP' };

export const taskLives: ReadonlyArray<RecordedLife<TaskCommandEvent>> = [
	{ state: 'assigned', events: [], next: begin, nextState: 'working.prompting' },
	{ state: 'working.prompting', events: [begin], next: prompted(1), nextState: 'working.following' },
	{
		...{ state: 'working.waiting', events: [...following, settled(1, 'cancelled')] },
		...{ next: { type: 'SUBMIT' }, nextState: 'working.rebasing' },
	},
	{
		...{ state: 'working.backingOff', events: [begin, refused(1)] },
		...{ next: { type: 'NUDGE' }, nextState: 'working.prompting' },
	},
	{ state: 'working.following', events: following, next: settled(1, 'finished'), nextState: 'working.rebasing' },
	{
		...{ state: 'working.withdrawing', events: [...following, other] },
		...{ next: settled(1, 'cancelled'), nextState: 'working.prompting' },
	},
	{
		...{ state: 'working.rebasing', events: [...following, settled(1, 'finished')] },
		...{ next: rebased(1), nextState: 'working.checking' },
	},
	{
		...{ state: 'working.checking', events: [...following, settled(1, 'finished'), rebased(1)] },
		...{ next: passed(2), nextState: 'in_review' },
	},
	{ state: 'conflicted.prompting', events: conflicted, next: prompted(2), nextState: 'conflicted.following' },
	{
		...{ state: 'conflicted.waiting', events: [...conflicted, prompted(2), settled(2, 'cancelled')] },
		...{ next: { type: 'RESUME_WORK' }, nextState: 'working.waiting' },
	},
	{
		...{ state: 'conflicted.backingOff', events: [...conflicted, refused(2)] },
		...{ next: { type: 'SUBMIT' }, nextState: 'conflicted.rebasing' },
	},
	{
		...{ state: 'conflicted.following', events: [...conflicted, prompted(2)] },
		...{ next: settled(2, 'finished'), nextState: 'conflicted.rebasing' },
	},
	{
		...{ state: 'conflicted.withdrawing', events: [...conflicted, other] },
		...{ next: refused(2), nextState: 'conflicted.prompting' },
	},
	{
		...{ state: 'conflicted.rebasing', events: [...conflicted, prompted(2), settled(2, 'finished')] },
		...{ next: rebased(2), nextState: 'working.checking' },
	},
	{
		...{ state: 'in_review', events: inReview },
		...{ next: { type: 'REQUEST_CHANGES', comment: 'Two of each.' }, nextState: 'working.prompting' },
	},
	{ state: 'approved.resting', events: approved, next: merge, nextState: 'approved.rebasing' },
	{
		...{ state: 'approved.rebasing', events: [...approved, merge] },
		...{ next: rebased(3, true), nextState: 'approved.checking' },
	},
	{
		...{ state: 'approved.checking', events: [...approved, merge, rebased(3, true)] },
		...{ next: passed(4), nextState: 'approved.merging' },
	},
	{
		...{ state: 'approved.merging', events: merging },
		...{ next: { type: 'BASE_MOVED', job: 4 }, nextState: 'approved.rebasing' },
	},
	{ state: 'completed.resting', events: completed, next: cleanUp, nextState: 'completed.cleaning' },
	{
		...{ state: 'completed.cleaning', events: [...completed, cleanUp] },
		...{ next: { type: 'CLEANED', job: 5 }, nextState: 'completed.cleaned' },
	},
	{
		...{ state: 'completed.cleaned', events: [...completed, cleanUp, { type: 'CLEANED', job: 5 }] },
		...{ next: cleanUp, nextState: 'completed.cleaning' },
	},
	{
		...{ state: 'failed.withdrawing', events: [...following, cancel] },
		...{ next: settled(1, 'cancelled'), nextState: 'failed.cleaning' },
	},
	{
		...{ state: 'failed.resting', events: [{ type: 'FAIL', failure }] },
		...{ next: { type: 'RETRY' }, nextState: 'assigned' },
	},
	{
		...{ state: 'failed.cleaning', events: [cancel] },
		...{ next: { type: 'CLEANED', job: 1 }, nextState: 'failed.cleaned' },
	},
	{
		...{ state: 'failed.cleaned', events: [cancel, { type: 'CLEANED', job: 1 }] },
		...{ next: { type: 'RETRY' }, nextState: 'assigned' },
	},
];
