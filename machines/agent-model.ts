/**
 * The vocabulary of the agent machine: context, events, triggers, and the pure rules it decides by.
 * Everything is JSON; the only clock is `event.at`, which is stamped on every event when it is taken.
 */

import type { EventObject } from 'xstate';
import type { AgentBudget, Spending } from './agent-budget.ts';
import type { GroupCommandEvent } from './agent-group-model.ts';
import { backoffWithJitter } from './backoff.ts';
import type { MachineFailure } from './failure.ts';
import { type OrchestratorCommandEvent, orchestratorAddress } from './orchestrator-model.ts';
import { nextRunState, type RunEvent, type RunState } from './run.ts';

export interface AgentRestart {
	readonly policy: 'permanent' | 'transient' | 'temporary';
	/** More automatic restarts than this within the window, and the agent rests in failed. */
	readonly maxRestarts: number;
	readonly withinSeconds: number;
	readonly backoffMs: { readonly initial: number; readonly max: number };
	/** What is done about an agent that shows no sign of life; `notify` where nothing is said. */
	readonly hung?: 'notify' | 'restart';
}

/** What the machine has to know of the agent's configuration; the rest is in its row. */
export interface AgentSettings {
	readonly transport: 'stdio' | 'websocket';
	readonly restart: AgentRestart;
	readonly interruptedTurn: 'fail' | 'retry' | 'ask' | 'resume';
	/** How long a launch and handshake, or the wait for a dial-in, may take. */
	readonly startupTimeoutMs: number;
	/** How long a dropped socket may stay away. */
	readonly reconnectGraceMs: number;
	/** How long an agent may take to end a turn it was asked to cancel. */
	readonly cancelTimeoutMs: number;
	/** Prompts that may wait. */
	readonly maxQueuedPrompts: number;
	/** Address of the group it belongs to. */
	readonly group?: string | null;
	/** What it may spend. */
	readonly budget?: AgentBudget | null;
}

export interface AgentInput {
	readonly agentId: string;
	readonly autoStart: boolean;
	readonly settings: AgentSettings;
	/** Prompts it is created with. */
	readonly queue: readonly QueuedPrompt[];
	/** Number of its last run, where an agent that had runs is begun afresh; 0 by default. */
	readonly generation?: number;
}

/** The actor that wants to be told what became of a prompt, and what it calls it. */
export interface ReplyTo {
	readonly address: string;
	readonly token: string;
}

export interface QueuedPrompt {
	readonly id: string;
	/** May be run again after an interruption. */
	readonly repeatable: boolean;
	readonly replyTo?: ReplyTo;
}

/** A prompt whose turn is in progress. */
export interface RunningPrompt extends QueuedPrompt {
	/** Who asked to end the turn. */
	readonly cancelledBy?: string;
}

export interface RunRecord {
	readonly id: string;
	readonly state: RunState;
	/** Epoch milliseconds. */
	readonly startedAt: number;
	readonly endedAt: number | null;
	readonly failure: MachineFailure | null;
}

export interface OpenRequest {
	readonly id: string;
	/**
	 * `agent`: raised by the agent; ours are `interruption`, whether to run a prompt again, and
	 * `escalation`, whether to start an agent again that has given up, and `budget`, whether one that has spent
	 * what it may is to go on.
	 */
	readonly origin: 'agent' | 'interruption' | 'escalation' | 'budget';
	/** The prompt whose turn raised it, or that was interrupted; empty where it is about none. */
	readonly promptId: string;
	/** False after a crash, until the agent raises it again. */
	readonly attached: boolean;
	/** The same when the agent raises it again after a crash. */
	readonly fingerprint: string;
	/** A human's answer that has not reached the agent yet; null while it is awaited. */
	readonly answer: Readonly<Record<string, unknown>> | null;
	/** Of the prompt that was interrupted. */
	readonly replyTo?: ReplyTo;
	/** Until it has passed. */
	readonly deadline?: RequestDeadline;
}

/** How long a human is waited for, and what is answered in their place. */
export interface RequestDeadline {
	/** Epoch milliseconds. */
	readonly at: number;
	/** Null: nothing, and the request stays open. */
	readonly answer: Readonly<Record<string, unknown>> | null;
}

