/**
 * Carries ACP between a transport and the SDK. It reads every frame once and in order, and decides whose it is.
 *
 * 1. Notifications are told here, before the SDK sees the frame that follows them. The SDK hands messages on
 *    through promises, and a turn's answer could otherwise overtake the last words of that turn.
 * 2. Requests, and answers to something we asked, go to the SDK. Everything else is noise, told and dropped.
 * 3. The readable ends when the frames do; the SDK then rejects whatever is still waited for. Once the SDK has
 *    closed the connection, nothing more is told.
 */
import type { AnyMessage, Stream } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import type { Transport } from './driver.ts';

export interface AcpStreamEvents {
	/** A notification other than `$/cancel_request`, which concerns the SDK alone. */
	notified(method: string, params: unknown): void;
	/** A frame that is no message of the protocol, or answers nothing. */
	noise(frame: string): void;
	/** Any frame at all. */
	alive(): void;
}

const id = z.union([z.string(), z.number(), z.null()]);
const jsonrpc = z.literal('2.0');
const requestSchema = z.looseObject({ jsonrpc, id, method: z.string() });
const notificationSchema = z.looseObject({ jsonrpc, id: z.undefined().optional(), method: z.string() });
const resultSchema = z.looseObject({
	jsonrpc,
	id,
	method: z.undefined().optional(),
	result: z.unknown().nonoptional(),
});
const errorObject = z.looseObject({ code: z.number(), message: z.string() });
const errorSchema = z.looseObject({ jsonrpc, id, method: z.undefined().optional(), error: errorObject });
const messageSchema = z.union([requestSchema, notificationSchema, resultSchema, errorSchema]);

type Message = z.infer<typeof messageSchema>;

const cancelRequest = '$/cancel_request';

/** Wraps a transport for the SDK. Reads its frames; nobody else may. */
export function createAcpStream(transport: Transport, events: AcpStreamEvents): Stream {
	/** Ids of requests of ours that the agent has not answered. */
	const asked = new Set<unknown>();
	const frames = transport.frames[Symbol.asyncIterator]();

	let isCancelled = false;

	/** What the SDK is to see of a frame. */
	function sort(frame: string): AnyMessage | null {
		events.alive();
		const message = parseMessage(frame);
		if (message === null) {
			events.noise(frame);
			return null;
		}
		if (message.method === undefined) {
			if (asked.delete(message.id)) return message as AnyMessage;
			events.noise(frame);
			return null;
		}
		if (message.id !== undefined || message.method === cancelRequest) return message as AnyMessage;
		events.notified(message.method, message.params);
		return null;
	}

	return {
		readable: new ReadableStream<AnyMessage>({
			async pull(controller) {
				for (let next = await frames.next(); !next.done && !isCancelled; next = await frames.next()) {
					const message = sort(next.value);
					if (message !== null) return controller.enqueue(message);
				}
				if (!isCancelled) controller.close();
			},
			async cancel() {
				isCancelled = true;
				await frames.return?.();
			},
		}),
		writable: new WritableStream<AnyMessage>({
			write(message) {
				if ('method' in message && 'id' in message) asked.add(message.id);
				return transport.send(JSON.stringify(message));
			},
		}),
	};
}

function parseMessage(frame: string): Message | null {
	try {
		return messageSchema.safeParse(JSON.parse(frame)).data ?? null;
	} catch {
		// Not JSON: a banner, a warning, a stray console.log.
		return null;
	}
}
