/** One process of the workflows' world, put together and booted as the product does it. */

import { agentKind } from '../../../src/agents/address.ts';
import { createAgentDefinition } from '../../../src/agents/agent-definition.ts';
import type { AgentHost } from '../../../src/agents/agent-host.ts';
import { createAgentService } from '../../../src/agents/agent-service.ts';
import type { GroupReads } from '../../../src/agents/groups/views.ts';
import { reconcileAgent } from '../../../src/agents/reconciliation.ts';
import type { AgentService } from '../../../src/agents/service.ts';
import type { Reads } from '../../../src/agents/views.ts';
import type { Clock } from '../../../src/durable/clock.ts';
import type { DurableDefinition } from '../../../src/durable/definition.ts';
import type { DurableSystem } from '../../../src/durable/system.ts';
import { createEventBus, type EventBus } from '../../../src/events/bus.ts';
import type { WorkflowService } from '../../../src/workflows/service.ts';
import type { WorkflowReads } from '../../../src/workflows/views.ts';
import { createWorkflows } from '../../../src/workflows/workflows.ts';
import type { Outside } from './outside.ts';

export type AllReads = Reads & WorkflowReads & Pick<GroupReads, 'groupOf'>;

export interface Process {
	readonly definitions: readonly DurableDefinition[];
	readonly bus: EventBus;
	readonly workflows: WorkflowService;
	/** Only once it has booted. */
	readonly agents: AgentService;
	/** From a system that has been restored to one that works. */
	boot(restored: DurableSystem): Promise<void>;
	/** Ends what is no actor and has no store. */
	stop(): void;
}

export interface ProcessDeps {
	readonly clock: Clock;
	readonly reads: AllReads;
	readonly outside: Outside;
	/** Whether it has died. */
	isOver(): boolean;
	onError(where: string, error: Error): void;
}

const limits = { startupTimeoutMs: 60_000, reconnectGraceMs: 30_000, cancelTimeoutMs: 10_000, maxQueuedPrompts: 100 };

export function createProcess({ clock, reads, outside, isOver, onError }: ProcessDeps): Process {
	const late: { system?: DurableSystem; agents?: AgentService } = {};
	const system = () => late.system ?? tooEarly();
	const agents = () => late.agents ?? tooEarly();
	const bus = createEventBus({ onListenerError: (error) => onError('event listener', error as Error) });
	const effects = outside.effectsFor({ clock, reads, system, isOver, onError });
	const { repository: github } = outside;
	const workflows = createWorkflows({ clock, reads, bus, github, system, agents, onError });

	return {
		definitions: [createAgentDefinition(effects), workflows.definition],
		bus,
		workflows: workflows.service,
		get agents() {
			return agents();
		},
		async boot(restored) {
			late.system = restored;
			late.agents = createAgentService({
				...{ system: restored, clock, reads, bus, limits, onError },
				host: { effects } as AgentHost,
				agentFrameLimitBytes: 0,
				agentPingIntervalMs: 0,
				usesOf: async () => [],
			});
			await workflows.begin();
			for (const actor of restored.list(agentKind)) await reconcileAgent(restored, actor);
			await restored.resume();
			await workflows.resume();
		},
		stop: workflows.stop,
	};
}

function tooEarly(): never {
	throw new Error('the process has not booted');
}
