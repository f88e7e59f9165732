import { assign, setup } from 'xstate';
import type { MachineFailure } from './failure.ts';
import {
	createTaskContext,
	failedGates,
	type InstructionKind,
	isCurrentPrompt,
	maxTaskRounds,
	mayTryAgain,
	type OutstandingPrompt,
	outstandingPrompt,
	promptRetryAt,
	type TaskContext,
	type TaskEvent,
	type TaskGateResult,
	type TaskInput,
	tooManyRounds,
} from './task-model.ts';
import { promptCheckMs } from './workflow-runner-model.ts';

const unexplained: MachineFailure = { code: 'turn_failed', message: 'The agent gave no reason.', retryable: true };

const takeOver = { type: 'instruct', params: { kind: 'takeOver' } } as const;

const task = setup({
	types: {
		context: {} as TaskContext,
		events: {} as TaskEvent,
		input: {} as TaskInput,
		tags: {} as 'occupied' | 'needsAttention',
	},
	actions: {
		// --- effects: run after the commit, and again after a crash -----------------------------
		/** Begins what the agent, and tasks that waited for this one, can do now. */
		lookForWork: (_, _params: { taskId: string; agentId: string | null }) => {},
		submitPrompt: (
			_,
			_params: { taskId: string; agentId: string; number: number; kind: InstructionKind; attempt: number },
		) => {},
		/** Looks whether the prompt was settled before anybody listened. */
		checkPrompt: (_, _params: OutstandingPrompt) => {},
		/** Takes the prompt back, and ends its turn. */
		withdrawPrompt: (_, _params: OutstandingPrompt) => {},
		/** Commits what is left and puts the branch on top of its base branch. */
		rebase: (_, _params: { taskId: string; job: number }) => {},
		runGates: (_, _params: { taskId: string; job: number }) => {},
		merge: (_, _params: { taskId: string; job: number }) => {},
		/** Ends gates that run. */
		stopGates: (_, _params: { taskId: string }) => {},
		/** Removes worktree and branch. */
		removeWork: (_, _params: { taskId: string; job: number }) => {},

		// --- what it knows ----------------------------------------------------------------------
		assignTo: assign((_, { agentId }: { agentId: string }) => ({ agentId })),
		instruct: assign((_, { kind }: { kind: InstructionKind }) => ({
			instruction: { kind, attempt: 1 },
			error: null,
		})),
		begin: assign(({ context }) => ({
			begun: true,
			instruction: { kind: context.begun ? ('takeOver' as const) : ('begin' as const), attempt: 1 },
			error: null,
		})),
		nextAttempt: assign(({ context, event }) => ({
			instruction: { ...context.instruction, attempt: context.instruction.attempt + 1 },
			retryAt: promptRetryAt(context, event.at),
		})),
		beginPrompt: assign(({ context }) => ({
			prompts: context.prompts + 1,
			prompt: { number: context.prompts + 1, promptId: null },
		})),
		notePrompt: assign(({ context }, { promptId }: { promptId: string }) => ({
			prompt: context.prompt && { ...context.prompt, promptId },
		})),
		forgetTrouble: assign({ refusals: 0, error: null }),
		/** Why the turn did not finish. */
		noteSettlement: assign((_, { failure }: { failure: MachineFailure | null }) => ({ error: failure ?? unexplained })),
		forgetPrompt: assign({ prompt: null }),
		noteRefusal: assign(({ context, event }, { failure }: { failure: MachineFailure }) => ({
			prompt: null,
			refusals: context.refusals + 1,
			retryAt: promptRetryAt(context, event.at),
			error: failure,
		})),
		noteError: assign((_, { failure }: { failure: MachineFailure | null }) => ({ error: failure })),
		countRound: assign(({ context }) => ({ rounds: context.rounds + 1 })),
		forgetRounds: assign({ rounds: 0 }),
		beginJob: assign(({ context }) => ({ job: context.job + 1 })),
		noteConflicts: assign((_, { files }: { files: readonly string[] }) => ({ conflicts: files })),
		forgetConflicts: assign({ conflicts: [] }),
		noteComment: assign((_, { comment }: { comment: string | null }) => ({ comment })),
		noteMerge: assign((_, { commit }: { commit: string }) => ({ mergeCommit: commit, error: null })),
		giveUpGates: assign((_, { results }: { results: readonly TaskGateResult[] }) => ({
			error: tooManyRounds('gate_failed', failedGates(results)),
		})),
		giveUpConflicts: assign((_, { files }: { files: readonly string[] }) => ({
			error: tooManyRounds('merge_conflict', files),
			conflicts: files,
		})),
		cleanLater: assign({ cleans: true }),
		startOver: assign({ error: null, conflicts: [], cleans: false, rounds: 0, refusals: 0 }),
	},
	guards: {
		hasAgent: ({ context }) => context.agentId !== null,
		hasPrompt: ({ context }) => context.prompt !== null,
		cleans: ({ context }) => context.cleans,
		isOther: ({ context }, { agentId }: { agentId: string }) => context.agentId !== agentId,
		isCurrentPrompt: ({ context }, { token }: { token: string }) => isCurrentPrompt(context, token),
		isAgentGone: ({ context }, { token, failure }: { token: string; failure: MachineFailure }) =>
			isCurrentPrompt(context, token) && failure.code === 'agent_not_found',
		hasFinished: ({ context }, { token, outcome }: { token: string; outcome: string }) =>
			isCurrentPrompt(context, token) && outcome === 'finished',
		wasCancelled: ({ context }, { token, outcome }: { token: string; outcome: string }) =>
			isCurrentPrompt(context, token) && outcome === 'cancelled',
		mayTryAgain: ({ context }, { token, failure }: { token: string; failure: MachineFailure | null }) =>
			isCurrentPrompt(context, token) && mayTryAgain(context, failure),
		isCurrentJob: ({ context }, { job }: { job: number }) => job === context.job,
		isUngated: ({ context }, { job }: { job: number }) => job === context.job && !context.gated,
		mustCheckAgain: ({ context }, { job, changed }: { job: number; changed: boolean }) =>
			job === context.job && changed && context.gated,
		mayGoOn: ({ context }, { job }: { job: number }) => job === context.job && context.rounds < maxTaskRounds,
		havePassed: ({ context }, { job, results }: { job: number; results: readonly TaskGateResult[] }) =>
			job === context.job && failedGates(results).length === 0,
	},
	delays: {
		backoff: ({ context, event }) => Math.max(0, context.retryAt - event.at),
		promptCheck: promptCheckMs,
	},
});

