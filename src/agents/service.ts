/**
 * What can be done with agents: the one door for routes, streams, the CLI's server side and, later,
 * workflows. Every method resolves after the commit and rejects with a StatecraftError.
 */

import type { WebSocket } from 'ws';
import type { AgentBudget } from '../../machines/agent-budget.ts';
import type { ReplyTo } from '../../machines/agent-model.ts';
import type { DomainRecord } from '../durable/store.ts';
import type { ToolPolicy } from '../requests/policy/schema.ts';
import type { ContentBlock, RequestAnswer } from './drivers/driver.ts';
import type { DriverConfigView, PromptView } from './views.ts';

export interface RestartPolicy {
	/** permanent: always; transient: only after a failure; temporary: never. */
	readonly policy: 'permanent' | 'transient' | 'temporary';
	/** More restarts than this within the window, and the agent rests in failed. */
	readonly maxRestarts: number;
	readonly withinSeconds: number;
	readonly backoffMs: { readonly initial: number; readonly max: number };
	/** What is done about an agent that shows no sign of life: tell of it, or restart it as if it had failed. */
	readonly hung: 'notify' | 'restart';
}

export type InterruptedTurnPolicy = 'fail' | 'retry' | 'ask' | 'resume';

export interface CreateAgent {
	readonly name: string;
	readonly driver: DriverConfigView;
	/** Absolute. */
	readonly cwd: string;
	/** First prompt, queued before the launch. */
	readonly prompt?: string;
	/** Default true. */
	readonly autoStart?: boolean;
	readonly restart?: Partial<RestartPolicy>;
	/** Default `fail`. */
	readonly interruptedTurn?: InterruptedTurnPolicy;
	/** Null takes it away: a human is asked. */
	readonly policy?: ToolPolicy | null;
	/** Null takes it away. */
	readonly budget?: AgentBudget | null;
	readonly labels?: Readonly<Record<string, string>>;
}

export type PatchAgent = Partial<Omit<CreateAgent, 'prompt' | 'autoStart'>>;

/** Commands of `POST /agents/{id}/<command>`. */
/** When a suspended agent resumes by itself: epoch milliseconds. */
export interface Suspension {
	readonly until?: number;
}

export type AgentCommand = 'start' | 'stop' | 'restart' | 'suspend' | 'resume' | 'cancel' | 'kill';

/** Makes a change conditional, and says who asks and why. */
export interface Conditions {
	/** Refused with `stale_state` unless the agent is in this executionState. */
	readonly expectedState?: string;
	/** Refused with `stale_state` unless the agent has this version. */
	readonly expectedVersion?: number;
	readonly reason?: string;
	/** Name of the token, for the audit. */
	readonly by: string;
	/**
	 * Rows that ride in the same transaction, given the id of what is made or changed (agent, prompt,
	 * request): for instance the idempotency key, which must name a resource that has no id before.
	 */
	readonly records?: (id: string) => readonly DomainRecord[];
}

export interface SubmitPrompt {
	readonly text: string;
	readonly content?: readonly ContentBlock[];
	readonly idempotencyKey?: string;
	readonly repeatable?: boolean;
	/** Start the agent if it is stopped or rests in failed, instead of refusing. */
	readonly start?: boolean;
	/** Tool policy of its turn alone. */
	readonly policy?: ToolPolicy;
	/** A durable actor that is told PROMPT_SETTLED, with the token, once the prompt is settled for good. */
	readonly replyTo?: ReplyTo;
}

/** Shown once: how an agent dials in. */
export interface ConnectOffer {
	/** Path and query of the WebSocket, without scheme and host. */
	readonly path: string;
	readonly token: string;
}

/** A question that an agent puts to a human by a tool. */
export interface AskQuestion {
	readonly question: string;
	readonly choices?: readonly string[];
	/** What a human needs to know to answer it. */
	readonly context?: string;
	/** Names the question among all of the agent: asked again under it, for instance after a crash, it is the first one. */
	readonly key: string;
}

export interface Questions {
	/** Opens a request to a human and waits for nothing: the answer reaches the agent as a prompt. */
	ask(agentId: string, question: AskQuestion): Promise<{ readonly requestId: string; readonly repeated: boolean }>;
}

export interface AgentService {
	create(
		input: CreateAgent,
		conditions: Conditions,
	): Promise<{ readonly id: string; readonly connect: ConnectOffer | null }>;
	patch(id: string, change: PatchAgent, conditions: Conditions): Promise<{ readonly restartRequired: boolean }>;
	/** Ends the agent if it lives and removes it with its prompts, runs and requests; the journal stays. */
	remove(id: string, conditions: Conditions): Promise<void>;
	command(id: string, command: AgentCommand, conditions: Conditions & Suspension): Promise<void>;
	killAll(
		reason: string,
		conditions: Conditions,
	): Promise<{
		readonly total: number;
		readonly killed: number;
		readonly failed: number;
		readonly errors: ReadonlyArray<{ readonly agentId: string; readonly message: string }>;
	}>;
	/** The general form of a state change: the event that leads to `target` for this `trigger`. */
	transition(id: string, target: string, trigger: string, conditions: Conditions): Promise<void>;
	/** Answers the prompt's id; the first one's when the idempotency key was used before. */
	submitPrompt(
		agentId: string,
		prompt: SubmitPrompt,
		conditions: Conditions,
	): Promise<{ readonly id: string; readonly repeated: boolean }>;
	/** Resolves with the prompt once it is settled, or as it stands after `timeoutMs` or an abort. */
	waitForPrompt(promptId: string, timeoutMs: number, signal: AbortSignal): Promise<PromptView>;
	/** With `onlyQueued` a turn that has begun goes on, and it rejects with `prompt_settled`. */
	cancelPrompt(promptId: string, conditions: Conditions & { readonly onlyQueued?: boolean }): Promise<void>;
	/** Compare-and-set: rejects with `request_settled` when somebody else answered first. */
	answerRequest(requestId: string, answer: RequestAnswer, conditions: Conditions): Promise<void>;
	/** Makes a new connect token and voids the one before. */
	renewConnectToken(id: string, conditions: Conditions): Promise<ConnectOffer>;
	/** Checks the token an agent dials in with. */
	mayConnect(agentId: string, token: string): Promise<'yes' | 'unknown_agent' | 'bad_token'>;
	/** Takes over a socket that passed `mayConnect`; `origin` is where the agent found us: scheme, host and port. */
	connect(agentId: string, socket: WebSocket, origin: string): void;
	/** Repairs a quarantined actor: restore it again (`retry`, after a migration) or start it afresh (`reset`). */
	repair(address: string, how: 'retry' | 'reset', conditions: Conditions): Promise<void>;
}
