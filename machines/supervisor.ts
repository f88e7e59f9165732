import { assign, enqueueActions, setup } from 'xstate';
import type { PromptSettled } from './prompt-settlement.ts';
import {
	awaitTasks,
	beginMission,
	type Exchange,
	endTurn,
	isCurrent,
	type KnownSession,
	newEnds,
	type PendingQuestion,
	putBack,
	type RestorationSource,
	type RestoreCommand,
	rememberTurn,
	restore,
	type SupervisorContext,
	type SupervisorEvent,
	type SupervisorInput,
	save,
	type TaskEnd,
	takeAnswer,
	takeEnds,
	takeNote,
	tasksOutstanding,
} from './supervisor-model.ts';

/**
 * The supervisor: an agent's long-running mission. It tells the agent one thing at a time, each by a
 * prompt, and keeps what the mission needs to survive: its tasks, its questions, what it waits for.
 * Rows and requests are projections of its context; what its effects do is registered in `src/supervisors`.
 */
export const supervisorMachine = setup({
	types: {
		context: {} as SupervisorContext,
		events: {} as SupervisorEvent,
		input: {} as SupervisorInput,
		tags: {} as 'ended' | 'needsAttention' | 'waiting',
	},
	actions: {
		// --- effects: run after the commit ------------------------------------------------------
		/** Takes a prompt back, or ends its turn. */
		withdrawPrompt: (_, _params: { agentId: string; promptId: string }) => {},
		/** Reads what was said in a turn that has ended. */
		recallTurn: (_, _params: { agentId: string; promptId: string }) => {},

		// --- telling the agent --------------------------------------------------------------------
		/** Gives the agent the next note, if there is one: the effect `promptAgent`. */
		promptNext: enqueueActions(({ context, enqueue }) => {
			const [note] = context.outbox;
			if (!note) return;
			enqueue.assign(takeNote(context));
			enqueue({ type: 'promptAgent', params: { agentId: context.agentId, note } } as never);
		}),
		notePrompt: assign(({ context }, params: { promptId: string }) => ({
			current: context.current && { ...context.current, promptId: params.promptId },
		})),
		putBack: assign(({ context }) => putBack(context)),
		endTurn: assign(({ context }, settled: Pick<PromptSettled, 'outcome'>) => endTurn(context, settled)),
		rememberTurn: assign(({ context }, turn: Exchange & { session: KnownSession | null }) =>
			rememberTurn(context, turn, turn.session),
		),
		/** Whoever fails it, or gives it to another agent, does not want the turn to go on. */
		withdrawCurrent: enqueueActions(({ context, enqueue }) => {
			const { current, agentId } = context;
			if (current?.promptId == null) return;
			enqueue({ type: 'withdrawPrompt', params: { agentId, promptId: current.promptId } } as never);
		}),
		withdrawMoved: enqueueActions(({ context, enqueue }, params: { agentId: string }) => {
			const { current, agentId } = context;
			if (current?.promptId == null || agentId === params.agentId) return;
			enqueue({ type: 'withdrawPrompt', params: { agentId, promptId: current.promptId } } as never);
		}),

		// --- what it knows ----------------------------------------------------------------------
		report: assign((_, said: { activity?: string; progress?: number }) => ({
			...(said.activity !== undefined && { currentActivity: said.activity }),
			...(said.progress !== undefined && { progress: said.progress }),
		})),
		ask: assign(({ context, event }, asked: { requestId: string } & Omit<PendingQuestion, 'id' | 'askedAt'>) => {
			const { requestId: id, question, choices } = asked;
			const pending = { id, question, choices, context: asked.context, askedAt: event.at };
			return { pendingQuestions: [...context.pendingQuestions, pending] };
		}),
		takeAnswer: assign(
			({ context }, given: { requestId: string; answer: Readonly<Record<string, unknown>>; by?: string }) =>
				takeAnswer(context, given),
		),
		noteTask: assign(({ context }, params: { taskId: string }) => ({
			spawnedTaskIds: [...context.spawnedTaskIds, params.taskId],
		})),
		awaitTasks: assign(({ context }, wish: { taskIds: readonly string[]; mode: 'all' | 'any' }) =>
			awaitTasks(context, wish),
		),
		takeEnds: assign(({ context }, params: { ends: readonly TaskEnd[] }) => takeEnds(context, params.ends)),
		noteError: assign((_, params: { message: string }) => ({ errorMessage: params.message })),
		clearError: assign({ errorMessage: null }),
		/** Nobody is told or asked anything any more. */
		closeMission: assign({ pendingQuestions: [], awaiting: null, outbox: [], current: null }),
		noteSummary: assign((_, params: { summary: string }) => ({ currentActivity: params.summary, progress: 100 })),
		noteInterruption: assign(({ event }, params: { source: RestorationSource; reason: string }) => ({
			interruption: { at: event.at, source: params.source, reason: params.reason },
		})),
		restore: assign(({ context, event }, params: RestoreCommand) => restore(context, params, event.at)),
		/** Looks which of the tasks that are waited for have ended: the effect `checkTasks`. */
		checkAwaited: enqueueActions(({ context, enqueue }) => {
			const taskIds = tasksOutstanding(context.awaiting);
			if (taskIds.length > 0) enqueue({ type: 'checkTasks', params: { taskIds } } as never);
		}),
		/** Makes the step a save point. */
		save: assign(({ context }) => save(context)),
	},
	guards: {
		isCurrentNote: ({ context }, params: { key: string }) => isCurrent(context, params.key),
		isCurrentTurn: ({ context }, params: { token: string }) => isCurrent(context, params.token),
		wasCutShort: ({ context }, params: PromptSettled) =>
			isCurrent(context, params.token) && params.outcome === 'interrupted',
		wentWrong: ({ context }, params: PromptSettled) => isCurrent(context, params.token) && params.outcome === 'failed',
		saysSomething: (_, said: { activity?: string; progress?: number }) =>
			(said.activity !== undefined || said.progress !== undefined) &&
			(said.progress === undefined || (Number.isInteger(said.progress) && said.progress >= 0 && said.progress <= 100)),
		isNewQuestion: ({ context }, params: { requestId: string }) =>
			!context.pendingQuestions.some(({ id }) => id === params.requestId),
		isPendingQuestion: ({ context }, params: { requestId: string }) =>
			context.pendingQuestions.some(({ id }) => id === params.requestId),
		isNewTask: ({ context }, params: { taskId: string }) => !context.spawnedTaskIds.includes(params.taskId),
		isAnyAwaited: ({ context }, params: { ends: readonly TaskEnd[] }) =>
			newEnds(context.awaiting, params.ends).length > 0,
		isTurnUnderWay: ({ context }) => context.current !== null,
		isNoteDue: ({ context }) => context.current === null && context.outbox.length > 0,
		hasNothingToTell: ({ context }) => context.current === null && context.outbox.length === 0,
		hasPendingQuestion: ({ context }) => context.pendingQuestions.length > 0,
		isAwaitingTasks: ({ context }) => context.awaiting !== null,
	},
}).createMachine({
	id: 'supervisor',
	options: { maxIterations: 100 },
	context: ({ input }) => beginMission(input),
	initial: 'initializing',
	on: {
		PROMPTED: [
			{
				guard: { type: 'isCurrentNote', params: ({ event }) => event },
				actions: { type: 'notePrompt', params: ({ event }) => event },
			},
			// It was handed over after the mission had gone to somebody else, or after its end.
			{ actions: { type: 'withdrawPrompt', params: ({ event }) => event } },
		],
		PROMPT_REFUSED: {
			guard: { type: 'isCurrentNote', params: ({ event }) => event },
			target: '.interrupted',
			actions: [
				'putBack',
				{
					type: 'noteInterruption',
					params: ({ event }) => ({ source: 'agent_restart', reason: event.failure.message }),
				},
				'save',
			],
		},
		PROMPT_SETTLED: [
			{
				guard: { type: 'wasCutShort', params: ({ event }) => event },
				target: '.interrupted',
				actions: [
					{ type: 'endTurn', params: ({ event }) => event },
					{
						type: 'noteInterruption',
						params: ({ event }) => ({
							source: 'agent_restart',
							reason: event.failure?.message ?? 'The turn was cut short.',
						}),
					},
					{
						type: 'recallTurn',
						params: ({ context, event }) => ({ agentId: context.agentId, promptId: event.promptId }),
					},
					'save',
				],
			},
			{
				guard: { type: 'wentWrong', params: ({ event }) => event },
				target: '.blocked',
				actions: [
					{ type: 'endTurn', params: ({ event }) => event },
					{
						type: 'noteError',
						params: ({ event }) => ({ message: event.failure?.message ?? 'The turn failed.' }),
					},
					{
						type: 'recallTurn',
						params: ({ context, event }) => ({ agentId: context.agentId, promptId: event.promptId }),
					},
					'save',
				],
			},
			{
				guard: { type: 'isCurrentTurn', params: ({ event }) => event },
				target: '.idle',
				actions: [
					{ type: 'endTurn', params: ({ event }) => event },
					{
						type: 'recallTurn',
						params: ({ context, event }) => ({ agentId: context.agentId, promptId: event.promptId }),
					},
					'save',
				],
			},
		],
		TURN_NOTED: { actions: { type: 'rememberTurn', params: ({ event }) => event } },
		REPORT: {
			guard: { type: 'saysSomething', params: ({ event }) => event },
			actions: { type: 'report', params: ({ event }) => event },
		},
		ASK: {
			guard: { type: 'isNewQuestion', params: ({ event }) => event },
			actions: [{ type: 'ask', params: ({ event }) => event }, 'save'],
		},
		ANSWER: {
			guard: { type: 'isPendingQuestion', params: ({ event }) => event },
			actions: [{ type: 'takeAnswer', params: ({ event }) => event }, 'save'],
		},
		TASK_SPAWNED: {
			guard: { type: 'isNewTask', params: ({ event }) => event },
			actions: [{ type: 'noteTask', params: ({ event }) => event }, 'save'],
		},
		WAIT_FOR_TASKS: { actions: [{ type: 'awaitTasks', params: ({ event }) => event }, 'checkAwaited', 'save'] },
		TASKS_ENDED: {
			guard: { type: 'isAnyAwaited', params: ({ event }) => event },
			actions: [{ type: 'takeEnds', params: ({ event }) => event }, 'save'],
		},
		BLOCK: {
			target: '.blocked',
			actions: [{ type: 'noteError', params: ({ event }) => ({ message: event.reason }) }, 'save'],
		},
		COMPLETE: {
			target: '.completed',
			actions: [{ type: 'noteSummary', params: ({ event }) => event }, 'clearError', 'closeMission', 'save'],
		},
		FAIL: {
			target: '.failed',
			actions: [
				'withdrawCurrent',
				{ type: 'noteError', params: ({ event }) => ({ message: event.reason }) },
				'closeMission',
				'save',
			],
		},
		INTERRUPT: {
			target: '.interrupted',
			actions: [{ type: 'noteInterruption', params: ({ event }) => event }, 'save'],
		},
		RESTORE: {
			target: '.idle',
			actions: [
				{ type: 'withdrawMoved', params: ({ event }) => event },
				{ type: 'restore', params: ({ event }) => event },
				'checkAwaited',
				'save',
			],
		},
	},
	states: {
		initializing: {
			description: 'The agent is being given its mission.',
			entry: 'promptNext',
			always: { guard: 'hasNothingToTell', target: 'interrupted' },
			on: {
				PROMPTED: {
					guard: { type: 'isCurrentNote', params: ({ event }) => event },
					target: 'working',
					actions: [{ type: 'notePrompt', params: ({ event }) => event }, 'save'],
				},
			},
		},

		idle: {
			description: 'The agent has ended its turn, and nothing is waited for.',
			always: [
				{ guard: 'isTurnUnderWay', target: 'working' },
				{ guard: 'isNoteDue', target: 'working', actions: 'promptNext' },
				{ guard: 'hasPendingQuestion', target: 'waiting_for_user' },
				{ guard: 'isAwaitingTasks', target: 'waiting_for_tasks' },
			],
		},

		working: {
			description: 'The agent has a prompt of its mission, or is being given one.',
		},

		waiting_for_user: {
			description: 'Waits for a human to answer.',
			tags: ['waiting', 'needsAttention'],
			always: { guard: 'isNoteDue', target: 'working', actions: 'promptNext' },
		},

		waiting_for_tasks: {
			description: 'Waits for tasks to end.',
			tags: ['waiting'],
			always: [
				{ guard: 'isNoteDue', target: 'working', actions: 'promptNext' },
				{ guard: 'hasPendingQuestion', target: 'waiting_for_user' },
			],
		},

		blocked: {
			description: 'Cannot go on by itself; the error message says why. An answer, tasks that end, or a human help.',
			tags: ['needsAttention'],
			always: { guard: 'isNoteDue', target: 'working', actions: ['clearError', 'promptNext'] },
			on: {
				PROMPT_SETTLED: {
					guard: { type: 'isCurrentTurn', params: ({ event }) => event },
					actions: [
						{ type: 'endTurn', params: ({ event }) => event },
						{
							type: 'recallTurn',
							params: ({ context, event }) => ({ agentId: context.agentId, promptId: event.promptId }),
						},
						'save',
					],
				},
			},
		},

		interrupted: {
			description: 'Its agent was away, or Statecraft was: tells nobody anything until it is restored.',
			on: {
				// The agent's last word, come late: it is told of it again.
				BLOCK: { actions: { type: 'noteError', params: ({ event }) => ({ message: event.reason }) } },
				PROMPT_REFUSED: {
					guard: { type: 'isCurrentNote', params: ({ event }) => event },
					actions: 'putBack',
				},
				PROMPT_SETTLED: {
					guard: { type: 'isCurrentTurn', params: ({ event }) => event },
					actions: [
						{ type: 'endTurn', params: ({ event }) => event },
						{
							type: 'recallTurn',
							params: ({ context, event }) => ({ agentId: context.agentId, promptId: event.promptId }),
						},
					],
				},
			},
		},

		completed: {
			description: 'The mission is accomplished.',
			tags: ['ended'],
			type: 'final',
		},

		failed: {
			description: 'The mission was given up; the error message says why.',
			tags: ['ended', 'needsAttention'],
			type: 'final',
		},
	},
});
