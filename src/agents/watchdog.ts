/**
 * The watchdog: looks, once every heartbeat interval, for agents that live and show no sign of it, and
 * tells their machines; what is done about it is their policy.
 *
 * 1. It is told once per silence: an agent that is heard of again may fall silent again.
 * 2. An agent that moved on while it was looked at is left alone until the next look.
 */

import type { AgentContext } from '../../machines/agent-model.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableActor, DurableSystem } from '../durable/system.ts';
import { createFailure, toStatecraftError } from '../errors.ts';
import { agentIdOf, agentKind } from './address.ts';
import { splitState } from './projection.ts';
import { computeStaleness, type SignsOfLife, silentSince } from './staleness.ts';
import type { Reads } from './views.ts';

export interface Watchdog {
	stop(): Promise<void>;
}

export interface WatchdogDeps {
	readonly system: DurableSystem;
	readonly reads: Pick<Reads, 'agent'>;
	readonly clock: Clock;
	/** How often an agent should show a sign of life. */
	readonly heartbeatIntervalMs: number;
	signsOfLife(agentId: string): SignsOfLife | null;
	onError(where: string, error: Error): void;
}

/** Begins to watch. */
export function createWatchdog(deps: WatchdogDeps): Watchdog {
	const { system, reads, clock, heartbeatIntervalMs, signsOfLife, onError } = deps;
	/** Since when those agents are silent whose silence was told. */
	let told: ReadonlyMap<string, number> = new Map();
	let cancelTimer = () => {};
	let looking: Promise<void> = Promise.resolve();
	let stopping = false;

	function watchOn(): void {
		if (stopping) return;
		cancelTimer = clock.setTimer(() => {
			looking = look().then(watchOn);
		}, heartbeatIntervalMs);
	}

	async function look(): Promise<void> {
		const suspects = system.list(agentKind).filter(mayBeDead);
		const silences = await Promise.all(
			suspects.map((actor) =>
				examine(actor).catch((error: Error) => {
					if (!stopping) onError(`watch over ${actor.address}`, error);
					return [];
				}),
			),
		);
		told = new Map(silences.flat());
	}

	/** Judged by what is in memory alone, so that a fleet that is well costs no read. */
	function mayBeDead(actor: DurableActor): boolean {
		const [executionState, substate] = splitState(actor.getSnapshot());
		const { transport } = (actor.getSnapshot().context as AgentContext).settings;
		const vitals = { executionState, substate, lastSeenAt: null, stateChangedAt: 0, driver: { transport } };
		const signs = signsOfLife(agentIdOf(actor.address));
		return computeStaleness(vitals, signs, clock.now(), heartbeatIntervalMs) === 'dead';
	}

	/** Answers the silence that its machine knows of now. */
	async function examine(actor: DurableActor): Promise<ReadonlyArray<readonly [string, number]>> {
		const agentId = agentIdOf(actor.address);
		const { version } = actor;
		const agent = await reads.agent(agentId);
		if (!agent) return [];
		const signs = signsOfLife(agentId);
		const now = clock.now();
		if (computeStaleness(agent, signs, now, heartbeatIntervalMs) !== 'dead') return [];
		const since = silentSince(agent, signs);
		if (told.get(agentId) === since) return [[agentId, since]];
		return (await tell(actor, version, now - since)) ? [[agentId, since]] : [];
	}

	/** False when the agent has moved on meanwhile. */
	async function tell(actor: DurableActor, version: number, silentMs: number): Promise<boolean> {
		const { generation } = actor.getSnapshot().context as AgentContext;
		const message = `The agent has shown no sign of life for ${Math.round(silentMs / 1_000)} s.`;
		const failure = createFailure('unresponsive', message);
		try {
			const event = { type: 'UNRESPONSIVE', generation, silentMs, failure } as const;
			await system.send(actor.address, event, { expectedVersion: version });
			return true;
		} catch (thrown) {
			const error = toStatecraftError(thrown);
			if (error.kind === 'transient' || error.kind === 'bug') throw error;
			return false;
		}
	}

	watchOn();
	return {
		async stop() {
			stopping = true;
			cancelTimer();
			await looking;
		},
	};
}
