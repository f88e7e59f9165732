/**
 * Shutdown in good order: every agent is told, ends, and is stopped on disk, so that the next boot has
 * nothing to recover.
 */

import type { AgentContext } from '../../machines/agent-model.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableSystem } from '../durable/system.ts';
import { agentIdOf, agentKind } from './address.ts';
import type { AgentHost } from './agent-host.ts';

export interface ShutdownDeps {
	readonly system: DurableSystem;
	readonly host: AgentHost;
	readonly clock: Clock;
	/** Leave agents that dialled in: they come back after the restart. */
	readonly leaveRunning: boolean;
	/** How long agents may take to end. */
	readonly graceMs: number;
	onError(where: string, error: Error): void;
}

export async function shutDownAgents(deps: ShutdownDeps): Promise<void> {
	const { system, host, clock, leaveRunning, graceMs, onError } = deps;
	const living = system.list(agentKind).filter((actor) => {
		const { settings } = actor.getSnapshot().context as AgentContext;
		return actor.getSnapshot().can({ type: 'SHUTDOWN' }) && !(leaveRunning && settings.transport === 'websocket');
	});
	await Promise.all(
		living.map(({ address }) =>
			system.send(address, { type: 'SHUTDOWN' }).catch((error: Error) => onError(`shutdown of ${address}`, error)),
		),
	);
	let cancelTimer = () => {};
	const patience = new Promise<void>((resolve) => {
		cancelTimer = clock.setTimer(resolve, graceMs);
	});
	await Promise.race([Promise.all(living.map(({ address }) => host.ended(agentIdOf(address)))), patience]);
	cancelTimer();
}
