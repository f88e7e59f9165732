/**
 * A driver is a protocol over a transport. This file is the contract between the four small modules
 * (ACP, stream-json; stdio, WebSocket) and the agent host that turns their word into machine events.
 *
 * 1. A session holds no state that matters after a crash: what must survive is reported to the sink
 *    and stored by the host (session id, open requests, usage).
 * 2. A session never answers a permission by itself. An open one is answered by `answer`, or
 *    cancelled; whatever is unclear is never an approval.
 * 3. Noise (lines that are no message of the protocol) is told as `log` output and is never fatal.
 * 4. Nothing is reported after `closed` has resolved.
 */

import type { Failure } from '../../errors.ts';

/** How a transport ended. */
export interface TransportClosure {
	/** True when we asked for it. */
	readonly expected: boolean;
	/** One line for people: `exit code 3`, `signal SIGSEGV`, `socket closed 1006`. */
	readonly reason: string;
	readonly exitCode: number | null;
	readonly signal: string | null;
	/** Last lines the process wrote to stderr, at most 4 KiB. */
	readonly stderrTail: string;
}

/** A message pipe to one agent. A frame is one JSON message: a line on stdio, a message on a socket. */
export interface Transport {
	readonly kind: 'stdio' | 'websocket';
	/** Frames from the agent, ended when it closes. Read by one protocol only. */
	readonly frames: AsyncIterable<string>;
	/** Hands a frame to the agent; resolves when it was taken, rejects when the transport is closed. */
	send(frame: string): Promise<void>;
	/** Closes the control channel (stdin, socket) and lets the agent end by itself. */
	close(): void;
	readonly closed: Promise<TransportClosure>;
}

/** A child process behind a transport. */
export interface AgentProcess {
	readonly pid: number;
	/** Start time as the system tells it, opaque; with the pid it names the process for good. */
	readonly processStart: string | null;
	readonly transport: Transport;
	/** Graceful: close stdin, SIGTERM to the process group after `termAfterMs`, SIGKILL after `killAfterMs` more. */
	stop(options?: { readonly termAfterMs?: number; readonly killAfterMs?: number }): Promise<TransportClosure>;
	/** SIGKILL to the process group at once. */
	kill(): Promise<TransportClosure>;
}

/** How to start an agent's program. Argv arrays only, never a shell string. */
export interface LaunchCommand {
	readonly command: string;
	readonly args: readonly string[];
	readonly cwd: string;
	/** Added to the allow-listed environment. */
	readonly env: Readonly<Record<string, string>>;
	/** Marks the process as ours: instance, agent, generation. */
	readonly marker: ProcessMarker;
}

/** Carried in the environment of every agent process, to find orphans after a crash. */
export interface ProcessMarker {
	readonly instance: string;
	readonly agentId: string;
	readonly generation: number;
}

/** A block of prompt content, as ACP has it. */
export type ContentBlock =
	| { readonly type: 'text'; readonly text: string }
	| { readonly type: 'image'; readonly data: string; readonly mimeType: string }
	| { readonly type: 'resource_link'; readonly uri: string; readonly name: string };

export interface Usage {
	readonly inputTokens?: number;
	readonly outputTokens?: number;
	/** Tokens of context in use, and how many there are. */
	readonly contextUsed?: number;
	readonly contextSize?: number;
	/** Cumulative for the session, never to be summed. */
	readonly cost?: { readonly amount: number; readonly currency: string };
}

/** What an agent says while it works. Stored as events with topic `agent.output.<type>`. */
export type AgentOutput =
	| { readonly type: 'message'; readonly text: string; readonly messageId?: string }
	| { readonly type: 'thought'; readonly text: string; readonly messageId?: string }
	| {
			readonly type: 'tool_call';
			readonly toolCallId: string;
			readonly title: string;
			readonly kind: string;
			readonly status: 'pending' | 'in_progress' | 'completed' | 'failed';
			readonly input?: unknown;
			readonly output?: unknown;
			readonly locations?: ReadonlyArray<{ readonly path: string; readonly line?: number }>;
	  }
	| {
			readonly type: 'tool_call_update';
			readonly toolCallId: string;
			readonly status?: 'pending' | 'in_progress' | 'completed' | 'failed';
			readonly title?: string;
			readonly input?: unknown;
			readonly output?: unknown;
	  }
	| {
			readonly type: 'plan';
			readonly entries: ReadonlyArray<{ readonly content: string; readonly priority: string; readonly status: string }>;
	  }
	| { readonly type: 'usage'; readonly usage: Usage }
	/** stderr, or a line on stdout that is no message of the protocol. */
	| { readonly type: 'log'; readonly stream: 'stdout' | 'stderr'; readonly text: string }
	/** Anything else the protocol reports, as it came. */
	| { readonly type: 'other'; readonly name: string; readonly data: unknown };

