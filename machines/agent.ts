import { assign, type EventObject, enqueueActions, setup } from 'xstate';
import {
	answerBudget,
	type BudgetAnswer,
	beginTurnTime,
	isAboutBudget,
	isOverBudget,
	letPass,
	liftBudget,
	nothingSpent,
	spend,
	stopTurnTime,
	suffices,
	suspendForBudget,
	type TurnUsage,
	turnTimeLeft,
	turnTimers,
} from './agent-budget.ts';
import {
	type AgentContext,
	type AgentEvent,
	type AgentInput,
	type AgentSettings,
	abandonTurn,
	advanceRun,
	answerRequest,
	asksForRestart,
	awaitedDeadlines,
	backoffMs,
	beginRun,
	connectRun,
	deadlineId,
	type EscalationAnswer,
	escalate,
	givingUp,
	hasFailedTooOften,
	interruptTurn,
	isAboutEscalation,
	isAwaitingAnswer,
	isOnlyTold,
	isOurOwnDoing,
	mayRestart,
	newsOfConnection,
	newsOfEnd,
	newsOfFailure,
	noteFailure,
	openRequest,
	passDeadline,
	type Raised,
	type ReplyTo,
	recentRestarts,
	repliedTo,
} from './agent-model.ts';
import type { MachineFailure } from './failure.ts';

/**
 * The agent: six top-level states, which clients and the database know as `executionState`, with
 * nested detail where life is richer. Rows about its runs, prompts and requests are projections of
 * this machine's context; what its effects do is registered in `src/agents`.
 */
