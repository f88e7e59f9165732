/**
 * One conversation with a stream-json agent. Owns the reading of its frames and what it said of itself.
 *
 * 1. The agent is ready when it has answered `initialize`; it tells its session with the first turn. One
 *    that dials in still has its session when an earlier connection has initialized it; else it is a new
 *    program, which knows nothing of it.
 * 2. Every request of the agent is answered, if only with an error, for it waits for ever.
 * 3. Nothing is reported once the transport has closed; requests that are open then stay open.
 */
import { StatecraftError, toStatecraftError } from '../../errors.ts';
import type { AgentSession, ConnectOptions, Transport, TransportClosure } from './driver.ts';
import { createControlChannel } from './stream-json-control.ts';
import { describeEarlyClosure, describeEarlyResult, isAlreadyInitialized } from './stream-json-handshake.ts';
import {
	type RateLimitMessage,
	type ResultMessage,
	readStreamMessage,
	type StreamMessage,
	type SystemMessage,
} from './stream-json-messages.ts';
import { encodePrompt } from './stream-json-prompt.ts';
import { createStreamJsonRequests } from './stream-json-requests.ts';
import { readUsage } from './stream-json-result.ts';
import { createTranscript } from './stream-json-transcript.ts';
import { createTurns } from './stream-json-turns.ts';

export interface StreamJsonSession extends AgentSession {
	/** Resolves when the agent is ready; called once, before anything else. */
	initialize(): Promise<void>;
}

/** Builds the session and starts to read. */
export function createStreamJsonSession(
	transport: Transport,
	{ sink, resume }: Pick<ConnectOptions, 'sink' | 'resume'>,
): StreamJsonSession {
	let sessionId = resume;
	let agentInfo: AgentSession['agentInfo'] = null;
	let ready = false;
	let closed = false;
	const control = createControlChannel(transport);
	const transcript = createTranscript((output) => sink.output(output));
	const turns = createTurns((content) => transport.send(encodePrompt(content, sessionId)), transcript);
	const isCancelling = () => turns.cancelling;
	const requests = createStreamJsonRequests({ sink, control, isCancelling, onSendFailure: logSendFailure });

	function log(text: string): void {
		sink.output({ type: 'log', stream: 'stdout', text });
	}

	function logSendFailure(error: unknown): void {
		if (!closed) log(`The agent could not be answered: ${String(error)}`);
	}

	async function read(): Promise<void> {
		void transport.closed.then(() => {
			closed = true;
		});
		try {
			for await (const frame of transport.frames) {
				if (!closed) take(frame);
			}
		} catch (error) {
			if (!closed) log(`The agent can no longer be read: ${String(error)}`);
		}
		const closure = await transport.closed;
		turns.close(describeClosure(closure, transport.kind));
		control.close(ready ? describeClosure(closure, transport.kind) : describeEarlyClosure(closure));
	}

	function take(frame: string): void {
		sink.alive();
		const message = readStreamMessage(frame);
		if (message === null) log(frame);
		else dispatch(message);
	}

	function dispatch(message: StreamMessage): void {
		switch (message.type) {
			case 'system':
				takeSystem(message);
				break;
			case 'assistant':
				if (!message.parent_tool_use_id) turns.noteSpeech();
				transcript.readAssistant(message);
				break;
			case 'stream_event':
				if (!message.parent_tool_use_id) turns.noteSpeech();
				transcript.readDelta(message);
				break;
			case 'user':
				transcript.readUser(message);
				break;
			case 'result':
				takeResult(message);
				break;
			case 'rate_limit_event':
				takeRateLimit(message);
				break;
			case 'control_request':
				requests.raise(message);
				break;
			case 'control_response':
				control.settle(message.response);
				break;
			case 'control_cancel_request':
				requests.withdraw(message.request_id, 'the agent withdrew it');
				break;
			case 'keep_alive':
				break;
			case 'unknown':
				sink.output({ type: 'other', name: message.name, data: message.data });
				break;
			default:
				message satisfies never;
		}
	}

	function takeSystem(message: SystemMessage): void {
		const { subtype, session_id: told, claude_code_version: version } = message;
		if (subtype === 'init') {
			if (version !== undefined) agentInfo = { name: 'claude-code', version };
			identify(told);
			turns.noteInit();
		} else {
			sink.output({ type: 'other', name: `system/${subtype}`, data: message });
		}
	}

	function identify(told: string | undefined): void {
		if (told === undefined || told === '' || told === sessionId) return;
		sessionId = told;
		sink.sessionIdentified(told);
	}

	function takeResult(message: ResultMessage): void {
		if (!ready) {
			control.close(describeEarlyResult(message));
			return;
		}
		identify(message.session_id);
		sink.output({ type: 'usage', usage: readUsage(message, transcript.lastAnswer) });
		turns.end(message);
	}

	function takeRateLimit(message: RateLimitMessage): void {
		const { status, resetsAt, isUsingOverage } = message.rate_limit_info;
		if (status === 'rejected' && isUsingOverage !== true) sink.usageLimited(resetsAt ? resetsAt * 1000 : null);
		sink.output({ type: 'other', name: message.type, data: message.rate_limit_info });
	}

	return {
		capabilities: { resume: true, images: true, costOfProcess: true },
		get sessionId() {
			return sessionId;
		},
		get resumed() {
			return resume !== null && sessionId === resume;
		},
		get agentInfo() {
			return agentInfo;
		},
		async initialize() {
			void read();
			try {
				const answer = await control.request({ subtype: 'initialize' });
				ready = true;
				if (transport.kind === 'websocket') sessionId = null;
				for (const request of answer.pending_permission_requests ?? []) requests.raise(request);
			} catch (error) {
				if (!isAlreadyInitialized(error)) throw error;
				ready = true;
			}
		},
		prompt: (content) => turns.run(content),
		async cancel() {
			try {
				await turns.cancel(() => control.request({ subtype: 'interrupt' }));
				await requests.cancelAll('the turn was cancelled');
			} catch (error) {
				throw toStatecraftError(error, 'turn_failed');
			}
		},
		answer: (key, answer) => requests.answer(key, answer),
		async end() {
			transport.close();
		},
	};
}

function describeClosure(closure: TransportClosure, kind: Transport['kind']): StatecraftError {
	const code = kind === 'stdio' ? 'process_crashed' : 'connection_lost';
	const { reason, exitCode, signal, stderrTail } = closure;
	return new StatecraftError(code, reason, { actual: { exitCode, signal, stderrTail } });
}
