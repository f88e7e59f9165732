/**
 * Nudges: telling runners that something may be there to be read, so that they need not ask all the time.
 *
 * A nudge carries nothing and may be lost: what it is about is stored, and every runner looks by the
 * clock as well. It is only about not having to wait.
 *
 * 1. Once it is known what a runner listens to, it is nudged: what happened before is then read.
 * 2. A runner has at most one nudge under way, and one more to come; none is sent to one that is nudged.
 * 3. One workflow that cannot be read keeps nobody else from being nudged, nor the boot.
 */

import type { RunnerContext } from '../../machines/workflow-runner-model.ts';
import type { Clock } from '../durable/clock.ts';
import type { StoredEvent } from '../durable/store.ts';
import type { DurableSystem } from '../durable/system.ts';
import { toStatecraftError } from '../errors.ts';
import type { EventBus } from '../events/bus.ts';
import { runnerAddress } from './address.ts';
import type { Interest } from './triggers/source.ts';
import type { Sources } from './triggers/sources.ts';
import type { Trigger } from './triggers/trigger-config.ts';
import type { WorkflowReads, WorkflowView } from './views.ts';

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
	const pauses = new Set<() => void>();
	let stopped = false;

	function nudge(workflowId: string): void {
		if (stopped || isNudged(workflowId)) return;
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

	/** It has not begun to read yet: what happened meanwhile is there when it does. */
	function isNudged(workflowId: string): boolean {
		const context = system.get(runnerAddress(workflowId))?.getSnapshot().context as RunnerContext | undefined;
		return context?.nudged === true;
	}

	async function send(workflowId: string): Promise<void> {
		while (!stopped) {
			try {
				await system.send(runnerAddress(workflowId), { type: 'NUDGE' });
				return;
			} catch (thrown) {
				// Without a runner nobody waits: the next one looks by itself.
				if (toStatecraftError(thrown).kind !== 'transient') return;
			}
			await pause();
		}
	}

	/** Until the store may be back, or the stop. */
	function pause(): Promise<void> {
		if (stopped) return Promise.resolve();
		return new Promise((resolve) => {
			const end = () => {
				cancel();
				pauses.delete(end);
				resolve();
			};
			const cancel = clock.setTimer(end, retryMs);
			pauses.add(end);
		});
	}

	async function learn(workflowId: string): Promise<void> {
		// Until it is known, not asked for again; and whoever finds another in its place has come too late.
		const unknown: readonly Interest[] = [];
		interests.set(workflowId, unknown);
		try {
			const workflow = await reads.workflow(workflowId);
			if (interests.get(workflowId) !== unknown) return;
			if (workflow) listen(workflow);
			nudge(workflowId);
		} catch (thrown) {
			if (interests.get(workflowId) === unknown) interests.delete(workflowId);
			if (!stopped) onError(`nudges of ${workflowId}`, thrown as Error);
		}
	}

	function listen({ id, agentId, trigger }: WorkflowView): void {
		const wakers = sources.of(trigger as Trigger).interests?.(trigger, agentId) ?? [];
		interests.set(id, wakers);
		for (const { topic, agentId: about } of wakers) {
			const key = keyOf(topic, about);
			listeners.set(key, (listeners.get(key) ?? new Set()).add(id));
		}
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
			// What it stores while it reads its trigger it takes up by itself.
			if (!isReading(workflowId)) nudge(workflowId);
		}
	}

	function isReading(workflowId: string): boolean {
		return system.get(runnerAddress(workflowId))?.getSnapshot().matches('polling') === true;
	}

	function followRunner({ workflowId, state }: AboutWorkflow): void {
		if (state === null) forget(workflowId);
		else if (!interests.has(workflowId)) void learn(workflowId);
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
			for (const end of pauses) end();
		},
	};
}

function keyOf(topic: string, agentId: string | null): string {
	return `${topic} ${agentId ?? '*'}`;
}
