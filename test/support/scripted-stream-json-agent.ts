/**
 * An agent that speaks stream-json as the test tells it to, over a transport in memory. The messages
 * are those that Claude Code 2.1.197 was seen to send.
 */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { vi } from 'vitest';
import { z } from 'zod';
import type { Transport, TransportClosure } from '../../src/agents/drivers/driver.ts';

const messageSchema = z.looseObject({
	type: z.string(),
	request_id: z.string().optional(),
	request: z.looseObject({ subtype: z.string() }).optional(),
	response: z.looseObject({ subtype: z.string(), request_id: z.string() }).optional(),
});
/** A message that Statecraft sent. */
export type HeardMessage = z.infer<typeof messageSchema>;

export interface ScriptedAgent {
	readonly transport: Transport;
	readonly heard: readonly HeardMessage[];
	/** Whether the control channel was closed by Statecraft. */
	readonly isClosed: boolean;
	/** Sends messages; a string goes out as it is. */
	say(...messages: ReadonlyArray<object | string>): void;
	/** Waits for the n-th message that fits, counted from 1. */
	hear(fits: (message: HeardMessage) => boolean, n?: number): Promise<HeardMessage>;
	/** Answers a control request of Statecraft's. */
	agree(request: HeardMessage, extra?: object): void;
	refuse(request: HeardMessage, error: string): void;
	/** The process ends. */
	end(closure?: Partial<TransportClosure>): void;
}

export const sessionId = '6c9a699d-2e2b-410a-8a95-e0a2f7f5b419';

export function isControl(subtype: string) {
	return (message: HeardMessage) => message.type === 'control_request' && message.request?.subtype === subtype;
}

export function isPrompt(message: HeardMessage): boolean {
	return message.type === 'user';
}

export function isAnswerTo(requestId: string) {
	return (message: HeardMessage) => message.type === 'control_response' && message.response?.request_id === requestId;
}

export function createScriptedAgent(kind: Transport['kind'] = 'stdio'): ScriptedAgent {
	const stdout = new PassThrough({ objectMode: true });
	const heard: HeardMessage[] = [];
	let closure: TransportClosure = { expected: false, reason: 'exit code 0', exitCode: 0, signal: null, stderrTail: '' };
	let isClosed = false;

	function respond(response: object): void {
		stdout.write(JSON.stringify({ type: 'control_response', response }));
	}

	return {
		transport: {
			kind,
			frames: stdout,
			async send(frame) {
				if (isClosed || stdout.writableEnded) throw new Error('closed');
				heard.push(messageSchema.parse(JSON.parse(frame)));
			},
			close() {
				isClosed = true;
				stdout.end();
			},
			closed: once(stdout, 'close').then(() => closure),
		},
		heard,
		get isClosed() {
			return isClosed;
		},
		say(...messages) {
			for (const message of messages) stdout.write(typeof message === 'string' ? message : JSON.stringify(message));
		},
		hear: (fits, n = 1) =>
			vi.waitFor(
				() => {
					const message = heard.filter(fits)[n - 1];
					if (message === undefined) throw new Error(`heard only ${JSON.stringify(heard)}`);
					return message;
				},
				{ timeout: 5000, interval: 2 },
			),
		agree: ({ request_id }, extra = {}) => respond({ subtype: 'success', request_id, response: {}, ...extra }),
		refuse: ({ request_id }, error) => respond({ subtype: 'error', request_id, error }),
		end(last = {}) {
			closure = { ...closure, ...last };
			stdout.end();
		},
	};
}