/** A failure as it is remembered. */
export interface PastFailure {
	/** Epoch milliseconds. */
	readonly at: number;
	readonly code: string;
	readonly message: string;
}

export interface AgentContext {
	readonly agentId: string;
	/** Whether a launch was asked for when it was created. */
	readonly autoStart: boolean;
	readonly settings: AgentSettings;
	/** Number of the current or last run; 0 before the first. */
	readonly generation: number;
	readonly run: RunRecord | null;
	/** The run before it, as it ended. */
	readonly previousRun: RunRecord | null;
	/** The process of the current run; null for agents that dial in. */
	readonly process: { readonly pid: number; readonly processStart: string | null } | null;
	/** The protocol's own session, for taking it up again in the next run. */
	readonly sessionId: string | null;
	readonly queue: readonly QueuedPrompt[];
	readonly turn: RunningPrompt | null;
	/** A turn to be taken up again as soon as the session is restored. */
	readonly resumable: QueuedPrompt | null;
	/** The agent is to be told, with its next prompt, that its last turn was interrupted. */
	readonly interruptionNotice: boolean;
	readonly requests: readonly OpenRequest[];
	/** Asked to take no prompts, until told (null) or until a time (epoch ms). */
	readonly suspension: { readonly reason: string; readonly until: number | null } | null;
	readonly failure: MachineFailure | null;
	/** When it failed last, epoch ms. */
	readonly failedAt: number | null;
	/** Times of the automatic restarts within the window, epoch ms. */
	readonly restarts: readonly number[];
	/** What led to these restarts, and the failure after the last of them: the oldest first. */
	readonly failures: readonly PastFailure[];
	/** The last usage reported, as the driver tells it. */
	readonly usage: Readonly<Record<string, unknown>> | null;
	readonly spending: Spending;
}

/** Reported by a driver: of one run, ignored when another has begun. */
interface FromRun {
	readonly generation: number;
}

interface ByPeople {
	readonly reason?: string;
	/** Name of the token. */
	readonly by?: string;
}

/** Every event the agent takes, as it is sent. `at` is added when it is taken. */
export type AgentCommandEvent =
	| ({ readonly type: 'SPAWN' } & ByPeople)
	| ({ readonly type: 'STOP' } & ByPeople)
	| ({ readonly type: 'KILL' } & ByPeople)
	| ({ readonly type: 'RESTART' } & ByPeople)
	/** Another member of its group has failed, and takes it along. */
	| {
			readonly type: 'GROUP_RESTART';
			readonly groupId: string;
			readonly failedAgentId: string;
			readonly reason: string;
	  }
	| ({ readonly type: 'SUSPEND'; readonly until?: number } & ByPeople)
	| ({ readonly type: 'RESUME' } & ByPeople)
	| ({ readonly type: 'CANCEL' } & ByPeople)
	| {
			readonly type: 'PROMPT';
			readonly promptId: string;
			readonly repeatable: boolean;
			readonly start?: boolean;
			readonly replyTo?: ReplyTo;
	  }
	| ({ readonly type: 'CANCEL_PROMPT'; readonly promptId: string; readonly onlyQueued?: boolean } & ByPeople)
	| ({
			readonly type: 'ANSWER';
			readonly requestId: string;
			readonly answer: Readonly<Record<string, unknown>>;
	  } & ByPeople)
	| { readonly type: 'CONFIGURE'; readonly settings: Partial<AgentSettings> }
	| ({ readonly type: 'LAUNCHED'; readonly pid: number; readonly processStart: string | null } & FromRun)
	| ({ readonly type: 'LAUNCH_FAILED'; readonly failure: MachineFailure } & FromRun)
	| ({ readonly type: 'CONNECTED'; readonly sessionId: string | null; readonly resumed: boolean } & FromRun)
	| ({ readonly type: 'SESSION_IDENTIFIED'; readonly sessionId: string } & FromRun)
	| ({
			readonly type: 'RESULT';
			readonly promptId: string;
			readonly outcome: 'finished' | 'cancelled' | 'failed';
			readonly stopReason?: string;
			readonly failure?: MachineFailure;
			readonly usage?: Readonly<Record<string, unknown>>;
			/** The cost is the sum of this process, not of the session. */
			readonly costOfRun?: boolean;
	  } & FromRun)
	| ({
			readonly type: 'INPUT_REQUESTED';
			readonly requestId: string;
			readonly fingerprint: string;
			readonly deadline?: RequestDeadline;
	  } & FromRun)
	/** The turn takes as long as people want to know of, or longer than it may. */
	| { readonly type: 'TURN_OVERTIME'; readonly limit: 'soft' | 'hard' }
	/** Nobody has answered in time. */
	| { readonly type: 'REQUEST_OVERDUE'; readonly requestId: string }
	| { readonly type: 'ANSWER_DELIVERED'; readonly requestId: string }
	| ({ readonly type: 'INPUT_WITHDRAWN'; readonly requestId: string; readonly note: string } & FromRun)
	| ({ readonly type: 'PROCESS_EXITED'; readonly clean: boolean; readonly failure: MachineFailure } & FromRun)
	| ({ readonly type: 'DISCONNECTED'; readonly failure: MachineFailure } & FromRun)
	| { readonly type: 'DIALED_IN' }
	| ({
			readonly type: 'UNRESPONSIVE';
			readonly failure: MachineFailure;
			/** How long no sign of life was seen; absent where somebody says so. */
			readonly silentMs?: number;
	  } & FromRun &
			ByPeople)
	| { readonly type: 'RECONCILE'; readonly failure: MachineFailure }
	| { readonly type: 'SHUTDOWN' };

