/**
 * An ACP agent of a few lines, spoken to in raw frames: for what a well-behaved agent never does. It answers
 * what the script says, word for word, and remembers what it was sent.
 */
import { vi } from 'vitest';
import type { Transport, TransportClosure } from '../../src/agents/drivers/driver.ts';

export interface ReceivedMessage {
	readonly id?: number | string;
	readonly method?: string;
	readonly params?: Readonly<Record<string, unknown>>;
	readonly result?: unknown;
	readonly error?: unknown;
}

/** Answers a request: a result, an error, or nothing (null) where the script sends the answer itself. */
type Answer = { readonly result: unknown } | { readonly error: unknown } | null;
export type AcpScript = Readonly<Record<string, (message: ReceivedMessage) => Answer>>;

export interface ScriptedAcpAgent {
	readonly transport: Transport;
	readonly received: ReceivedMessage[];
	/** Sends lines in one go, as a pipe may deliver them. */
	say(...messages: ReadonlyArray<string | object>): void;
	/** Waits until the client has taken everything that was said. */
	taken(): Promise<void>;
	/** Waits for a message from the client. */
	heard(matches: (message: ReceivedMessage) => boolean): Promise<ReceivedMessage>;
	/** Ends the connection. */
	end(closure?: Partial<TransportClosure>): void;
}

export const sessionId = 'ses_1';

export function update(fields: object, of: string = sessionId): object {
	return { jsonrpc: '2.0', method: 'session/update', params: { sessionId: of, update: fields } };
}

export function chunk(text: string, of?: string): object {
	return update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } }, of);
}

/** A request for permission to run a command. */
export function permission(id: number, input: object = { command: 'ls' }, toolCallId = 'call_1'): object {
	const options = [
		{ optionId: 'yes', name: 'Allow', kind: 'allow_once' },
		{ optionId: 'no', name: 'Reject', kind: 'reject_once' },
	];
	const toolCall = { toolCallId, title: 'Run ls', kind: 'execute', rawInput: input };
	return { jsonrpc: '2.0', id, method: 'session/request_permission', params: { sessionId, toolCall, options } };
}

/** Answers a handshake with these capabilities. */
export function handshake(agentCapabilities: object = {}): AcpScript {
	return {
		initialize: () => ({ result: { protocolVersion: 1, agentCapabilities } }),
		'session/new': () => ({ result: { sessionId } }),
	};
}

export function createScriptedAcpAgent(script: AcpScript): ScriptedAcpAgent {
	const received: ReceivedMessage[] = [];
	const lines: string[] = [];
	let wake = () => {};
	let ended = false;
	let close = (_closure: TransportClosure) => {};
	const closed = new Promise<TransportClosure>((resolve) => {
		close = resolve;
	});

	async function* frames(): AsyncGenerator<string> {
		while (true) {
			for (let line = lines.shift(); line !== undefined; line = lines.shift()) yield line;
			if (ended) return;
			await new Promise<void>((resolve) => {
				wake = resolve;
			});
		}
	}

	function say(...messages: ReadonlyArray<string | object>): void {
		lines.push(...messages.map((message) => (typeof message === 'string' ? message : JSON.stringify(message))));
		wake();
	}

	async function send(frame: string): Promise<void> {
		const message = JSON.parse(frame) as ReceivedMessage;
		received.push(message);
		const answer = message.method === undefined ? null : (script[message.method]?.(message) ?? null);
		if (answer !== null) say({ jsonrpc: '2.0', id: message.id, ...answer });
	}

	function end(closure: Partial<TransportClosure> = {}): void {
		ended = true;
		wake();
		close({ expected: false, reason: 'exit code 1', exitCode: 1, signal: null, stderrTail: '', ...closure });
	}

	return {
		transport: { kind: 'stdio', frames: { [Symbol.asyncIterator]: frames }, send, close: () => end(), closed },
		received,
		say,
		taken: () =>
			vi.waitFor(() => {
				if (lines.length > 0) throw new Error(`${lines.length} lines are not taken yet`);
			}),
		heard: (matches) =>
			vi.waitFor(() => {
				const message = received.find(matches);
				if (message === undefined) throw new Error('not heard yet');
				return message;
			}),
		end,
	};
}
