/**
 * Workflows, put together: the orchestrator with its runners, what they read and what they do, and the
 * service that people talk to.
 */

import type { AgentContext } from '../../machines/agent-model.ts';
import type { OrchestratorContext } from '../../machines/orchestrator-model.ts';
import { agentAddress } from '../agents/address.ts';
import type { AgentService } from '../agents/service.ts';
import type { Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableDefinition } from '../durable/definition.ts';
import type { DurableSystem } from '../durable/system.ts';
import type { EventBus } from '../events/bus.ts';
import { orchestratorAddress, orchestratorId, orchestratorKind, runnerAddress } from './address.ts';
import { createIntake } from './intake.ts';
import { createNudges, type Nudges } from './nudges.ts';
import { createOrchestratorDefinition } from './orchestrator-definition.ts';
import { createQueueBroker } from './queue-broker.ts';
import { createPromptRenderer } from './rendering.ts';
import { createRunnerDefinition } from './runner-definition.ts';
import { createRunnerEffects } from './runner-effects.ts';
import type { WorkflowService } from './service.ts';
import { createQueueSource } from './triggers/queue.ts';
import type { TriggerSource } from './triggers/source.ts';
import { createSources } from './triggers/sources.ts';
import type { WorkflowReads } from './views.ts';
import { createWorkflowService } from './workflow-service.ts';

export interface WorkflowsDeps {
	readonly clock: Clock;
	readonly reads: Reads & WorkflowReads;
	readonly bus: EventBus;
	/** Reads issues and pull requests. */
	readonly github: TriggerSource;
	/** The system is made after its definitions, of which the orchestrator's is one. */
	system(): DurableSystem;
	agents(): Pick<AgentService, 'submitPrompt' | 'cancelPrompt'>;
	onError(where: string, error: Error): void;
}

export interface Workflows {
	readonly definition: DurableDefinition;
	readonly service: WorkflowService;
	/** Makes sure that there is an orchestrator: before any agent can tell it anything. */
	begin(): Promise<void>;
	/** Lets runners hear of what happens: once events can be read. */
	resume(): Promise<void>;
	stop(): void;
}

export function createWorkflows(deps: WorkflowsDeps): Workflows {
	const { clock, reads, bus, onError } = deps;
	// What needs the system asks for it when it is used.
	const system: Pick<DurableSystem, 'send' | 'write' | 'get' | 'remove' | 'quarantineReason'> = {
		send: (address, event, options) => deps.system().send(address, event, options),
		write: (unit) => deps.system().write(unit),
		get: (address) => deps.system().get(address),
		remove: (address, writes) => deps.system().remove(address, writes),
		quarantineReason: (address) => deps.system().quarantineReason(address),
	};
	const intake = createIntake({ clock, reads, write: system.write });
	const queues = createQueueBroker({ clock, reads, write: system.write });
	const queue = createQueueSource({ broker: queues, reads });
	const sources = createSources({ reads, github: deps.github, queue, onError });
	const service = createWorkflowService({ system, clock, reads, queues });
	const effects = createRunnerEffects({
		clock,
		reads,
		sources,
		intake,
		queues,
		renderer: createPromptRenderer({ clock, reads }),
		agents: deps.agents,
		contextOf: (agentId) => system.get(agentAddress(agentId))?.getSnapshot().context as AgentContext | undefined,
	});
	const runner = createRunnerDefinition(effects);
	let nudges: Nudges | undefined;

	return {
		definition: createOrchestratorDefinition({
			reads,
			runner,
			hasRunner: (workflowId) => system.get(runnerAddress(workflowId)) !== undefined,
			retire: service.retire,
		}),
		service,
		async begin() {
			if (system.get(orchestratorAddress)) return;
			// Nothing is lost with one that could not be restored: how far triggers were read is in rows, and every
			// agent tells anew that it is there.
			if (system.quarantineReason(orchestratorAddress)) await deps.system().reset(orchestratorAddress, undefined);
			else await deps.system().spawn(orchestratorKind, orchestratorId, undefined);
		},
		async resume() {
			nudges = createNudges({ system, bus, clock, reads, sources, onError });
			const context = system.get(orchestratorAddress)?.getSnapshot().context as OrchestratorContext | undefined;
			await nudges.begin(Object.keys(context?.runners ?? {}));
		},
		stop: () => nudges?.stop(),
	};
}