export type AgentEvent = AgentCommandEvent & { readonly at: number };

/** Why a transition happened: the journal's closed vocabulary for agents. */
export const agentTriggers = [
	'Created',
	'Spawn',
	'Launched',
	'Connected',
	'SessionIdentified',
	'SpawnFailed',
	'HandshakeFailed',
	'StartupTimeout',
	'PromptReceived',
	'PromptCancelled',
	'ResultReceived',
	'TurnCancelled',
	'TurnFailed',
	'CancelRequested',
	'InputRequested',
	'InputResolved',
	'InputWithdrawn',
	'DeadlinePassed',
	'TurnOvertime',
	'AnswerDelivered',
	'Suspended',
	'Resumed',
	'ResumeDue',
	'UserTerminated',
	'ProcessExited',
	'ProcessCrashed',
	'Disconnected',
	'DialedIn',
	'Unresponsive',
	'Restart',
	'GroupRestart',
	'BackoffElapsed',
	'Reconciliation',
	'Shutdown',
	'Configured',
] as const;

export type AgentTrigger = (typeof agentTriggers)[number];

const triggerOfEvent: Readonly<Record<AgentCommandEvent['type'], AgentTrigger>> = {
	SPAWN: 'Spawn',
	STOP: 'UserTerminated',
	KILL: 'UserTerminated',
	RESTART: 'Restart',
	GROUP_RESTART: 'GroupRestart',
	SUSPEND: 'Suspended',
	RESUME: 'Resumed',
	CANCEL: 'CancelRequested',
	PROMPT: 'PromptReceived',
	CANCEL_PROMPT: 'PromptCancelled',
	ANSWER: 'InputResolved',
	CONFIGURE: 'Configured',
	LAUNCHED: 'Launched',
	LAUNCH_FAILED: 'HandshakeFailed',
	CONNECTED: 'Connected',
	SESSION_IDENTIFIED: 'SessionIdentified',
	RESULT: 'ResultReceived',
	INPUT_REQUESTED: 'InputRequested',
	INPUT_WITHDRAWN: 'InputWithdrawn',
	REQUEST_OVERDUE: 'DeadlinePassed',
	TURN_OVERTIME: 'TurnOvertime',
	ANSWER_DELIVERED: 'AnswerDelivered',
	PROCESS_EXITED: 'ProcessCrashed',
	DISCONNECTED: 'Disconnected',
	DIALED_IN: 'DialedIn',
	UNRESPONSIVE: 'Unresponsive',
	RECONCILE: 'Reconciliation',
	SHUTDOWN: 'Shutdown',
};

const turnTriggers = { finished: 'ResultReceived', cancelled: 'TurnCancelled', failed: 'TurnFailed' } as const;

/** Failures that mean the program never ran. */
const spawnFailures: ReadonlySet<string> = new Set([
	'command_not_found',
	'spawn_failed',
	'cwd_not_found',
	'driver_not_installed',
	'unknown_driver',
]);