// --- how an agent is told something, the same while working and while in conflict -----------------

const telling = task.createStateConfig({
	description: 'Never rested in: the same step goes on.',
	always: [{ guard: 'hasAgent', target: 'prompting' }, { target: 'waiting' }],
});

const waiting = task.createStateConfig({
	description: 'Nobody is prompted: waits for whoever works on it to submit it.',
	tags: ['needsAttention'],
	on: {
		SUBMIT: 'rebasing',
		ASSIGN: {
			target: 'prompting',
			actions: [{ type: 'assignTo', params: ({ event }) => event }, takeOver, 'forgetRounds'],
		},
	},
});

const settlement = task.createStateConfig({
	on: {
		PROMPT_SETTLED: [
			{
				guard: { type: 'hasFinished', params: ({ event }) => event },
				target: 'rebasing',
				actions: 'forgetPrompt',
			},
			{
				guard: { type: 'wasCancelled', params: ({ event }) => event },
				target: 'waiting',
				actions: 'forgetPrompt',
			},
			{
				guard: { type: 'mayTryAgain', params: ({ event }) => event },
				target: 'backingOff',
				actions: ['forgetPrompt', { type: 'noteSettlement', params: ({ event }) => event }, 'nextAttempt'],
			},
			{
				guard: { type: 'isCurrentPrompt', params: ({ event }) => event },
				target: '#task.failed',
				actions: ['forgetPrompt', { type: 'noteSettlement', params: ({ event }) => event }],
			},
		],
		ASSIGN: {
			guard: { type: 'isOther', params: ({ event }) => event },
			target: 'withdrawing',
			actions: { type: 'assignTo', params: ({ event }) => event },
		},
	},
});

const prompting = task.createStateConfig({
	description: 'Hands its agent a prompt.',
	tags: ['occupied'],
	entry: [
		'beginPrompt',
		{
			type: 'submitPrompt',
			params: ({ context }) => ({
				taskId: context.taskId,
				agentId: context.agentId ?? '',
				number: context.prompts,
				kind: context.instruction.kind,
				attempt: context.instruction.attempt,
			}),
		},
	],
	on: {
		...settlement.on,
		PROMPTED: {
			guard: { type: 'isCurrentPrompt', params: ({ event }) => event },
			target: 'following',
			actions: [{ type: 'notePrompt', params: ({ event }) => event }, 'forgetTrouble'],
		},
		PROMPT_REFUSED: [
			{
				guard: { type: 'isAgentGone', params: ({ event }) => event },
				target: '#task.failed',
				actions: [{ type: 'noteRefusal', params: ({ event }) => event }],
			},
			{
				guard: { type: 'isCurrentPrompt', params: ({ event }) => event },
				target: 'backingOff',
				actions: { type: 'noteRefusal', params: ({ event }) => event },
			},
		],
	},
});

