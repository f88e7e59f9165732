/** Lives that bring the orchestrator, a runner and a group into each of their states, and what they take next there. */

import type { GroupCommandEvent, GroupInput } from '../../machines/agent-group-model.ts';
import type { OrchestratorCommandEvent } from '../../machines/orchestrator-model.ts';
import type { RunnerCommandEvent, RunnerInput } from '../../machines/workflow-runner-model.ts';
import { createFailure } from '../../src/errors.ts';
import type { RecordedLife } from './recorded-snapshots.ts';

export const runnerInput: RunnerInput = {
	workflowId: 'wfl_golden',
	agentId: 'agt_golden',
	revision: 3,
	triggerKey: '0123456789abcdef',
	cursor: { since: 12 },
	retry: { maxAttempts: 3, backoffMs: { initial: 5_000, max: 300_000 }, interrupted: 'retry' },
};

/** The end of the century: nothing that is set for it falls due. */
const far = 4_102_444_800_000;
const passing = createFailure('turn_failed', 'It went wrong.');
const due = <Event>(timer: string) => ({ type: `xstate.after.${timer}` }) as unknown as Event;

const read: RunnerCommandEvent = { type: 'POLLED', cursor: { since: 13 }, nextPollAt: far, exhausted: false };
const taken: RunnerCommandEvent = {
	type: 'TAKEN',
	dispatch: { id: 'dsp_1', sourceId: 'issue:1', attempt: 2, maxAttempts: 3, queueItemId: 'qit_1' },
};
const settled = { type: 'PROMPT_SETTLED', promptId: 'pmt_1', token: 'dsp_1/2', failure: null } as const;
const reading: readonly RunnerCommandEvent[] = [{ type: 'NOTHING_DUE', nextDueAt: null }];
const waiting: readonly RunnerCommandEvent[] = [...reading, read, { type: 'NOTHING_DUE', nextDueAt: far }];
const following: readonly RunnerCommandEvent[] = [
	taken,
	{ type: 'NUDGE' },
	{ type: 'SUBMITTED', token: 'dsp_1/2', promptId: 'pmt_1' },
];

export const runnerLives: readonly RecordedLife<RunnerCommandEvent>[] = [
	{ state: 'taking', events: [], next: { type: 'NOTHING_DUE', nextDueAt: null }, nextState: 'polling' },
	{ state: 'polling', events: reading, next: read, nextState: 'taking' },
	{ state: 'waiting', events: waiting, next: due('wake.workflowRunner.waiting'), nextState: 'taking' },
	{
		state: 'backingOff',
		events: [
			...reading,
			{ type: 'POLL_FAILED', failure: passing, retryAt: far },
			{ type: 'NOTHING_DUE', nextDueAt: null },
		],
		next: due('backoff.workflowRunner.backingOff'),
		// Long before its time: it looks for what is due instead.
		nextState: 'taking',
	},
	{
		state: 'submitting',
		events: [...waiting, due('wake.workflowRunner.waiting'), taken, { type: 'END', reason: 'edited' }],
		next: { type: 'SUBMITTED', token: 'dsp_1/2', promptId: 'pmt_1' },
		nextState: 'following.ending',
	},
	{
		state: 'following.listening',
		events: following,
		next: { ...settled, outcome: 'finished', by: null },
		nextState: 'polling',
	},
	{
		state: 'following.ending',
		events: [...following, { type: 'END', reason: 'agentEnded' }],
		next: { ...settled, outcome: 'cancelled', by: 'workflow wfl_golden' },
		nextState: 'ended',
	},
];

export const orchestratorLives: readonly RecordedLife<OrchestratorCommandEvent>[] = [
	{
		state: 'supervising',
		events: [
			{ type: 'WORKFLOWS_FOUND', workflows: [runnerInput, { ...runnerInput, workflowId: 'wfl_broken' }] },
			{
				type: 'xstate.error.actor.wfl_broken',
				error: { message: 'nobody understands it' },
				actorId: 'wfl_broken',
			} as unknown as OrchestratorCommandEvent,
		],
		next: { type: 'AGENT_ENDED', agentId: 'agt_golden', generation: 1 },
		nextState: 'supervising',
	},
];

export const groupInput: GroupInput = {
	groupId: 'grp_golden',
	strategy: 'one_for_all',
	members: ['agt_1', 'agt_2', 'agt_3'],
	maxRestarts: 1,
	withinSeconds: 60,
};

const failed = (agentId: string): GroupCommandEvent => ({
	...{ type: 'MEMBER_FAILED', agentId, generation: 1, code: 'process_crashed' },
});

export const groupLives: readonly RecordedLife<GroupCommandEvent>[] = [
	{ state: 'watching', events: [failed('agt_1')], next: failed('agt_2'), nextState: 'resting' },
	{ state: 'resting', events: [failed('agt_1'), failed('agt_2')], next: { type: 'RESET' }, nextState: 'watching' },
];