export interface RequestOption {
	readonly optionId: string;
	readonly name: string;
	readonly kind: 'allow_once' | 'allow_always' | 'reject_once' | 'reject_always';
}

/** A permission or question as the agent raised it. */
export interface AgentRequest {
	/** Unique within the session; `answer` takes it. */
	readonly key: string;
	readonly kind: 'permission' | 'question';
	readonly title: string;
	/** JSON: tool name and input, or question and schema. */
	readonly detail: Readonly<Record<string, unknown>>;
	/** Empty for a free question. */
	readonly options: readonly RequestOption[];
	/**
	 * The same for the same request raised again after a resume (tool call id where the protocol keeps
	 * it, else a hash of title and detail), so that a re-raised request is re-attached.
	 */
	readonly fingerprint: string;
}

export type RequestAnswer =
	| { readonly optionId: string }
	| { readonly answer: unknown }
	| { readonly decline: true }
	/** The turn was cancelled: tell the agent so. */
	| { readonly cancelled: true };

/** Where a session reports. Every method returns at once. */
export interface SessionSink {
	output(output: AgentOutput): void;
	requestRaised(request: AgentRequest): void;
	/** The agent no longer wants an answer. */
	requestWithdrawn(key: string, note: string): void;
	/** The protocol's session id became known or changed. */
	sessionIdentified(sessionId: string): void;
	/** A usage limit: no work before `resetsAt` (epoch ms; null when unknown). */
	usageLimited(resetsAt: number | null): void;
	/** Any traffic at all from the agent. */
	alive(): void;
}

export type StopReason = 'end_turn' | 'max_tokens' | 'max_turn_requests' | 'refusal' | 'cancelled';

/** How a turn ended. A rejected promise means that the connection ended first. */
export type TurnResult =
	| { readonly ok: true; readonly stopReason: StopReason; readonly text: string; readonly usage?: Usage }
	| { readonly ok: false; readonly failure: Failure; readonly text: string; readonly usage?: Usage };

export interface SessionCapabilities {
	/** The cost it reports is that of its process, not of its session. */
	readonly costOfProcess?: boolean;
	/** Whether a later process can take this session up again. */
	readonly resume: boolean;
	readonly images: boolean;
}

/** One protocol conversation with a connected agent. */
export interface AgentSession {
	/** Null until the protocol tells (Claude Code: with its first turn). */
	readonly sessionId: string | null;
	/** True when `options.resume` was asked for and the agent's own session was restored. */
	readonly resumed: boolean;
	readonly capabilities: SessionCapabilities;
	/** Name and version as the agent tells them. */
	readonly agentInfo: { readonly name: string; readonly version: string } | null;
	/** Runs one turn. Never called while another is in progress. */
	prompt(content: readonly ContentBlock[]): Promise<TurnResult>;
	/** Asks the agent to end the turn; open requests are cancelled. `prompt` then resolves `cancelled`. */
	cancel(): Promise<void>;
	/** Answers an open request; rejects with `request_settled` when the agent no longer waits for it. */
	answer(key: string, answer: RequestAnswer): Promise<void>;
	/** Says goodbye where the protocol can; does not wait for the process. */
	end(): Promise<void>;
}

/** An MCP server over Streamable HTTP whose tools the agent may call. */
export interface ToolServer {
	readonly name: string;
	readonly url: string;
	/** Sent as a bearer token; a secret of the run. */
	readonly token: string;
	/** Tools that need nobody's permission: what they do concerns the agent itself alone. */
	readonly freeTools: readonly string[];
}

export interface ConnectOptions {
	readonly cwd: string;
	/** The protocol's own session to restore; the session is fresh (and `resumed` false) when it cannot be. */
	readonly resume: string | null;
	readonly sink: SessionSink;
	/** Aborted when the startup deadline passes or the agent is stopped. */
	readonly signal: AbortSignal;
	/** Told to the agent where its protocol has a way to do so. */
	readonly toolServer?: ToolServer | null;
}

/**
 * Shakes hands. Rejects with a StatecraftError: `handshake_failed`, `authentication_required`,
 * `protocol_violation`.
 */
export interface Protocol {
	readonly name: 'acp' | 'stream-json';
	connect(transport: Transport, options: ConnectOptions): Promise<AgentSession>;
}
