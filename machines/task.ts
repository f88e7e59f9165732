import { assign, setup } from 'xstate';
import {
	createTaskContext,
	currentJob,
	failedGates,
	failureOf,
	type InstructionKind,
	isCurrentJob,
	isCurrentPrompt,
	maxTaskRounds,
	mayTryAgain,
	mergeJob,
	nextPrompt,
	type OutstandingPrompt,
	outstandingPrompt,
	promptRetryAt,
	rebaseJob,
	type TaskContext,
	type TaskEvent,
	type TaskInput,
	tooManyRounds,
	whoseWork,
} from './task-model.ts';
import { promptCheckMs } from './workflow-runner-model.ts';

/**
 * The task: one piece of work on a branch of its own, from the agent's first prompt to the merge. Its
 * states are those that people know; what it does in one is inside it. Whatever it does with git it
 * asks for by name, and looks first what is there already.
 */
export const taskMachine = setup({
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
		rebase: (_, _params: { taskId: string; job: number; reviewed: string | null }) => {},
		runGates: (_, _params: { taskId: string; job: number }) => {},
		merge: (_, _params: { taskId: string; job: number; commit: string }) => {},
		/** Ends gates that run. */
		stopGates: (_, _params: { taskId: string }) => {},
		/** Removes worktree and branch. */
		removeWork: (_, _params: { taskId: string; job: number }) => {},

		// --- what it knows ----------------------------------------------------------------------
		assignTo: assign((_, { agentId }: { agentId: string }) => ({ agentId })),
		begin: assign(({ context }) => ({
			begun: true,
			instruction: { kind: context.begun ? ('takeOver' as const) : ('begin' as const), attempt: 1 },
			error: null,
		})),
		instruct: assign((_, { kind }: { kind: InstructionKind }) => ({ instruction: { kind, attempt: 1 }, error: null })),
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
		forgetPrompt: assign({ prompt: null }),
		noteRefusal: assign(({ context, event }) => ({
			prompt: null,
			refusals: context.refusals + 1,
			retryAt: promptRetryAt(context, event.at),
			error: failureOf(event),
		})),
		forgetTrouble: assign({ refusals: 0, error: null }),
		noteError: assign(({ event }) => ({ error: failureOf(event) })),
		countRound: assign(({ context }) => ({ rounds: context.rounds + 1 })),
		forgetRounds: assign({ rounds: 0 }),
		giveUp: assign(({ event }) => ({ error: tooManyRounds(event) })),
		beginJob: assign(({ context }) => ({ job: context.job + 1 })),
		noteHead: assign((_, { commit }: { commit: string }) => ({ head: commit })),
		noteConflicts: assign((_, { files }: { files: readonly string[] }) => ({ conflicts: files })),
		forgetConflicts: assign({ conflicts: [] }),
		noteComment: assign((_, { comment }: { comment: string | null }) => ({ comment })),
		noteMerge: assign((_, { commit }: { commit: string }) => ({ mergeCommit: commit, error: null })),
		cleanLater: assign({ cleans: true }),
		startOver: assign({ error: null, conflicts: [], cleans: false, rounds: 0, refusals: 0 }),
	},
	guards: {
		hasAgent: ({ context }) => context.agentId !== null,
		hasPrompt: ({ context }) => context.prompt !== null,
		cleans: ({ context }) => context.cleans,
		isOther: ({ context }, { agentId }: { agentId: string }) => context.agentId !== agentId,
		isCurrentPrompt: ({ context, event }) => isCurrentPrompt(context, event),
		isAgentGone: ({ context, event }) =>
			isCurrentPrompt(context, event) && failureOf(event)?.code === 'agent_not_found',
		hasFinished: ({ context, event }, { outcome }: { outcome: string }) =>
			isCurrentPrompt(context, event) && outcome === 'finished',
		wasCancelled: ({ context, event }, { outcome }: { outcome: string }) =>
			isCurrentPrompt(context, event) && outcome === 'cancelled',
		mayTryAgain: ({ context, event }) => isCurrentPrompt(context, event) && mayTryAgain(context, event),
		isCurrentJob: ({ context, event }) => isCurrentJob(context, event),
		isUngated: ({ context, event }) => isCurrentJob(context, event) && !context.gated,
		mustCheckAgain: ({ context, event }, { changed }: { changed: boolean }) =>
			isCurrentJob(context, event) && changed && context.gated,
		mayGoOn: ({ context, event }) => isCurrentJob(context, event) && context.rounds < maxTaskRounds,
		havePassed: ({ context, event }) => isCurrentJob(context, event) && failedGates(event).length === 0,
	},
	delays: {
		backoff: ({ context, event }) => Math.max(0, context.retryAt - event.at),
		promptCheck: promptCheckMs,
	},
}).createMachine({
	id: 'task',
	options: { maxIterations: 100 },
	context: ({ input }) => createTaskContext(input),
	initial: 'assigned',
	on: {
		FAIL: { target: '.failed', actions: 'noteError' },
		CANCEL: { target: '.failed', actions: ['noteError', 'cleanLater'] },
	},
	states: {
		assigned: {
			description: 'Waits for an agent, for its turn among the tasks of the agent, or for other tasks.',
			entry: { type: 'lookForWork', params: ({ context }) => whoseWork(context) },
			on: {
				BEGIN: { target: 'working', actions: 'begin' },
				ASSIGN: { target: 'assigned', reenter: true, actions: { type: 'assignTo', params: ({ event }) => event } },
			},
		},

		working: {
			description: 'Somebody works on it, or what was done is being checked.',
			initial: 'telling',
			states: {
				telling: {
					description: 'Never rested in: the same step goes on.',
					always: [{ guard: 'hasAgent', target: 'prompting' }, { target: 'waiting' }],
				},
				waiting: {
					description: 'Nobody is prompted: waits for whoever works on it to submit it.',
					tags: ['needsAttention'],
					on: {
						SUBMIT: 'rebasing',
						REPORT_CONFLICT: {
							target: '#task.conflicted',
							actions: { type: 'instruct', params: { kind: 'conflict' } },
						},
						ASSIGN: {
							target: 'prompting',
							actions: [
								{ type: 'assignTo', params: ({ event }) => event },
								{ type: 'instruct', params: { kind: 'takeOver' } },
								'forgetRounds',
							],
						},
					},
				},
				prompting: {
					description: 'Hands its agent a prompt.',
					tags: ['occupied'],
					entry: ['beginPrompt', { type: 'submitPrompt', params: ({ context }) => nextPrompt(context) }],
					on: {
						PROMPTED: {
							guard: 'isCurrentPrompt',
							target: 'following',
							actions: [{ type: 'notePrompt', params: ({ event }) => event }, 'forgetTrouble'],
						},
						PROMPT_REFUSED: [
							{ guard: 'isAgentGone', target: '#task.failed', actions: 'noteRefusal' },
							{ guard: 'isCurrentPrompt', target: 'backingOff', actions: 'noteRefusal' },
						],
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
							{ guard: 'mayTryAgain', target: 'backingOff', actions: ['forgetPrompt', 'noteError', 'nextAttempt'] },
							{ guard: 'isCurrentPrompt', target: '#task.failed', actions: ['forgetPrompt', 'noteError'] },
						],
						ASSIGN: {
							guard: { type: 'isOther', params: ({ event }) => event },
							target: 'withdrawing',
							actions: { type: 'assignTo', params: ({ event }) => event },
						},
					},
				},
				backingOff: {
					description: 'No agent took the prompt, or its turn failed: tries again later, or when the agent is back.',
					tags: ['needsAttention', 'occupied'],
					after: { backoff: 'prompting' },
					on: {
						NUDGE: 'prompting',
						SUBMIT: 'rebasing',
						ASSIGN: {
							target: 'prompting',
							actions: [
								{ type: 'assignTo', params: ({ event }) => event },
								{ type: 'instruct', params: { kind: 'takeOver' } },
								'forgetRounds',
							],
						},
					},
				},
				following: {
					description: 'The agent has the prompt; waits for what comes of it.',
					tags: ['occupied'],
					entry: { type: 'checkPrompt', params: ({ context }) => outstandingPrompt(context) },
					// Word of its end comes by itself; but a lost one must not leave a task under way for ever.
					after: { promptCheck: { target: 'following', reenter: true } },
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
							{ guard: 'mayTryAgain', target: 'backingOff', actions: ['forgetPrompt', 'noteError', 'nextAttempt'] },
							{ guard: 'isCurrentPrompt', target: '#task.failed', actions: ['forgetPrompt', 'noteError'] },
						],
						ASSIGN: {
							guard: { type: 'isOther', params: ({ event }) => event },
							target: 'withdrawing',
							actions: { type: 'assignTo', params: ({ event }) => event },
						},
					},
				},
				withdrawing: {
					description: 'Takes the prompt back from the agent before, so that no two work in one worktree.',
					tags: ['occupied'],
					entry: { type: 'withdrawPrompt', params: ({ context }) => outstandingPrompt(context) },
					after: { promptCheck: { target: 'withdrawing', reenter: true } },
					on: {
						PROMPTED: {
							guard: 'isCurrentPrompt',
							target: 'withdrawing',
							reenter: true,
							actions: { type: 'notePrompt', params: ({ event }) => event },
						},
						PROMPT_REFUSED: {
							guard: 'isCurrentPrompt',
							target: 'prompting',
							actions: ['forgetPrompt', { type: 'instruct', params: { kind: 'takeOver' } }, 'forgetRounds'],
						},
						PROMPT_SETTLED: {
							guard: 'isCurrentPrompt',
							target: 'prompting',
							actions: ['forgetPrompt', { type: 'instruct', params: { kind: 'takeOver' } }, 'forgetRounds'],
						},
						ASSIGN: { actions: { type: 'assignTo', params: ({ event }) => event } },
					},
				},
				rebasing: {
					description: 'Commits what is left and puts the branch on top of its base branch.',
					tags: ['occupied'],
					entry: ['beginJob', { type: 'rebase', params: ({ context }) => rebaseJob(context, null) }],
					on: {
						REBASED: {
							guard: 'isCurrentJob',
							target: 'checking',
							actions: ['forgetConflicts', { type: 'noteHead', params: ({ event }) => event }],
						},
						CONFLICTED: [
							{
								guard: 'mayGoOn',
								target: '#task.conflicted',
								actions: [
									{ type: 'noteConflicts', params: ({ event }) => event },
									{ type: 'instruct', params: { kind: 'conflict' } },
									'countRound',
								],
							},
							{
								guard: 'isCurrentJob',
								target: '#task.failed',
								actions: [{ type: 'noteConflicts', params: ({ event }) => event }, 'giveUp'],
							},
						],
						CHECKED: [
							{
								guard: 'mayGoOn',
								target: '#task.working',
								actions: [{ type: 'instruct', params: { kind: 'gates' } }, 'countRound'],
							},
							{ guard: 'isCurrentJob', target: '#task.failed', actions: 'giveUp' },
						],
						GIT_FAILED: { guard: 'isCurrentJob', target: '#task.failed', actions: 'noteError' },
						ASSIGN: { actions: { type: 'assignTo', params: ({ event }) => event } },
					},
				},
				checking: {
					description: 'Runs the gates on what is to be reviewed.',
					tags: ['occupied'],
					entry: ['beginJob', { type: 'runGates', params: ({ context }) => currentJob(context) }],
					on: {
						CHECKED: [
							{ guard: 'havePassed', target: '#task.in_review' },
							{
								guard: 'mayGoOn',
								target: '#task.working',
								actions: [{ type: 'instruct', params: { kind: 'gates' } }, 'countRound'],
							},
							{ guard: 'isCurrentJob', target: '#task.failed', actions: 'giveUp' },
						],
						GIT_FAILED: { guard: 'isCurrentJob', target: '#task.failed', actions: 'noteError' },
						ASSIGN: { actions: { type: 'assignTo', params: ({ event }) => event } },
					},
				},
			},
		},

		conflicted: {
			description: 'Its changes and those on the base branch do not fit; the agent is told to resolve that.',
			initial: 'telling',
			states: {
				telling: {
					description: 'Never rested in: the same step goes on.',
					always: [{ guard: 'hasAgent', target: 'prompting' }, { target: 'waiting' }],
				},
				waiting: {
					description: 'Nobody is prompted: waits for whoever works on it to submit it.',
					tags: ['needsAttention'],
					on: {
						SUBMIT: 'rebasing',
						RESUME_WORK: '#task.working.waiting',
						ASSIGN: {
							target: 'prompting',
							actions: [
								{ type: 'assignTo', params: ({ event }) => event },
								{ type: 'instruct', params: { kind: 'takeOver' } },
								'forgetRounds',
							],
						},
					},
				},
				prompting: {
					description: 'Hands its agent a prompt.',
					tags: ['occupied'],
					entry: ['beginPrompt', { type: 'submitPrompt', params: ({ context }) => nextPrompt(context) }],
					on: {
						PROMPTED: {
							guard: 'isCurrentPrompt',
							target: 'following',
							actions: [{ type: 'notePrompt', params: ({ event }) => event }, 'forgetTrouble'],
						},
						PROMPT_REFUSED: [
							{ guard: 'isAgentGone', target: '#task.failed', actions: 'noteRefusal' },
							{ guard: 'isCurrentPrompt', target: 'backingOff', actions: 'noteRefusal' },
						],
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
							{ guard: 'mayTryAgain', target: 'backingOff', actions: ['forgetPrompt', 'noteError', 'nextAttempt'] },
							{ guard: 'isCurrentPrompt', target: '#task.failed', actions: ['forgetPrompt', 'noteError'] },
						],
						ASSIGN: {
							guard: { type: 'isOther', params: ({ event }) => event },
							target: 'withdrawing',
							actions: { type: 'assignTo', params: ({ event }) => event },
						},
					},
				},
				backingOff: {
					description: 'No agent took the prompt, or its turn failed: tries again later, or when the agent is back.',
					tags: ['needsAttention', 'occupied'],
					after: { backoff: 'prompting' },
					on: {
						NUDGE: 'prompting',
						SUBMIT: 'rebasing',
						ASSIGN: {
							target: 'prompting',
							actions: [
								{ type: 'assignTo', params: ({ event }) => event },
								{ type: 'instruct', params: { kind: 'takeOver' } },
								'forgetRounds',
							],
						},
					},
				},
				following: {
					description: 'The agent has the prompt; waits for what comes of it.',
					tags: ['occupied'],
					entry: { type: 'checkPrompt', params: ({ context }) => outstandingPrompt(context) },
					// Word of its end comes by itself; but a lost one must not leave a task under way for ever.
					after: { promptCheck: { target: 'following', reenter: true } },
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
							{ guard: 'mayTryAgain', target: 'backingOff', actions: ['forgetPrompt', 'noteError', 'nextAttempt'] },
							{ guard: 'isCurrentPrompt', target: '#task.failed', actions: ['forgetPrompt', 'noteError'] },
						],
						ASSIGN: {
							guard: { type: 'isOther', params: ({ event }) => event },
							target: 'withdrawing',
							actions: { type: 'assignTo', params: ({ event }) => event },
						},
					},
				},
				withdrawing: {
					description: 'Takes the prompt back from the agent before, so that no two work in one worktree.',
					tags: ['occupied'],
					entry: { type: 'withdrawPrompt', params: ({ context }) => outstandingPrompt(context) },
					after: { promptCheck: { target: 'withdrawing', reenter: true } },
					on: {
						PROMPTED: {
							guard: 'isCurrentPrompt',
							target: 'withdrawing',
							reenter: true,
							actions: { type: 'notePrompt', params: ({ event }) => event },
						},
						PROMPT_REFUSED: {
							guard: 'isCurrentPrompt',
							target: 'prompting',
							actions: ['forgetPrompt', { type: 'instruct', params: { kind: 'takeOver' } }, 'forgetRounds'],
						},
						PROMPT_SETTLED: {
							guard: 'isCurrentPrompt',
							target: 'prompting',
							actions: ['forgetPrompt', { type: 'instruct', params: { kind: 'takeOver' } }, 'forgetRounds'],
						},
						ASSIGN: { actions: { type: 'assignTo', params: ({ event }) => event } },
					},
				},
				rebasing: {
					description: 'Looks whether it fits now.',
					tags: ['occupied'],
					entry: ['beginJob', { type: 'rebase', params: ({ context }) => rebaseJob(context, null) }],
					on: {
						REBASED: [
							{
								guard: 'isUngated',
								target: '#task.in_review',
								actions: ['forgetConflicts', { type: 'noteHead', params: ({ event }) => event }],
							},
							{
								guard: 'isCurrentJob',
								target: '#task.working.checking',
								actions: ['forgetConflicts', { type: 'noteHead', params: ({ event }) => event }],
							},
						],
						CONFLICTED: [
							{
								guard: 'mayGoOn',
								target: '#task.conflicted',
								actions: [
									{ type: 'noteConflicts', params: ({ event }) => event },
									{ type: 'instruct', params: { kind: 'conflict' } },
									'countRound',
								],
							},
							{
								guard: 'isCurrentJob',
								target: '#task.failed',
								actions: [{ type: 'noteConflicts', params: ({ event }) => event }, 'giveUp'],
							},
						],
						CHECKED: [
							{
								guard: 'mayGoOn',
								target: '#task.working',
								actions: [{ type: 'instruct', params: { kind: 'gates' } }, 'countRound'],
							},
							{ guard: 'isCurrentJob', target: '#task.failed', actions: 'giveUp' },
						],
						GIT_FAILED: { guard: 'isCurrentJob', target: '#task.failed', actions: 'noteError' },
						ASSIGN: { actions: { type: 'assignTo', params: ({ event }) => event } },
					},
				},
			},
		},

		in_review: {
			description: 'Done, on top of its base branch, its gates passed: a person looks at it.',
			tags: ['needsAttention'],
			entry: { type: 'lookForWork', params: ({ context }) => whoseWork(context) },
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
						MERGE: { target: 'rebasing', actions: 'noteError' },
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
					entry: ['beginJob', { type: 'rebase', params: ({ context }) => rebaseJob(context, context.head) }],
					on: {
						REBASED: [
							{
								guard: { type: 'mustCheckAgain', params: ({ event }) => event },
								target: 'checking',
								actions: { type: 'noteHead', params: ({ event }) => event },
							},
							{
								guard: 'isCurrentJob',
								target: 'merging',
								actions: { type: 'noteHead', params: ({ event }) => event },
							},
						],
						CONFLICTED: {
							guard: 'isCurrentJob',
							target: '#task.working',
							actions: [
								{ type: 'noteConflicts', params: ({ event }) => event },
								{ type: 'instruct', params: { kind: 'conflict' } },
								'forgetRounds',
							],
						},
						CHECKED: [
							{
								guard: 'mayGoOn',
								target: '#task.working',
								actions: [{ type: 'instruct', params: { kind: 'gates' } }, 'countRound'],
							},
							{ guard: 'isCurrentJob', target: '#task.failed', actions: 'giveUp' },
						],
						GIT_FAILED: { guard: 'isCurrentJob', target: 'resting', actions: 'noteError' },
					},
				},
				checking: {
					description: 'Runs the gates again on what was moved.',
					entry: ['beginJob', { type: 'runGates', params: ({ context }) => currentJob(context) }],
					on: {
						CHECKED: [
							{ guard: 'havePassed', target: 'merging' },
							{
								guard: 'mayGoOn',
								target: '#task.working',
								actions: [{ type: 'instruct', params: { kind: 'gates' } }, 'countRound'],
							},
							{ guard: 'isCurrentJob', target: '#task.failed', actions: 'giveUp' },
						],
						GIT_FAILED: { guard: 'isCurrentJob', target: 'resting', actions: 'noteError' },
					},
				},
				merging: {
					description: 'Moves the base branch on to it. Nothing stops that half-way.',
					entry: ['beginJob', { type: 'merge', params: ({ context }) => mergeJob(context) }],
					on: {
						FAIL: {},
						CANCEL: {},
						MERGED: {
							guard: 'isCurrentJob',
							target: '#task.completed',
							actions: { type: 'noteMerge', params: ({ event }) => event },
						},
						BASE_MOVED: { guard: 'isCurrentJob', target: 'rebasing' },
						MERGE_REFUSED: { guard: 'isCurrentJob', target: 'resting', actions: 'noteError' },
						GIT_FAILED: { guard: 'isCurrentJob', target: 'resting', actions: 'noteError' },
					},
				},
			},
		},

		completed: {
			description: 'Merged. Nothing leads out of it.',
			entry: ['forgetConflicts', { type: 'lookForWork', params: ({ context }) => whoseWork(context) }],
			initial: 'resting',
			on: { FAIL: {}, CANCEL: {} },
			states: {
				resting: { description: 'Worktree and branch are there.', on: { CLEAN_UP: 'cleaning' } },
				cleaning: {
					description: 'Removes worktree and branch.',
					entry: ['beginJob', { type: 'removeWork', params: ({ context }) => currentJob(context) }],
					on: {
						CLEANED: { guard: 'isCurrentJob', target: 'cleaned' },
						GIT_FAILED: { guard: 'isCurrentJob', target: 'resting', actions: 'noteError' },
					},
				},
				cleaned: { description: 'Worktree and branch are gone.', on: { CLEAN_UP: 'cleaning' } },
			},
		},

		failed: {
			description: 'Given up, by itself or by a person; may be tried again.',
			tags: ['needsAttention'],
			entry: { type: 'stopGates', params: ({ context }) => ({ taskId: context.taskId }) },
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
					entry: { type: 'withdrawPrompt', params: ({ context }) => outstandingPrompt(context) },
					after: { promptCheck: { target: 'withdrawing', reenter: true } },
					on: {
						PROMPTED: {
							guard: 'isCurrentPrompt',
							target: 'withdrawing',
							reenter: true,
							actions: { type: 'notePrompt', params: ({ event }) => event },
						},
						PROMPT_REFUSED: { guard: 'isCurrentPrompt', target: 'deciding', actions: 'forgetPrompt' },
						PROMPT_SETTLED: { guard: 'isCurrentPrompt', target: 'deciding', actions: 'forgetPrompt' },
						CANCEL: { actions: 'cleanLater' },
					},
				},
				resting: {
					description: 'Worktree and branch are there.',
					entry: { type: 'lookForWork', params: ({ context }) => whoseWork(context) },
					on: {
						RETRY: { target: '#task.assigned', actions: 'startOver' },
						CLEAN_UP: 'cleaning',
						CANCEL: 'cleaning',
					},
				},
				cleaning: {
					description: 'Removes worktree and branch.',
					entry: ['beginJob', { type: 'removeWork', params: ({ context }) => currentJob(context) }],
					on: {
						CLEANED: { guard: 'isCurrentJob', target: 'cleaned' },
						GIT_FAILED: { guard: 'isCurrentJob', target: 'resting', actions: 'noteError' },
					},
				},
				cleaned: {
					description: 'Worktree and branch are gone.',
					entry: { type: 'lookForWork', params: ({ context }) => whoseWork(context) },
					on: { RETRY: { target: '#task.assigned', actions: 'startOver' }, CLEAN_UP: 'cleaning' },
				},
			},
		},
	},
});
