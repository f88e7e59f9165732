/**
 * Relays committed events, and the state of agents and runs, to Valkey or Redis: a reader of the journal
 * with a stored place. `src/docs/valkey.md` says what other programs may rely on.
 *
 * 1. At least once, in order; nobody waits for it, and nothing is kept in memory but a page.
 * 2. The bus only wakes it: what is relayed is read from the database.
 * 3. One relay at a time is enough: `alone` decides whose turn it is.
 */

import type { Clock } from '../durable/clock.ts';
import type { EventBus } from '../events/bus.ts';
import { createBell } from './bell.ts';
import { isRelayed } from './cloud-event.ts';
import { type CourierDeps, createCourier, lookAgainMs } from './courier.ts';
import { createOutage } from './outage.ts';
import { saveIntervalMs } from './place.ts';
import { describePlace, openValkey, type Valkey } from './valkey.ts';

export interface RelayDeps extends Omit<CourierDeps, 'onObstacle'> {
	readonly url: string;
	readonly bus: Pick<EventBus, 'subscribe'>;
	/** Told when it changes whether Valkey answers, and how many events there are that it has not got. */
	onState(isUp: boolean, lag: number): void;
	onWarning(where: string, error?: Error): void;
	onNotice(text: string): void;
	/** Does the work while nobody else does it; the signal ends it. By default there is nobody else. */
	readonly alone?: (work: (signal: AbortSignal) => Promise<void>, stopping: AbortSignal) => Promise<void>;
	/** How long a stop waits for what is left to be relayed. Default 3 s. */
	readonly stopMs?: number;
	/** How long Valkey may take for anything. Default 10 s. */
	readonly timeoutMs?: number;
}

export interface Relay {
	/** Notes where it begins, and sets out; before anything happens that is to be relayed. */
	begin(): Promise<void>;
	/** Relays what is left if Valkey answers, within bounds; the rest is relayed after the next start. */
	stop(): Promise<void>;
}

interface Connection {
	readonly valkey: Valkey;
	readonly isLost: () => boolean;
}

/** Readers get their events in bursts, so that a busy fleet costs few reads of the database. */
const burstMs = 20;
const idleMs = 3_600_000;

export function createRelay(deps: RelayDeps): Relay {
	const { clock, bus, alone = (work, signal) => work(signal) } = deps;
	const place = describePlace(deps.url);
	const outage = createOutage({ place, onWarning: deps.onWarning, onNotice: deps.onNotice });
	const onObstacle = (text: string) => deps.onWarning(`in the way of the relay to Valkey at ${place}: ${text}`);
	const courier = createCourier({ ...deps, onObstacle });
	const bell = createBell(clock);
	/** Relay what is left, and end. */
	const finishing = new AbortController();
	/** End at once. */
	const stopping = new AbortController();
	let work = Promise.resolve();
	let leaveBus = () => {};
	let isUp = false;
	let isLoaded = false;
	let isCaughtUp = false;
	let latest = 0;

	function tellState(): void {
		deps.onState(isUp, isCaughtUp ? 0 : Math.max(0, latest - courier.reached()));
	}

	/** Relays until it is to end; rejects when the connection is lost. */
	async function serve({ valkey, isLost }: Connection, signal: AbortSignal): Promise<void> {
		await courier.greet(valkey);
		isUp = true;
		for (;;) {
			const begun = performance.now();
			isCaughtUp = true;
			while (await courier.carry(valkey)) {
				signal.throwIfAborted();
				tellState();
			}
			if (courier.isObstructed()) isCaughtUp = false;
			outage.over();
			tellState();
			if (finishing.signal.aborted || signal.aborted) return;
			await waitForNews();
			if (isLost()) throw new Error('the connection was lost');
			if (!finishing.signal.aborted) await pause(clock, begun + burstMs - performance.now(), finishing.signal);
		}
	}

	async function waitForNews(): Promise<void> {
		const isSaved = await courier.save();
		const patience = courier.isObstructed() ? lookAgainMs : idleMs;
		await bell.wait(isSaved ? patience : saveIntervalMs);
	}

	/** One connection, from its opening to its end. Answers how long to wait before the next. */
	async function connect(signal: AbortSignal): Promise<number> {
		let isLost = false;
		const onLost = () => {
			isLost = true;
			bell.ring();
		};
		let valkey: Valkey | undefined;
		try {
			if (!isLoaded) await courier.load();
			isLoaded = true;
			valkey = await openValkey(deps.url, { onLost, signal, timeoutMs: deps.timeoutMs ?? 10_000 });
			await serve({ valkey, isLost: () => isLost }, signal);
			return 0;
		} catch (thrown) {
			return signal.aborted ? 0 : outage.failed(thrown as Error);
		} finally {
			valkey?.close();
			isUp = false;
			tellState();
		}
	}

	async function run(signal: AbortSignal): Promise<void> {
		signal.addEventListener('abort', bell.ring, { once: true });
		// Whoever had the turn before has moved the place on.
		isLoaded = false;
		while (!signal.aborted && !finishing.signal.aborted) {
			await pause(clock, await connect(signal), AbortSignal.any([signal, finishing.signal]));
		}
		await courier.save({ atOnce: true });
	}

	return {
		async begin() {
			await courier.load();
			latest = await deps.reads.lastEventSeq();
			tellState();
			leaveBus = bus.subscribe((events) => {
				const last = events.findLast(({ topic }) => isRelayed(topic, deps.withOutput));
				if (last === undefined) return;
				latest = last.seq;
				isCaughtUp = false;
				tellState();
				bell.ring();
			});
			work = alone(run, stopping.signal).catch((thrown) => deps.onWarning('relay to Valkey', thrown as Error));
		},
		async stop() {
			leaveBus();
			finishing.abort();
			bell.ring();
			if (!isUp) stopping.abort();
			const cancel = clock.setTimer(() => stopping.abort(), deps.stopMs ?? 3_000);
			await work;
			cancel();
		},
	};
}

/** Resolves after so long, or as soon as the signal fires. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
	if (ms <= 0 || signal.aborted) return Promise.resolve();
	return new Promise((resolve) => {
		const cancel = clock.setTimer(end, ms);
		function end(): void {
			cancel();
			signal.removeEventListener('abort', end);
			resolve();
		}
		signal.addEventListener('abort', end, { once: true });
	});
}
