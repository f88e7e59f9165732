/** An event as it goes over the wire, serialised once however many clients get it. */

import type { EventView } from '../agents/views.ts';
import type { StoredEvent } from '../durable/store.ts';

const messageHead = '{"type":"event",';

export class WireEvent {
	readonly seq: number;
	readonly topic: string;
	readonly agentId: string | null;
	/** The event resource without its opening brace. */
	readonly #fields: string;
	#message: Buffer | undefined;
	#sse: Buffer | undefined;

	constructor({ seq, topic, agentId, at }: Omit<StoredEvent, 'data'>, data: string) {
		this.seq = seq;
		this.topic = topic;
		this.agentId = agentId;
		// Stored JSON may hold line breaks between its tokens, and an SSE field ends at one.
		const line = /[\r\n]/.test(data) ? JSON.stringify(JSON.parse(data)) : data;
		const time = new Date(at).toISOString();
		this.#fields = `"seq":${seq},"topic":${JSON.stringify(topic)},"agentId":${JSON.stringify(agentId)},"at":"${time}","data":${line}}`;
	}

	/** About how much memory it takes. */
	get bytes(): number {
		return this.#fields.length;
	}

	/** A message of `/stream`. */
	get message(): Buffer {
		this.#message ??= Buffer.from(messageHead + this.#fields);
		return this.#message;
	}

	/** A message of an event stream; its id is what `Last-Event-ID` brings back. */
	get sse(): Buffer {
		this.#sse ??= Buffer.from(`id: ${this.seq}\ndata: {${this.#fields}\n\n`);
		return this.#sse;
	}
}

export function encodeStored(event: StoredEvent): WireEvent {
	return new WireEvent(event, event.data);
}

export function encodeView(event: EventView): WireEvent {
	return new WireEvent(event, JSON.stringify(event.data ?? null));
}