/** The trigger of a step, from its event alone. */
export function triggerOf(event: EventObject): AgentTrigger {
	const known = event as AgentCommandEvent;
	if (known.type === 'RESULT') return turnTriggers[known.outcome];
	if (known.type === 'LAUNCH_FAILED') return spawnFailures.has(known.failure.code) ? 'SpawnFailed' : 'HandshakeFailed';
	if (known.type === 'PROCESS_EXITED') return known.clean ? 'ProcessExited' : 'ProcessCrashed';
	if (event.type === 'xstate.init') return 'Created';
	if (event.type.startsWith('xstate.after.startupDeadline')) return 'StartupTimeout';
	if (event.type.startsWith('xstate.after.backoff')) return 'BackoffElapsed';
	if (event.type.startsWith('xstate.after.resumeTime')) return 'ResumeDue';
	if (event.type.startsWith('xstate.after.cancelDeadline')) return 'Unresponsive';
	return triggerOfEvent[known.type];
}

export type ExecutionState = 'pending' | 'starting' | 'idle' | 'busy' | 'stopped' | 'failed';

/** The status that older clients know. */
export function legacyStatus(state: ExecutionState): 'pending' | 'running' | 'stopped' | 'failed' {
	return state === 'starting' || state === 'idle' || state === 'busy' ? 'running' : state;
}

/** The activity that older clients know. */
export function legacyActivity(state: ExecutionState): 'busy' | 'idle' {
	return state === 'busy' ? 'busy' : 'idle';
}

// --- runs ---------------------------------------------------------------------------------------

export function beginRun(context: AgentContext, at: number): Partial<AgentContext> {
	const generation = context.generation + 1;
	const id = `run_${context.agentId.replace(/^agt_/, '')}_${generation}`;
	return {
		generation,
		run: { id, state: 'spawning', startedAt: at, endedAt: null, failure: null },
		previousRun: context.run,
		process: null,
	};
}

/** The run has shaken hands, and its session was restored or is a fresh one. */
export function connectRun(
	context: AgentContext,
	session: { readonly sessionId: string | null; readonly resumed: boolean },
	at: number,
): Partial<AgentContext> {
	return {
		run: advanceRun(context.run, 'CONNECTED', at),
		sessionId: session.sessionId,
		// A fresh session knows nothing of an interrupted turn.
		interruptionNotice: context.interruptionNotice && session.resumed,
		resumable: null,
		failure: null,
		failedAt: null,
	};
}

/** Moves the run as `machines/run.ts` allows. A run that has ended stays as it is. */
export function advanceRun(
	run: RunRecord | null,
	event: RunEvent,
	at: number,
	failure: MachineFailure | null = null,
): RunRecord | null {
	if (!run || run.endedAt !== null) return run;
	const state = nextRunState(run.state, event);
	return { ...run, state, endedAt: event === 'CONNECTED' ? null : at, failure };
}

/** What the orchestrator is told of an agent whose run has connected, whoever asked for the run. */
export function newsOfConnection({ agentId, generation }: AgentContext): OrchestratorNews {
	return tellOrchestrator({ type: generation === 1 ? 'AGENT_STARTED' : 'AGENT_RESTARTED', agentId, generation });
}

/** What it is told of an agent that nobody will start again by itself. */
export function newsOfEnd({ agentId, generation }: AgentContext): OrchestratorNews {
	return tellOrchestrator({ type: 'AGENT_ENDED', agentId, generation });
}

/** What its group is told of a failure; null for an agent without one, and for a failure that is our own doing. */
export function newsOfFailure({ agentId, generation, settings, failure }: AgentContext): GroupNews | null {
	if (!settings.group || failure === null || isOurOwnDoing(failure)) return null;
	return { to: settings.group, event: { type: 'MEMBER_FAILED', agentId, generation, code: failure.code } };
}

/** Messages, as the action `tell` takes them. */
interface GroupNews {
	readonly to: string;
	readonly event: GroupCommandEvent;
}

interface OrchestratorNews {
	readonly to: string;
	readonly event: OrchestratorCommandEvent;
}

function tellOrchestrator(event: OrchestratorCommandEvent): OrchestratorNews {
	return { to: orchestratorAddress, event };
}

// --- turns and requests -------------------------------------------------------------------------

