/**
 * Nudges: telling runners that something may be there to be read, so that they need not ask all the time.
 *
 * A nudge carries nothing and may be lost: what it is about is stored, and every runner looks by the
 * clock as well. It is only about not having to wait.
 *
 * 1. Once it is known what a runner listens to, it is nudged: what happened before is then read.
 * 2. A runner has at most one nudge under way, and one more to come.
 */

import type { Clock } from '../durable/clock.ts';
import type { StoredEvent } from '../durable/store.ts';
import type { DurableSystem } from '../durable/system.ts';
import { toStatecraftError } from '../errors.ts';
import type { EventBus } from '../events/bus.ts';
import { runnerAddress } from './address.ts';
import type { Interest } from './triggers/source.ts';
import type { Sources } from './triggers/sources.ts';
import type { Trigger } from './triggers/trigger-config.ts';
import type { WorkflowReads } from './views.ts';

export interface NudgesDeps {
	readonly system: Pick<DurableSystem, 'send' | 'get'>;
	readonly bus: EventBus;
	readonly clock: Clock;
	readonly reads: Pick<WorkflowReads, 'workflow'>;
	readonly sources: Sources;
	onError(where: string, error: Error): void;
}

export interface Nudges {
	/** Learns what these runners listen to, and nudges them: at boot. */
	begin(workflowIds: readonly string[]): Promise<void>;
	stop(): void;
}

/** Events that say in their data which workflow they are about. */
interface AboutWorkflow {
	readonly workflowId: string;
	readonly state?: string | null;
}

const retryMs = 1_000;

export function createNudges({ system, bus, clock, reads, sources, onError }: NudgesDeps): Nudges {
	const interests = new Map<string, readonly Interest[]>();
	/** Workflow ids by what wakes them: topic, and agent or `*`. */
	const listeners = new Map<string, Set<string>>();
	/** Nudges under way; true: another is to follow. */
	const underWay = new Map<string, boolean>();
	let stopped = false;

	function nudge(workflowId: string): void {
		if (stopped) return;
		if (underWay.has(workflowId)) {
			underWay.set(workflowId, true);
			return;
		}
		underWay.set(workflowId, false);
		void send(workflowId).finally(() => {
			const again = underWay.get(workflowId) === true;
			underWay.delete(workflowId);
			if (again) nudge(workflowId);
		});
	}

	async function send(workflowId: string): Promise<void> {
		try {
			await system.send(runnerAddress(workflowId), { type: 'NUDGE' });
		} catch (thrown) {
			const error = toStatecraftError(thrown);
			// Without a runner nobody waits: the next one looks by itself.
			if (error.kind !== 'transient' || stopped) return;
			clock.setTimer(() => nudge(workflowId), retryMs);
		}
	}

	async function learn(workflowId: string): Promise<void> {
		const workflow = await reads.workflow(workflowId);
		forget(workflowId);
		if (!workflow) return;
		const trigger = workflow.trigger as Trigger;
		const wakers = sources.of(trigger).interests?.(trigger, workflow.agentId) ?? [];
		interests.set(workflowId, wakers);
		for (const { topic, agentId } of wakers) {
			const key = keyOf(topic, agentId);
			const ids = listeners.get(key) ?? new Set();
			listeners.set(key, ids.add(workflowId));
		}
		nudge(workflowId);
	}

	function forget(workflowId: string): void {
		for (const { topic, agentId } of interests.get(workflowId) ?? []) {
			listeners.get(keyOf(topic, agentId))?.delete(workflowId);
		}
		interests.delete(workflowId);
	}

	function hear({ topic, agentId, data }: StoredEvent): void {
		for (const key of [keyOf(topic, agentId), keyOf(topic, null)]) for (const id of listeners.get(key) ?? []) nudge(id);
		if (topic === 'workflow.runner.changed') followRunner(JSON.parse(data) as AboutWorkflow);
		if (topic === 'dispatch.created' || topic === 'dispatch.released') {
			const { workflowId } = JSON.parse(data) as AboutWorkflow;
			if (isAskingAnyway(workflowId)) return;
			nudge(workflowId);
		}
	}

	/** What it stores while it reads its trigger it takes up by itself. */
	function isAskingAnyway(workflowId: string): boolean {
		return system.get(runnerAddress(workflowId))?.getSnapshot().matches('polling') ?? true;
	}

	function followRunner({ workflowId, state }: AboutWorkflow): void {
		if (state === null) forget(workflowId);
		else if (!interests.has(workflowId)) learnSoon(workflowId);
	}

	function learnSoon(workflowId: string): void {
		// Until it is known, not asked for again.
		interests.set(workflowId, []);
		learn(workflowId).catch((error: Error) => {
			interests.delete(workflowId);
			onError(`nudges of ${workflowId}`, error);
		});
	}

	const unsubscribe = bus.subscribe((events) => {
		for (const event of events) hear(event);
	});

	return {
		async begin(workflowIds) {
			await Promise.all(workflowIds.map(learn));
		},
		stop() {
			stopped = true;
			unsubscribe();
		},
	};
}

function keyOf(topic: string, agentId: string | null): string {
	return `${topic} ${agentId ?? '*'}`;
}
