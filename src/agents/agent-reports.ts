/**
 * Reports: what agents did, told to their machines.
 *
 * A report that the store refuses for now is repeated until it is taken, or no longer matters.
 */

import type { AgentCommandEvent, AgentContext } from '../../machines/agent-model.ts';
import type { Clock } from '../durable/clock.ts';
import type { Writes } from '../durable/definition.ts';
import type { DurableSystem } from '../durable/system.ts';
import { toStatecraftError } from '../errors.ts';
import { agentAddress } from './address.ts';

export interface AgentReportsDeps {
	readonly clock: Clock;
	/** The system is made after its definitions, which need the host that reports. */
	system(): DurableSystem;
	onError(where: string, error: Error): void;
}

export interface AgentReports {
	/** Resolves after the commit; false when the machine refused: it came too late to matter. */
	send(agentId: string, event: AgentCommandEvent, writes?: Writes): Promise<boolean>;
	/** The agent's committed context. */
	contextOf(agentId: string): AgentContext | undefined;
	/** From now on a refusal of the store is final. */
	stop(): void;
}

const retryMs = 1_000;

export function createAgentReports({ clock, system, onError }: AgentReportsDeps): AgentReports {
	let stopping = false;
	return {
		async send(agentId, event, writes = {}) {
			for (;;) {
				try {
					await system().send(agentAddress(agentId), event, writes);
					return true;
				} catch (thrown) {
					const error = toStatecraftError(thrown);
					if (error.kind !== 'transient' || stopping) {
						if (error.kind === 'bug') onError(`${agentId} ${event.type}`, error);
						return false;
					}
					await new Promise<void>((resolve) => clock.setTimer(resolve, retryMs));
				}
			}
		},
		contextOf: (agentId) => system().get(agentAddress(agentId))?.getSnapshot().context as AgentContext | undefined,
		stop() {
			stopping = true;
		},
	};
}