/**
 * What a turn cut short leaves behind, by the agent's policy: run again (`retry`, repeatable prompts
 * only), taken up again with its session (`resume`), asked about (`ask`), or given up (`fail`). The
 * agent's open requests stay open, detached, until it raises them again.
 */
export function interruptTurn(context: AgentContext): Partial<AgentContext> {
	if (!context.turn) return {};
	const { cancelledBy: _, ...turn } = context.turn;
	const { settings } = context;
	const detached = context.requests.map((request) => ({ ...request, attached: false }));
	const left = { turn: null, interruptionNotice: true, requests: detached };
	if (settings.interruptedTurn === 'resume') return { ...left, resumable: turn };
	if (settings.interruptedTurn === 'retry' && turn.repeatable) return { ...left, queue: [turn, ...context.queue] };
	if (settings.interruptedTurn === 'ask')
		return { ...left, requests: [...detached, interruptionRequest(context, turn)] };
	return left;
}

function interruptionRequest(context: AgentContext, turn: QueuedPrompt): OpenRequest {
	const id = `req_${turn.id.replace(/^pmt_/, '')}_${context.generation}`;
	return { ...newRequest(id, 'interruption', turn.id, turn.id), ...repliedTo(turn) };
}

/** Nothing in the agent waits for the answer, unless it is attached. */
function newRequest(id: string, origin: OpenRequest['origin'], promptId: string, fingerprint: string): OpenRequest {
	return { id, origin, promptId, attached: false, fingerprint, answer: null };
}

/** A turn cut short on purpose stays so, and nothing it asked is waited for any longer. */
export function abandonTurn(context: AgentContext): Partial<AgentContext> {
	return {
		turn: null,
		resumable: null,
		interruptionNotice: context.interruptionNotice || context.turn !== null,
		requests: [],
		suspension: null,
	};
}

export interface Raised {
	readonly requestId: string;
	readonly fingerprint: string;
	readonly deadline?: RequestDeadline;
}

/** Opens a request, or attaches one that the agent raises again; its deadline stays the first one. */
export function openRequest(
	context: AgentContext,
	{ requestId: id, fingerprint, deadline }: Raised,
): Partial<AgentContext> {
	const known = context.requests.find((request) => request.id === id);
	const request: OpenRequest = known
		? { ...known, attached: true }
		: {
				...newRequest(id, 'agent', context.turn?.id ?? '', fingerprint),
				attached: true,
				...(deadline && { deadline }),
			};
	return { requests: [...context.requests.filter((other) => other.id !== id), request] };
}

/**
 * Takes a human's answer. One for the agent stays until it was delivered; one about an interruption
 * is ours: `retry` queues the prompt again, first.
 */
export function answerRequest(
	context: AgentContext,
	requestId: string,
	answer: Readonly<Record<string, unknown>>,
): Partial<AgentContext> {
	const request = context.requests.find(({ id }) => id === requestId);
	if (request?.origin !== 'interruption') {
		return { requests: context.requests.map((other) => (other === request ? { ...other, answer } : other)) };
	}
	const requests = context.requests.filter((other) => other !== request);
	if (answer.optionId !== 'retry') return { requests };
	return { requests, queue: [{ id: request.promptId, repeatable: false, ...repliedTo(request) }, ...context.queue] };
}

/** What is done about a request that nobody has answered in time: its answer is given, or it stays, without a deadline. */
export function passDeadline(context: AgentContext, requestId: string): Partial<AgentContext> {
	return {
		requests: context.requests.map((request) => {
			if (request.id !== requestId) return request;
			const { deadline, ...rest } = request;
			return { ...rest, answer: deadline?.answer ?? null };
		}),
	};
}

/** Id of the timer of a request's deadline. */
export function deadlineId(requestId: string): string {
	return `deadline/${requestId}`;
}

/** Requests whose deadline is to come. */
export function awaitedDeadlines({ requests }: AgentContext): readonly string[] {
	return requests.filter(({ deadline, answer }) => deadline && answer === null).map(({ id }) => id);
}

/** Whom to tell of a prompt goes wherever the prompt goes. */
export function repliedTo({ replyTo }: { readonly replyTo?: ReplyTo }): { readonly replyTo?: ReplyTo } {
	return replyTo ? { replyTo } : {};
}