const backingOff = task.createStateConfig({
	description: 'No agent took the prompt, or its turn failed: tries again later, or when the agent is there again.',
	tags: ['occupied', 'needsAttention'],
	after: { backoff: 'prompting' },
	on: {
		NUDGE: 'prompting',
		SUBMIT: 'rebasing',
		ASSIGN: {
			target: 'prompting',
			actions: [{ type: 'assignTo', params: ({ event }) => event }, takeOver, 'forgetRounds'],
		},
	},
});

const following = task.createStateConfig({
	description: 'The agent has the prompt; waits for what comes of it.',
	tags: ['occupied'],
	entry: { type: 'checkPrompt', params: ({ context }) => outstandingPrompt(context) },
	// Word of its end comes by itself; but a lost one must not leave a task under way for ever.
	after: { promptCheck: { target: 'following', reenter: true } },
	on: settlement.on,
});

/** What every state does that takes a prompt back. */
const takingBack = {
	entry: { type: 'withdrawPrompt', params: ({ context }: { context: TaskContext }) => outstandingPrompt(context) },
	after: { promptCheck: { target: 'withdrawing', reenter: true } },
} as const;

const withdrawing = task.createStateConfig({
	description: 'Takes the prompt back from the agent before, so that no two work in one worktree.',
	tags: ['occupied'],
	...takingBack,
	on: {
		PROMPTED: {
			guard: { type: 'isCurrentPrompt', params: ({ event }) => event },
			target: 'withdrawing',
			reenter: true,
			actions: { type: 'notePrompt', params: ({ event }) => event },
		},
		PROMPT_REFUSED: {
			guard: { type: 'isCurrentPrompt', params: ({ event }) => event },
			target: 'prompting',
			actions: ['forgetPrompt', takeOver, 'forgetRounds'],
		},
		PROMPT_SETTLED: {
			guard: { type: 'isCurrentPrompt', params: ({ event }) => event },
			target: 'prompting',
			actions: ['forgetPrompt', takeOver, 'forgetRounds'],
		},
		ASSIGN: { actions: { type: 'assignTo', params: ({ event }) => event } },
	},
});

const turn = { telling, waiting, prompting, backingOff, following, withdrawing } as const;

// --- work of our own --------------------------------------------------------------------------------

const rebase = [
	'beginJob',
	{
		type: 'rebase',
		params: ({ context }: { context: TaskContext }) => ({ taskId: context.taskId, job: context.job }),
	},
] as const;

const runGates = [
	'beginJob',
	{
		type: 'runGates',
		params: ({ context }: { context: TaskContext }) => ({ taskId: context.taskId, job: context.job }),
	},
] as const;

const lookForWork = {
	type: 'lookForWork',
	params: ({ context }: { context: TaskContext }) => ({ taskId: context.taskId, agentId: context.agentId }),
} as const;

const noteAgent = task.createStateConfig({
	on: { ASSIGN: { actions: { type: 'assignTo', params: ({ event }) => event } } },
});

/** The agent cannot make the gates pass, or is sent on with what failed. */
const checkedBadly = task.createStateConfig({
	on: {
		CHECKED: [
			{
				guard: { type: 'mayGoOn', params: ({ event }) => event },
				target: '#task.working',
				actions: [{ type: 'instruct', params: { kind: 'gates' } }, 'countRound'],
			},
			{
				guard: { type: 'isCurrentJob', params: ({ event }) => event },
				target: '#task.failed',
				actions: { type: 'giveUpGates', params: ({ event }) => event },
			},
		],
		GIT_FAILED: {
			guard: { type: 'isCurrentJob', params: ({ event }) => event },
			target: '#task.failed',
			actions: { type: 'noteError', params: ({ event }) => event },
		},
	},
});

const inConflict = task.createStateConfig({
	on: {
		CONFLICTED: [
			{
				guard: { type: 'mayGoOn', params: ({ event }) => event },
				target: '#task.conflicted',
				actions: [
					{ type: 'noteConflicts', params: ({ event }) => event },
					{ type: 'instruct', params: { kind: 'conflict' } },
					'countRound',
				],
			},
			{
				guard: { type: 'isCurrentJob', params: ({ event }) => event },
				target: '#task.failed',
				actions: { type: 'giveUpConflicts', params: ({ event }) => event },
			},
		],
	},
});

