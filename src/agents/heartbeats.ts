/**
 * Heartbeats: when each agent was last heard of, written now and then in one statement, never as a
 * transition. What a crash loses is at most one interval of it.
 */

import type { Clock } from '../durable/clock.ts';

export interface Heartbeats {
	/** A sign of life at `at`, epoch milliseconds. */
	beat(agentId: string, at: number): void;
	stop(): Promise<void>;
}

export interface HeartbeatsDeps {
	readonly clock: Clock;
	touch(touches: ReadonlyArray<{ readonly id: string; readonly at: number }>): Promise<void>;
	onError(where: string, error: Error): void;
}

const writeEveryMs = 5_000;

export function createHeartbeats({ clock, touch, onError }: HeartbeatsDeps): Heartbeats {
	const beats = new Map<string, number>();
	let cancelTimer: (() => void) | undefined;

	async function write(): Promise<void> {
		cancelTimer?.();
		cancelTimer = undefined;
		const touches = [...beats].map(([id, at]) => ({ id, at }));
		beats.clear();
		if (touches.length > 0) await touch(touches).catch((error: Error) => onError('heartbeats', error));
	}

	return {
		beat(agentId, at) {
			beats.set(agentId, at);
			cancelTimer ??= clock.setTimer(() => void write(), writeEveryMs);
		},
		stop: write,
	};
}
