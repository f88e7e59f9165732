/**
 * Notifications: what people have to know of is posted to the URLs they configured, signed. A reader of the
 * stored events with a stored cursor for each URL.
 *
 * 1. At least once, in order: the cursor moves when the receiver has said 2xx, and is stored before the next
 *    event is sent. A repetition has the same delivery id.
 * 2. Receivers wait for nobody: one that is away, or slow, holds up neither the others nor Statecraft.
 * 3. A URL that is new hears of what happens from now on.
 */

import { createHash, createHmac } from 'node:crypto';
import type { Clock } from '../durable/clock.ts';
import type { StoredEvent } from '../durable/store.ts';
import type { EventBus } from './bus.ts';

export interface NotificationsDeps {
	readonly urls: readonly string[];
	/** Signs each body; null where none is configured. */
	readonly secret: string | null;
	readonly clock: Clock;
	readonly bus: Pick<EventBus, 'subscribe'>;
	readonly reads: {
		/** Oldest first. */
		events(query: {
			readonly after: number;
			readonly limit: number;
			readonly topics: readonly string[];
		}): Promise<readonly NotifiedEvent[]>;
		lastEventSeq(): Promise<number>;
		setting(id: string): Promise<string | undefined>;
	};
	saveSetting(id: string, value: string): Promise<void>;
	onError(where: string, error: Error): void;
	/** Told of every attempt, whether the receiver took it. */
	onSent?(isDelivered: boolean): void;
	/** How long a receiver may take to answer. Default 10 s. */
	readonly timeoutMs?: number;
	/** The first pause after a failure, doubled with each up to five minutes. Default 1 s. */
	readonly retryMs?: number;
}

export interface NotifiedEvent {
	readonly seq: number;
	readonly topic: string;
	readonly agentId: string | null;
	/** Epoch milliseconds. */
	readonly at: number;
	readonly data: unknown;
}

export interface Notifications {
	/** Notes where new URLs begin; before anything happens that they should hear of. */
	begin(): Promise<void>;
	/** Gives up what is under way; it is sent again after the next start. */
	stop(): Promise<void>;
}

/** What people have to know of; of `dispatch.failed` only what will not be tried again. */
export const notifiedTopics = [
	'request.opened',
	'request.overdue',
	'agent.escalated',
	'agent.unresponsive',
	'budget.warned',
	'budget.exceeded',
	'group.escalated',
	'dispatch.failed',
] as const;

const longestPauseMs = 300_000;
const pageSize = 50;

export function createNotifications(deps: NotificationsDeps): Notifications {
	const stopping = new AbortController();
	const receivers = deps.urls.map((url) => createReceiver(url, deps, stopping.signal));
	let leaveBus = () => {};
	return {
		async begin() {
			for (const receiver of receivers) await receiver.begin();
			if (receivers.length === 0) return;
			leaveBus = deps.bus.subscribe((events) => {
				if (events.some(isNotified)) for (const receiver of receivers) receiver.wake();
			});
			for (const receiver of receivers) receiver.wake();
		},
		async stop() {
			leaveBus();
			stopping.abort();
			await Promise.all(receivers.map((receiver) => receiver.idle()));
		},
	};
}

interface Receiver {
	begin(): Promise<void>;
	/** Looks for what there is to send. */
	wake(): void;
	/** Resolves when nothing is under way. */
	idle(): Promise<void>;
}

function createReceiver(url: string, deps: NotificationsDeps, stopping: AbortSignal): Receiver {
	const { clock, reads } = deps;
	const settingId = `notified:${createHash('sha256').update(url).digest('hex').slice(0, 16)}`;
	let cursor = 0;
	let failures = 0;
	let news = false;
	let work: Promise<void> | null = null;

	async function moveTo(seq: number): Promise<void> {
		await deps.saveSetting(settingId, String(seq));
		cursor = seq;
	}

	async function sendAll(): Promise<void> {
		while (news && !stopping.aborted) {
			news = false;
			try {
				while (await sendPage()) failures = 0;
			} catch (thrown) {
				if (stopping.aborted) return;
				if (failures === 0) deps.onError(`notifying ${new URL(url).host}`, toError(thrown));
				news = true;
				await pause(clock, Math.min((deps.retryMs ?? 1_000) * 2 ** failures++, longestPauseMs), stopping);
			}
		}
	}

	async function send(event: NotifiedEvent): Promise<void> {
		try {
			await post(url, event, deps, stopping);
			deps.onSent?.(true);
		} catch (thrown) {
			if (!stopping.aborted) deps.onSent?.(false);
			throw thrown;
		}
	}

	/** False when there is nothing more to send. */
	async function sendPage(): Promise<boolean> {
		const events = await reads.events({ after: cursor, limit: pageSize, topics: notifiedTopics });
		for (const event of events) {
			stopping.throwIfAborted();
			if (isForGood(event)) await send(event);
			await moveTo(event.seq);
			failures = 0;
		}
		return events.length === pageSize;
	}

	return {
		async begin() {
			const stored = await reads.setting(settingId);
			if (stored === undefined) await moveTo(await reads.lastEventSeq());
			else cursor = Number(stored);
		},
		wake() {
			news = true;
			work ??= sendAll().finally(() => {
				work = null;
				// Somebody called in the very moment in which it ended.
				if (news && !stopping.aborted) this.wake();
			});
		},
		async idle() {
			await work;
		},
	};
}

async function post(
	url: string,
	{ seq, at, ...event }: NotifiedEvent,
	{ secret, timeoutMs = 10_000 }: NotificationsDeps,
	stopping: AbortSignal,
): Promise<void> {
	const body = JSON.stringify({ id: `evt_${seq}`, seq, at: new Date(at).toISOString(), ...event });
	const signature = secret === null ? null : createHmac('sha256', secret).update(body).digest('hex');
	const response = await fetch(url, {
		method: 'POST',
		headers: {
			'content-type': 'application/json',
			'x-statecraft-event': event.topic,
			'x-statecraft-delivery': `evt_${seq}`,
			...(signature !== null && { 'x-statecraft-signature': `sha256=${signature}` }),
		},
		body,
		// A redirect would turn the POST into a GET, or send it where nobody meant it to go.
		redirect: 'manual',
		signal: AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]),
	});
	await response.body?.cancel();
	if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
}

function isNotified({ topic }: Pick<StoredEvent, 'topic'>): boolean {
	return (notifiedTopics as readonly string[]).includes(topic);
}

function isForGood({ topic, data }: NotifiedEvent): boolean {
	if (topic !== 'dispatch.failed') return true;
	return (data as { readonly nextAttemptAt?: unknown }).nextAttemptAt === null;
}

function pause(clock: Clock, ms: number, stopping: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const cancel = clock.setTimer(resolve, ms);
		stopping.addEventListener(
			'abort',
			() => {
				cancel();
				resolve();
			},
			{ once: true },
		);
	});
}

function toError(thrown: unknown): Error {
	return thrown instanceof Error ? thrown : new Error(String(thrown));
}