/** Asks a human what is to become of an agent that has given up. */
export function escalate(context: AgentContext): Partial<AgentContext> {
	const { agentId, generation, requests } = context;
	// An agent gives up at most once in a generation.
	const id = `req_${agentId.replace(/^agt_/, '')}_${generation}_e`;
	return { requests: [...requests, newRequest(id, 'escalation', '', id)] };
}

/** A human's word on what is to become of an agent that has given up. */
export interface EscalationAnswer {
	readonly requestId: string;
	readonly answer: Readonly<Record<string, unknown>>;
}

export function isAboutEscalation({ requests }: AgentContext, { requestId }: EscalationAnswer): boolean {
	return requests.some(({ id, origin }) => id === requestId && origin === 'escalation');
}

export function asksForRestart(context: AgentContext, given: EscalationAnswer): boolean {
	return isAboutEscalation(context, given) && given.answer.optionId === 'restart';
}

/** Whether the turn waits for a human. */
export function isAwaitingAnswer(context: AgentContext): boolean {
	return context.requests.some(({ attached, answer }) => attached && answer === null);
}

// --- supervision --------------------------------------------------------------------------------

/** Restarts that count at `at`: those within the window. */
export function recentRestarts(context: AgentContext, at: number): readonly number[] {
	const since = at - context.settings.restart.withinSeconds * 1_000;
	return context.restarts.filter((time) => time > since);
}

/** Our own restart is nobody's failure: it is neither counted nor waited for. */
export function isOurOwnDoing(failure: MachineFailure | null): boolean {
	return failure?.code === 'interrupted';
}

/** More than these are not remembered, however many restarts the policy allows: they are stored with every step. */
const rememberedFailures = 50;

/** Notes a failure, and forgets those whose restarts do not count any more. */
export function noteFailure(context: AgentContext, failure: MachineFailure, at: number): Partial<AgentContext> {
	if (isOurOwnDoing(failure)) return { failure, failedAt: at };
	const { code, message } = failure;
	const counted = Math.min(recentRestarts(context, at).length + 1, rememberedFailures);
	return { failure, failedAt: at, failures: [...context.failures, { at, code, message }].slice(-counted) };
}

/** Whether the silence of a live run is only told of: what somebody says is taken at their word. */
export function isOnlyTold(
	{ generation, run, settings }: AgentContext,
	silence: { readonly generation: number; readonly silentMs?: number },
): boolean {
	const isLive = silence.generation === generation && run?.endedAt === null;
	return isLive && silence.silentMs !== undefined && settings.restart.hung !== 'restart';
}

export function mayRestart(context: AgentContext): boolean {
	const { failure, failedAt, settings } = context;
	if (settings.restart.policy === 'temporary' || !failure?.retryable) return false;
	return isOurOwnDoing(failure) || !isIntensityExceeded(context, failedAt ?? 0);
}

function isIntensityExceeded(context: AgentContext, at: number): boolean {
	return recentRestarts(context, at).length >= context.settings.restart.maxRestarts;
}

/** Whether it would be restarted, had it not been restarted too often already. */
export function hasFailedTooOften(context: AgentContext): boolean {
	const { failure, failedAt, settings } = context;
	if (settings.restart.policy === 'temporary' || !failure?.retryable || isOurOwnDoing(failure)) return false;
	return isIntensityExceeded(context, failedAt ?? 0);
}

/** The failure of an agent that is given up: how often, within what time, and what happened each time. */
export function givingUp(context: AgentContext): MachineFailure {
	const { failure, settings } = context;
	const { maxRestarts, withinSeconds } = settings.restart;
	const howOften = maxRestarts === 1 ? 'once' : `${maxRestarts} times`;
	return {
		code: 'restart_intensity_exceeded',
		message: `Restarted ${howOften} within ${withinSeconds} s and failed again: ${failure?.message ?? 'unknown'}`,
		retryable: false,
		detail: { last: failure, restarts: context.restarts, failures: context.failures },
	};
}

/** Milliseconds before the next restart: doubled each time, capped, with jitter seeded by the agent's id. */
export function backoffMs(context: AgentContext): number {
	if (isOurOwnDoing(context.failure)) return 0;
	const attempt = recentRestarts(context, context.failedAt ?? 0).length;
	return backoffWithJitter(context.settings.restart.backoffMs, attempt, `${context.agentId}/${context.generation}`);
}