/** Removing worktree and branch, once it has ended. */
const cleaning = task.createStateConfig({
	description: 'Removes worktree and branch.',
	entry: ['beginJob', { type: 'removeWork', params: ({ context }) => ({ taskId: context.taskId, job: context.job }) }],
	on: {
		CLEANED: { guard: { type: 'isCurrentJob', params: ({ event }) => event }, target: 'cleaned' },
		GIT_FAILED: {
			guard: { type: 'isCurrentJob', params: ({ event }) => event },
			target: 'resting',
			actions: { type: 'noteError', params: ({ event }) => event },
		},
	},
});

/**
 * The task: one piece of work on a branch of its own, from the agent's first prompt to the merge. Its
 * states are those that people know; what it does in one is inside it. Whatever it does with git it
 * asks for by name, and looks first what is there already.
 */
export const taskMachine = task.createMachine({
	id: 'task',
	options: { maxIterations: 100 },
	context: ({ input }) => createTaskContext(input),
	initial: 'assigned',
	on: {
		FAIL: { target: '.failed', actions: { type: 'noteError', params: ({ event }) => event } },
		CANCEL: { target: '.failed', actions: [{ type: 'noteError', params: ({ event }) => event }, 'cleanLater'] },
	},
	states: {
		assigned: {
			description: 'Waits for an agent, for its turn among the tasks of the agent, or for other tasks.',
			entry: lookForWork,
			on: {
				BEGIN: { target: 'working', actions: 'begin' },
				ASSIGN: { actions: [{ type: 'assignTo', params: ({ event }) => event }, lookForWork] },
			},
		},

		working: {
			description: 'Somebody works on it, or what was done is being checked.',
			initial: 'telling',
			states: {
				...turn,
				waiting: {
					...waiting,
					on: {
						...waiting.on,
						REPORT_CONFLICT: {
							target: '#task.conflicted',
							actions: { type: 'instruct', params: { kind: 'conflict' } },
						},
					},
				},
				rebasing: {
					description: 'Commits what is left and puts the branch on top of its base branch.',
					tags: ['occupied'],
					entry: rebase,
					on: {
						...noteAgent.on,
						...checkedBadly.on,
						...inConflict.on,
						REBASED: {
							guard: { type: 'isCurrentJob', params: ({ event }) => event },
							target: 'checking',
							actions: 'forgetConflicts',
						},
					},
				},
				checking: {
					description: 'Runs the gates on what is to be reviewed.',
					tags: ['occupied'],
					entry: runGates,
					on: {
						...noteAgent.on,
						...checkedBadly.on,
						CHECKED: [
							{
								guard: { type: 'havePassed', params: ({ event }) => event },
								target: '#task.in_review',
							},
							...checkedBadly.on.CHECKED,
						],
					},
				},
			},
		},

		conflicted: {
			description: 'Its changes and those on the base branch do not fit; the agent is told to resolve that.',
			initial: 'telling',
			states: {
				...turn,
				waiting: { ...waiting, on: { ...waiting.on, RESUME_WORK: '#task.working.waiting' } },
				rebasing: {
					description: 'Looks whether it fits now.',
					tags: ['occupied'],
					entry: rebase,
					on: {
						...noteAgent.on,
						...checkedBadly.on,
						...inConflict.on,
						REBASED: [
							{
								guard: { type: 'isUngated', params: ({ event }) => event },
								target: '#task.in_review',
								actions: 'forgetConflicts',
							},
							{
								guard: { type: 'isCurrentJob', params: ({ event }) => event },
								target: '#task.working.checking',
								actions: 'forgetConflicts',
							},
						],
					},
				},
			},
		},

		in_review: {
			description: 'Done, on top of its base branch, its gates passed: a person looks at it.',
			tags: ['needsAttention'],
			entry: lookForWork,
			on: {
				APPROVE: 'approved',
				REQUEST_CHANGES: {
					target: 'working',
					actions: [
						{ type: 'noteComment', params: ({ event }) => event },
						{ type: 'instruct', params: { kind: 'changes' } },
						'forgetRounds',
					],
				},
			},
		},

		approved: {
			description: 'A person has agreed to it.',
			initial: 'resting',
			states: {
				resting: {
					description: 'Waits to be merged.',
					tags: ['needsAttention'],
					on: {
						MERGE: { target: 'rebasing', actions: { type: 'noteError', params: { failure: null } } },
						REQUEST_CHANGES: {
							target: '#task.working',
							actions: [
								{ type: 'noteComment', params: ({ event }) => event },
								{ type: 'instruct', params: { kind: 'changes' } },
								'forgetRounds',
							],
						},
					},
				},
				rebasing: {
					description: 'Puts it on top of its base branch again, should that have moved on.',
					entry: rebase,
					on: {
						REBASED: [
							{ guard: { type: 'mustCheckAgain', params: ({ event }) => event }, target: 'checking' },
							{ guard: { type: 'isCurrentJob', params: ({ event }) => event }, target: 'merging' },
						],
						CONFLICTED: {
							guard: { type: 'isCurrentJob', params: ({ event }) => event },
							target: '#task.working',
							actions: [
								{ type: 'noteConflicts', params: ({ event }) => event },
								{ type: 'instruct', params: { kind: 'conflict' } },
								'forgetRounds',
							],
						},
						CHECKED: checkedBadly.on.CHECKED,
						GIT_FAILED: {
							guard: { type: 'isCurrentJob', params: ({ event }) => event },
							target: 'resting',
							actions: { type: 'noteError', params: ({ event }) => event },
						},
					},
				},
				checking: {
					description: 'Runs the gates again on what was moved.',
					entry: runGates,
					on: {
						CHECKED: [
							{ guard: { type: 'havePassed', params: ({ event }) => event }, target: 'merging' },
							...checkedBadly.on.CHECKED,
						],
						GIT_FAILED: {
							guard: { type: 'isCurrentJob', params: ({ event }) => event },
							target: 'resting',
							actions: { type: 'noteError', params: ({ event }) => event },
						},
					},
				},
				merging: {
					description: 'Moves the base branch on to it. Nothing stops that half-way.',
					entry: [
						'beginJob',
						{ type: 'merge', params: ({ context }) => ({ taskId: context.taskId, job: context.job }) },
					],
					on: {
						FAIL: {},
						CANCEL: {},
						MERGED: {
							guard: { type: 'isCurrentJob', params: ({ event }) => event },
							target: '#task.completed',
							actions: { type: 'noteMerge', params: ({ event }) => event },
						},
						BASE_MOVED: { guard: { type: 'isCurrentJob', params: ({ event }) => event }, target: 'rebasing' },
						MERGE_REFUSED: {
							guard: { type: 'isCurrentJob', params: ({ event }) => event },
							target: 'resting',
							actions: { type: 'noteError', params: ({ event }) => event },
						},
						GIT_FAILED: {
							guard: { type: 'isCurrentJob', params: ({ event }) => event },
							target: 'resting',
							actions: { type: 'noteError', params: ({ event }) => event },
						},
					},
				},
			},
		},

		completed: {
			description: 'Merged. Nothing leads out of it.',
			entry: ['forgetConflicts', lookForWork],
			initial: 'resting',
			on: { FAIL: {}, CANCEL: {} },
			states: {
				resting: { description: 'Worktree and branch are there.', on: { CLEAN_UP: 'cleaning' } },
				cleaning,
				cleaned: { description: 'Worktree and branch are gone.' },
			},
		},

		failed: {
			description: 'Given up, by itself or by a person; may be tried again.',
			tags: ['needsAttention'],
			entry: [{ type: 'stopGates', params: ({ context }) => ({ taskId: context.taskId }) }],
			initial: 'deciding',
			on: { FAIL: {}, CANCEL: {} },
			states: {
				deciding: {
					description: 'Never rested in: the same step goes on.',
					always: [
						{ guard: 'hasPrompt', target: 'withdrawing' },
						{ guard: 'cleans', target: 'cleaning' },
						{ target: 'resting' },
					],
				},
				withdrawing: {
					description: 'Takes the prompt back before anything else is done.',
					...takingBack,
					on: {
						PROMPTED: {
							guard: { type: 'isCurrentPrompt', params: ({ event }) => event },
							target: 'withdrawing',
							reenter: true,
							actions: { type: 'notePrompt', params: ({ event }) => event },
						},
						PROMPT_REFUSED: {
							guard: { type: 'isCurrentPrompt', params: ({ event }) => event },
							target: 'deciding',
							actions: 'forgetPrompt',
						},
						PROMPT_SETTLED: {
							guard: { type: 'isCurrentPrompt', params: ({ event }) => event },
							target: 'deciding',
							actions: 'forgetPrompt',
						},
						CANCEL: { actions: 'cleanLater' },
					},
				},
				resting: {
					description: 'Worktree and branch are there.',
					entry: lookForWork,
					on: {
						RETRY: { target: '#task.assigned', actions: 'startOver' },
						CLEAN_UP: 'cleaning',
						CANCEL: 'cleaning',
					},
				},
				cleaning,
				cleaned: {
					description: 'Worktree and branch are gone.',
					entry: lookForWork,
					on: { RETRY: { target: '#task.assigned', actions: 'startOver' } },
				},
			},
		},
	},
});