export const agentMachine = setup({
	types: {
		context: {} as AgentContext,
		events: {} as AgentEvent,
		input: {} as AgentInput,
		tags: {} as 'alive' | 'available' | 'terminal' | 'needsAttention' | 'restartable',
	},
	actions: {
		// --- effects: run after the commit ------------------------------------------------------
		/** Starts the program, or awaits its dial-in, and shakes hands. */
		launch: (_, _params: { generation: number; resume: string | null }) => {},
		/** Ends the process or connection of a run. */
		endRun: (_, _params: { generation: number; mode: 'graceful' | 'kill' }) => {},
		/** Gives the agent its prompt; a continuation asks it to go on with an interrupted one. */
		deliverPrompt: (_, _params: { generation: number; promptId: string; continuation: boolean; notice: boolean }) => {},
		/** Asks the agent to end its turn. */
		cancelTurn: (_, _params: { generation: number }) => {},
		/** Brings an answer to the agent that asked, now or when it asks again. */
		deliverAnswer: (_, _params: { generation: number; requestId: string }) => {},

		// --- writes: in the transaction of the step ---------------------------------------------------
		/** Tells people of an agent that shows no sign of life. */
		reportSilence: (_, _params: { generation: number; silentMs?: number }) => {},

		// --- messages: stored with the step ---------------------------------------------------------
		/** Tells another actor. */
		tell: (_, _params: { to: string; event: EventObject }) => {},
		/** A failure of its own may concern the others of its group. */
		tellGroup: enqueueActions(({ context, enqueue }) => {
			const news = newsOfFailure(context);
			if (news) enqueue({ type: 'tell', params: news } as never);
		}),

		// --- runs -------------------------------------------------------------------------------
		beginRun: assign(({ context, event }) => beginRun(context, event.at)),
		setProcess: assign((_, process: { pid: number; processStart: string | null }) => ({ process })),
		connectRun: assign(({ context, event }, params: { sessionId: string | null; resumed: boolean }) =>
			connectRun(context, params, event.at),
		),
		setSession: assign((_, params: { sessionId: string }) => ({ sessionId: params.sessionId })),
		completeRun: assign(({ context, event }) => ({
			run: advanceRun(context.run, 'COMPLETE', event.at),
			process: null,
		})),
		killRun: assign(({ context, event }) => ({ run: advanceRun(context.run, 'KILL', event.at), process: null })),
		failRun: assign(({ context, event }, failure: MachineFailure) => ({
			run: advanceRun(context.run, 'FAIL', event.at, failure),
			process: null,
		})),

		// --- supervision ------------------------------------------------------------------------
		recordFailure: assign(({ context, event }, failure: MachineFailure) => noteFailure(context, failure, event.at)),
		giveUp: assign(({ context }) => ({ failure: givingUp(context) })),
		escalate: assign(({ context }) => escalate(context)),
		closeEscalation: assign(({ context }) => ({
			requests: context.requests.filter(({ origin }) => origin !== 'escalation'),
		})),
		countRestart: assign(({ context, event }) =>
			isOurOwnDoing(context.failure) ? {} : { restarts: [...recentRestarts(context, event.at), event.at] },
		),
		forgetFailures: assign({ failure: null, failedAt: null, restarts: [], failures: [] }),
		configure: assign(({ context }, settings: Partial<AgentSettings>) => ({
			settings: { ...context.settings, ...settings },
		})),

		// --- turns ------------------------------------------------------------------------------
		enqueuePrompt: assign(({ context }, params: { promptId: string; repeatable: boolean; replyTo?: ReplyTo }) => ({
			queue: [...context.queue, { id: params.promptId, repeatable: params.repeatable, ...repliedTo(params) }],
		})),
		dropPrompt: assign(({ context }, params: { promptId: string }) => ({
			queue: context.queue.filter(({ id }) => id !== params.promptId),
		})),
		startNextTurn: assign(({ context }) => ({
			turn: context.queue[0] ?? null,
			queue: context.queue.slice(1),
			spending: beginTurnTime(context),
		})),
		continueTurn: assign(({ context }) => ({ turn: context.resumable, spending: beginTurnTime(context) })),
		noteCanceller: assign(({ context }, params: { by?: string }) => ({
			turn: context.turn && { ...context.turn, ...(params.by !== undefined && { cancelledBy: params.by }) },
		})),
		noticeGiven: assign({ interruptionNotice: false }),
		endTurn: assign(({ context }, params: TurnUsage) => ({
			turn: null,
			spending: spend(context, params),
			usage: params.usage ?? context.usage,
			requests: context.requests.filter(({ origin }) => origin !== 'agent'),
		})),
		/** What becomes of a turn cut short is the agent's policy. */
		interruptTurn: assign(({ context }) => interruptTurn(context)),
		/** A turn cut short on purpose stays so. */
		abandonTurn: assign(({ context }) => abandonTurn(context)),

		// --- requests and suspension --------------------------------------------------------------
		openRequest: enqueueActions(({ context, event, enqueue }, raised: Raised) => {
			enqueue.assign(openRequest(context, raised));
			const { requestId, deadline } = raised;
			if (!deadline || context.requests.some(({ id }) => id === requestId)) return;
			const options = { id: deadlineId(requestId), delay: Math.max(0, deadline.at - event.at) };
			enqueue.raise({ type: 'REQUEST_OVERDUE', requestId } as AgentEvent, options);
		}),
		passDeadline: assign(({ context }, params: { requestId: string }) => passDeadline(context, params.requestId)),
		/** Of one request, or of all of the agent. */
		cancelDeadlines: enqueueActions(({ context, enqueue }, params?: { requestId: string }) => {
			for (const id of awaitedDeadlines(context)) {
				if (params === undefined || params.requestId === id) enqueue.cancel(deadlineId(id));
			}
		}),
		closeRequest: assign(({ context }, params: { requestId: string }) => ({
			requests: context.requests.filter(({ id }) => id !== params.requestId),
		})),
		closeAgentRequests: assign(({ context }) => ({
			requests: context.requests.filter(({ origin }) => origin !== 'agent'),
		})),
		takeAnswer: assign(({ context }, params: { requestId: string; answer: Readonly<Record<string, unknown>> }) =>
			answerRequest(context, params.requestId, params.answer),
		),
		suspend: assign((_, params: { reason?: string; until?: number }) => ({
			suspension: { reason: params.reason ?? 'operator', until: params.until ?? null },
		})),
		/** Whoever lifts a suspension allows another turn, whatever was spent. */
		clearSuspension: assign(({ context }) => ({ ...letPass(context), suspension: null })),
		endSuspension: assign({ suspension: null }),

		// --- budget -----------------------------------------------------------------------------
		suspendForBudget: assign(({ context }) => suspendForBudget(context)),
		answerBudget: assign(({ context }, params: BudgetAnswer) => answerBudget(context, params)),
		liftBudget: assign(({ context }) => liftBudget(context)),
		startTurnClock: enqueueActions(({ context, event, enqueue }) => {
			const limits = turnTimeLeft(context);
			if (limits.length === 0) return;
			enqueue.assign({ spending: { ...context.spending, workingSince: event.at } });
			for (const [limit, delay] of limits) {
				enqueue.raise({ type: 'TURN_OVERTIME', limit } as AgentEvent, { id: turnTimers[limit], delay });
			}
		}),
		stopTurnClock: enqueueActions(({ context, event, enqueue }) => {
			if (context.spending.workingSince === null) return;
			// Both: the budget may be another by now.
			for (const id of Object.values(turnTimers)) enqueue.cancel(id);
			enqueue.assign({ spending: stopTurnTime(context, event.at) });
		}),
		noteSlowTurn: assign(({ context: { spending } }) => ({
			spending: { ...spending, warned: [...spending.warned, 'turnSeconds' as const] },
		})),
		noteOvertime: assign(({ context }) => ({ spending: { ...context.spending, overtime: true } })),
	},
	guards: {
		isCurrentRun: ({ context }, params: { generation: number }) => params.generation === context.generation,
		/** A run is under way. */
		isLive: ({ context }) => context.run !== null && context.run.endedAt === null,
		isLiveRun: ({ context }, params: { generation: number }) =>
			params.generation === context.generation && context.run?.endedAt === null,
		isOnlyTold: ({ context }, params: { generation: number; silentMs?: number }) => isOnlyTold(context, params),
		/** An agent that dials in may still be there, and come back. */
		isAwaitable: ({ context }) =>
			context.settings.transport === 'websocket' && context.run !== null && context.run.endedAt === null,
		isCurrentTurn: ({ context }, params: { generation: number; promptId: string }) =>
			params.generation === context.generation && params.promptId === context.turn?.id,
		isRunningPrompt: ({ context }, params: { promptId: string; onlyQueued?: boolean }) =>
			params.promptId === context.turn?.id && params.onlyQueued !== true,
		isQueuedPrompt: ({ context }, params: { promptId: string }) =>
			context.queue.some(({ id }) => id === params.promptId),
		hasRoom: ({ context }) => context.queue.length < context.settings.maxQueuedPrompts,
		mayStart: ({ context }, params: { start?: boolean }) =>
			params.start === true && context.queue.length < context.settings.maxQueuedPrompts,
		hasQueuedPrompt: ({ context }) => context.queue.length > 0,
		isSuspended: ({ context }) => context.suspension !== null,
		isOverBudget: ({ context }) => isOverBudget(context),
		isAboutBudget: ({ context }, params: BudgetAnswer) => isAboutBudget(context, params),
		letsGoOn: ({ context }, params: BudgetAnswer) =>
			context.suspension?.reason === 'budget' &&
			isAboutBudget(context, params) &&
			(params.answer.optionId === 'raise' || params.answer.optionId === 'resume'),
		asksToStop: ({ context }, params: BudgetAnswer) =>
			isAboutBudget(context, params) && params.answer.optionId === 'stop' && context.run?.endedAt === null,
		suffices: ({ context }, params: { settings: Partial<AgentSettings> }) => suffices(context, params.settings.budget),
		isHardLimit: (_, params: { limit: 'soft' | 'hard' }) => params.limit === 'hard',
		hasResumeTime: ({ context }) => context.suspension?.until != null,
		mayRestart: ({ context }) => mayRestart(context),
		hasFailedTooOften: ({ context }) => hasFailedTooOften(context),
		isTemporary: ({ context }) => context.settings.restart.policy === 'temporary',
		mayRelaunch: ({ context }) =>
			context.settings.transport === 'websocket' || context.settings.restart.policy !== 'temporary',
		dialsIn: ({ context }) => context.settings.transport === 'websocket',
		wasLaunchAskedFor: ({ context }) => context.autoStart,
		isCleanExit: ({ context }, params: { generation: number; clean: boolean }) =>
			params.generation === context.generation && params.clean && context.settings.restart.policy !== 'permanent',
		canContinueTurn: ({ context }, params: { generation: number; resumed: boolean }) =>
			params.generation === context.generation &&
			params.resumed &&
			context.resumable !== null &&
			context.suspension === null,
		isOpenRequest: ({ context }, params: { requestId: string }) =>
			context.requests.some(({ id, answer }) => id === params.requestId && answer === null),
		/** No deadline answers it. */
		isKeptOpen: ({ context }, params: { requestId: string }) =>
			context.requests.some(
				({ id, answer, deadline }) => id === params.requestId && answer === null && !deadline?.answer,
			),
		/** Closing one that nobody answered would lose a question. */
		isAnsweredRequest: ({ context }, params: { requestId: string }) =>
			context.requests.some(({ id, answer }) => id === params.requestId && answer !== null),
		isOpenInRun: ({ context }, params: { generation: number; requestId: string }) =>
			params.generation === context.generation &&
			context.requests.some(({ id, answer }) => id === params.requestId && answer === null),
		isAboutInterruption: ({ context }, params: { requestId: string }) =>
			context.requests.some(({ id, origin }) => id === params.requestId && origin === 'interruption'),
		isAboutEscalation: ({ context }, params: EscalationAnswer) => isAboutEscalation(context, params),
		asksForRestart: ({ context }, params: EscalationAnswer) => asksForRestart(context, params),
		isAwaitingAnswer: ({ context }) => isAwaitingAnswer(context),
		isNotAwaitingAnswer: ({ context }) => !isAwaitingAnswer(context),
	},
	delays: {
		/** A launch and handshake, or the wait for a dial-in. */
		startupDeadline: ({ context }) =>
			context.settings.transport === 'websocket'
				? context.settings.reconnectGraceMs
				: context.settings.startupTimeoutMs,
		cancelDeadline: ({ context }) => context.settings.cancelTimeoutMs,
		backoff: ({ context }) => backoffMs(context),
		resumeTime: ({ context, event }) => Math.max(0, (context.suspension?.until ?? event.at) - event.at),
	},
}).createMachine({
	id: 'agent',
	options: { maxIterations: 100 },
	context: ({ input }) => ({
		agentId: input.agentId,
		autoStart: input.autoStart,
		settings: input.settings,
		generation: input.generation ?? 0,
		run: null,
		previousRun: null,
		process: null,
		sessionId: null,
		queue: input.queue,
		turn: null,
		resumable: null,
		interruptionNotice: false,
		requests: [],
		suspension: null,
		failure: null,
		failedAt: null,
		restarts: [],
		failures: [],
		usage: null,
		spending: nothingSpent,
	}),
	initial: 'pending',
	on: {
		STOP: {
			guard: 'isLive',
			target: '.stopped',
			actions: [
				{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'graceful' }) },
				'completeRun',
			],
		},
		KILL: {
			guard: 'isLive',
			target: '.stopped',
			actions: [
				{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'kill' }) },
				'killRun',
			],
		},
		SHUTDOWN: {
			guard: 'isLive',
			target: '.stopped',
			actions: [
				{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'graceful' }) },
				'completeRun',
			],
		},
		PROCESS_EXITED: {
			guard: { type: 'isLiveRun', params: ({ event }) => event },
			target: '.failed',
			actions: { type: 'recordFailure', params: ({ event }) => event.failure },
		},
		DISCONNECTED: {
			guard: { type: 'isLiveRun', params: ({ event }) => event },
			target: '.starting',
			actions: { type: 'failRun', params: ({ event }) => event.failure },
		},
		UNRESPONSIVE: [
			{
				guard: { type: 'isOnlyTold', params: ({ event }) => event },
				actions: { type: 'reportSilence', params: ({ event }) => event },
			},
			{
				guard: { type: 'isLiveRun', params: ({ event }) => event },
				target: '.failed',
				actions: [
					{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'kill' }) },
					{ type: 'reportSilence', params: ({ event }) => event },
					{ type: 'recordFailure', params: ({ event }) => event.failure },
				],
			},
		],
		RECONCILE: [
			{
				guard: 'isAwaitable',
				target: '.starting',
				actions: { type: 'failRun', params: ({ event }) => event.failure },
			},
			{
				guard: 'isLive',
				target: '.failed',
				actions: { type: 'recordFailure', params: ({ event }) => event.failure },
			},
		],
		SESSION_IDENTIFIED: {
			guard: { type: 'isLiveRun', params: ({ event }) => event },
			actions: { type: 'setSession', params: ({ event }) => event },
		},
		CONFIGURE: { actions: { type: 'configure', params: ({ event }) => event.settings } },
		PROMPT: { guard: 'hasRoom', actions: { type: 'enqueuePrompt', params: ({ event }) => event } },
		CANCEL_PROMPT: {
			guard: { type: 'isQueuedPrompt', params: ({ event }) => event },
			actions: { type: 'dropPrompt', params: ({ event }) => event },
		},
		ANSWER: [
			{
				guard: { type: 'asksToStop', params: ({ event }) => event },
				target: '.stopped',
				actions: [
					{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'graceful' }) },
					'completeRun',
				],
			},
			{
				guard: { type: 'isAboutBudget', params: ({ event }) => event },
				actions: { type: 'answerBudget', params: ({ event }) => event },
			},
			{
				guard: { type: 'isAboutInterruption', params: ({ event }) => event },
				actions: { type: 'takeAnswer', params: ({ event }) => event },
			},
			{
				guard: { type: 'isOpenRequest', params: ({ event }) => event },
				actions: [
					{ type: 'cancelDeadlines', params: ({ event }) => event },
					{ type: 'takeAnswer', params: ({ event }) => event },
					{
						type: 'deliverAnswer',
						params: ({ context, event }) => ({ generation: context.generation, requestId: event.requestId }),
					},
				],
			},
		],
		REQUEST_OVERDUE: [
			{
				guard: { type: 'isKeptOpen', params: ({ event }) => event },
				actions: { type: 'passDeadline', params: ({ event }) => event },
			},
			{
				guard: { type: 'isOpenRequest', params: ({ event }) => event },
				actions: [
					{ type: 'passDeadline', params: ({ event }) => event },
					{
						type: 'deliverAnswer',
						params: ({ context, event }) => ({ generation: context.generation, requestId: event.requestId }),
					},
				],
			},
		],
		ANSWER_DELIVERED: {
			guard: { type: 'isAnsweredRequest', params: ({ event }) => event },
			actions: { type: 'closeRequest', params: ({ event }) => event },
		},
	},
	states: {
		pending: {
			description: 'A record; nothing was launched.',
			on: {
				SPAWN: 'starting',
				DIALED_IN: { guard: 'dialsIn', target: 'starting' },
				STOP: 'stopped',
				KILL: 'stopped',
				RECONCILE: {
					guard: 'wasLaunchAskedFor',
					target: 'failed',
					actions: { type: 'recordFailure', params: ({ event }) => event.failure },
				},
				PROMPT: [
					{
						guard: { type: 'mayStart', params: ({ event }) => event },
						target: 'starting',
						actions: { type: 'enqueuePrompt', params: ({ event }) => event },
					},
					{ guard: 'hasRoom', actions: { type: 'enqueuePrompt', params: ({ event }) => event } },
				],
			},
		},

		starting: {
			description: 'Launching and shaking hands, or waiting for the agent to dial in.',
			tags: ['alive'],
			entry: [
				'interruptTurn',
				'beginRun',
				{ type: 'launch', params: ({ context }) => ({ generation: context.generation, resume: context.sessionId }) },
			],
			on: {
				LAUNCHED: {
					guard: { type: 'isCurrentRun', params: ({ event }) => event },
					actions: {
						type: 'setProcess',
						params: ({ event }) => ({ pid: event.pid, processStart: event.processStart }),
					},
				},
				CONNECTED: [
					{
						guard: { type: 'canContinueTurn', params: ({ event }) => event },
						target: 'busy',
						actions: [
							'continueTurn',
							{ type: 'connectRun', params: ({ event }) => event },
							{ type: 'tell', params: ({ context }) => newsOfConnection(context) },
							{
								type: 'deliverPrompt',
								params: ({ context }) => ({
									generation: context.generation,
									promptId: context.turn?.id ?? '',
									continuation: true,
									notice: true,
								}),
							},
							'noticeGiven',
						],
					},
					{
						guard: { type: 'isCurrentRun', params: ({ event }) => event },
						target: 'idle',
						actions: [
							{ type: 'connectRun', params: ({ event }) => event },
							{ type: 'tell', params: ({ context }) => newsOfConnection(context) },
						],
					},
				],
				LAUNCH_FAILED: {
					guard: { type: 'isCurrentRun', params: ({ event }) => event },
					target: 'failed',
					actions: { type: 'recordFailure', params: ({ event }) => event.failure },
				},
				SUSPEND: { actions: { type: 'suspend', params: ({ event }) => event } },
				RESUME: { guard: 'isSuspended', actions: 'clearSuspension' },
			},
			after: {
				startupDeadline: [
					{
						guard: 'dialsIn',
						target: 'failed',
						actions: [
							// Nobody waits any longer: the next dial-in begins a run of its own.
							{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'kill' }) },
							{
								type: 'recordFailure',
								params: {
									code: 'connection_lost',
									message:
										'The agent has not dialled in so far. Nothing needs to be done here: it is taken up as soon as it does.',
									retryable: false,
								},
							},
						],
					},
					{
						target: 'failed',
						actions: [
							{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'kill' }) },
							{
								type: 'recordFailure',
								params: {
									code: 'startup_timeout',
									message: 'The agent did not complete its handshake within the startup deadline.',
									retryable: true,
								},
							},
						],
					},
				],
			},
		},

		idle: {
			description: 'Connected, no turn in progress.',
			tags: ['alive'],
			initial: 'ready',
			on: {
				RESTART: {
					target: 'starting',
					actions: [
						{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'graceful' }) },
						'completeRun',
						'forgetFailures',
					],
				},
				GROUP_RESTART: {
					target: 'starting',
					actions: [
						{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'graceful' }) },
						'completeRun',
					],
				},
				PROCESS_EXITED: {
					guard: { type: 'isCleanExit', params: ({ event }) => event },
					target: 'stopped',
					actions: 'completeRun',
				},
				RECONCILE: {
					guard: 'mayRelaunch',
					target: 'starting',
					actions: { type: 'failRun', params: ({ event }) => event.failure },
				},
			},
			states: {
				ready: {
					description: 'Takes the next prompt.',
					tags: ['available'],
					on: { SUSPEND: { actions: { type: 'suspend', params: ({ event }) => event } } },
					always: [
						{ guard: 'isSuspended', target: 'suspended' },
						{ guard: 'isOverBudget', target: 'suspended', actions: 'suspendForBudget' },
						{
							guard: 'hasQueuedPrompt',
							target: '#agent.busy',
							actions: [
								'startNextTurn',
								{
									type: 'deliverPrompt',
									params: ({ context }) => ({
										generation: context.generation,
										promptId: context.turn?.id ?? '',
										continuation: false,
										notice: context.interruptionNotice,
									}),
								},
								'noticeGiven',
							],
						},
					],
				},
				suspended: {
					description: 'Takes no prompts; they wait.',
					initial: 'untilTold',
					on: {
						RESUME: { target: 'ready', actions: 'clearSuspension' },
						ANSWER: {
							guard: { type: 'letsGoOn', params: ({ event }) => event },
							target: 'ready',
							actions: { type: 'answerBudget', params: ({ event }) => event },
						},
						CONFIGURE: {
							guard: { type: 'suffices', params: ({ event }) => event },
							target: 'ready',
							actions: [{ type: 'configure', params: ({ event }) => event.settings }, 'liftBudget'],
						},
						SUSPEND: {
							target: 'suspended',
							reenter: true,
							actions: { type: 'suspend', params: ({ event }) => event },
						},
					},
					states: {
						untilTold: { always: { guard: 'hasResumeTime', target: 'untilTime' } },
						untilTime: {
							after: { resumeTime: { target: '#agent.idle.ready', actions: 'endSuspension' } },
						},
					},
				},
			},
		},

		busy: {
			description: 'A turn is in progress.',
			tags: ['alive'],
			initial: 'working',
			on: {
				RESULT: {
					guard: { type: 'isCurrentTurn', params: ({ event }) => event },
					target: 'idle',
					actions: ['cancelDeadlines', { type: 'endTurn', params: ({ event }) => event }],
				},
				INPUT_WITHDRAWN: {
					guard: { type: 'isOpenInRun', params: ({ event }) => event },
					actions: [
						{ type: 'cancelDeadlines', params: ({ event }) => event },
						{ type: 'closeRequest', params: ({ event }) => event },
					],
				},
				SUSPEND: { actions: { type: 'suspend', params: ({ event }) => event } },
				RESUME: { guard: 'isSuspended', actions: 'clearSuspension' },
				RESTART: {
					target: 'starting',
					actions: [
						{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'graceful' }) },
						'completeRun',
						'forgetFailures',
					],
				},
				GROUP_RESTART: {
					target: 'starting',
					actions: [
						{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'graceful' }) },
						'completeRun',
					],
				},
			},
			states: {
				working: {
					description: 'The agent works on its prompt.',
					entry: 'startTurnClock',
					exit: 'stopTurnClock',
					always: { guard: 'isAwaitingAnswer', target: 'awaitingInput' },
					on: {
						INPUT_REQUESTED: {
							guard: { type: 'isCurrentRun', params: ({ event }) => event },
							actions: { type: 'openRequest', params: ({ event }) => event },
						},
						CANCEL: {
							target: 'cancelling',
							actions: [
								{ type: 'noteCanceller', params: ({ event }) => event },
								{ type: 'cancelTurn', params: ({ context }) => ({ generation: context.generation }) },
							],
						},
						TURN_OVERTIME: [
							{
								guard: { type: 'isHardLimit', params: ({ event }) => event },
								target: 'cancelling',
								actions: [
									'noteOvertime',
									{ type: 'noteCanceller', params: { by: 'budget' } },
									{ type: 'cancelTurn', params: ({ context }) => ({ generation: context.generation }) },
								],
							},
							{ actions: 'noteSlowTurn' },
						],
						CANCEL_PROMPT: {
							guard: { type: 'isRunningPrompt', params: ({ event }) => event },
							target: 'cancelling',
							actions: [
								{ type: 'noteCanceller', params: ({ event }) => event },
								{ type: 'cancelTurn', params: ({ context }) => ({ generation: context.generation }) },
							],
						},
					},
				},
				awaitingInput: {
					description: 'The agent waits for a human.',
					tags: ['needsAttention'],
					always: { guard: 'isNotAwaitingAnswer', target: 'working' },
					on: {
						INPUT_REQUESTED: {
							guard: { type: 'isCurrentRun', params: ({ event }) => event },
							actions: { type: 'openRequest', params: ({ event }) => event },
						},
						CANCEL: {
							target: 'cancelling',
							actions: [
								'cancelDeadlines',
								'closeAgentRequests',
								{ type: 'noteCanceller', params: ({ event }) => event },
								{ type: 'cancelTurn', params: ({ context }) => ({ generation: context.generation }) },
							],
						},
						CANCEL_PROMPT: {
							guard: { type: 'isRunningPrompt', params: ({ event }) => event },
							target: 'cancelling',
							actions: [
								'cancelDeadlines',
								'closeAgentRequests',
								{ type: 'noteCanceller', params: ({ event }) => event },
								{ type: 'cancelTurn', params: ({ context }) => ({ generation: context.generation }) },
							],
						},
					},
				},
				cancelling: {
					description: 'The agent was asked to end its turn.',
					after: {
						cancelDeadline: {
							target: '#agent.failed',
							actions: [
								{ type: 'endRun', params: ({ context }) => ({ generation: context.generation, mode: 'kill' }) },
								{
									type: 'recordFailure',
									params: {
										code: 'unresponsive',
										message: 'The agent did not end its turn when it was asked to.',
										retryable: true,
									},
								},
							],
						},
					},
				},
			},
		},

		stopped: {
			description: 'Ended on purpose, or exited cleanly.',
			tags: ['terminal', 'restartable'],
			entry: ['cancelDeadlines', 'abandonTurn', { type: 'tell', params: ({ context }) => newsOfEnd(context) }],
			on: {
				RESTART: { target: 'starting', actions: 'forgetFailures' },
				PROMPT: [
					{
						guard: { type: 'mayStart', params: ({ event }) => event },
						target: 'starting',
						actions: ['forgetFailures', { type: 'enqueuePrompt', params: ({ event }) => event }],
					},
					{},
				],
			},
		},

		failed: {
			description: 'Ended badly; the failure says why.',
			tags: ['restartable'],
			initial: 'deciding',
			entry: [
				'interruptTurn',
				{
					type: 'failRun',
					params: ({ context }) => context.failure ?? { code: 'internal', message: 'It failed.', retryable: false },
				},
				'tellGroup',
			],
			on: {
				RESTART: { target: 'starting', actions: 'forgetFailures' },
				DIALED_IN: { guard: 'dialsIn', target: 'starting' },
				STOP: 'stopped',
				KILL: 'stopped',
			},
			states: {
				deciding: {
					always: [
						{ guard: 'mayRestart', target: 'backingOff' },
						{ guard: 'hasFailedTooOften', target: 'resting', actions: ['giveUp', 'escalate'] },
						{ guard: 'isTemporary', target: 'resting' },
						{ target: 'resting', actions: 'escalate' },
					],
				},
				backingOff: {
					description: 'Waits for its next supervised restart.',
					after: { backoff: { target: '#agent.starting', actions: 'countRestart' } },
				},
				resting: {
					description: 'Has given up; a human decides.',
					tags: ['terminal', 'needsAttention'],
					entry: { type: 'tell', params: ({ context }) => newsOfEnd(context) },
					exit: 'closeEscalation',
					on: {
						ANSWER: [
							{
								guard: { type: 'asksForRestart', params: ({ event }) => event },
								target: '#agent.starting',
								actions: 'forgetFailures',
							},
							{ guard: { type: 'isAboutEscalation', params: ({ event }) => event }, actions: 'closeEscalation' },
						],
						PROMPT: [
							{
								guard: { type: 'mayStart', params: ({ event }) => event },
								target: '#agent.starting',
								actions: ['forgetFailures', { type: 'enqueuePrompt', params: ({ event }) => event }],
							},
							{},
						],
					},
				},
			},
		},
	},
});
