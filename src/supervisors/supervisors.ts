/** Supervisors, put together: their definition, the service that people and agents talk to, and their keeper. */

import type { SupervisorContext } from '../../machines/supervisor-model.ts';
import type { AgentService } from '../agents/service.ts';
import type { Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableDefinition } from '../durable/definition.ts';
import { createSerial } from '../durable/serial.ts';
import type { DurableSystem } from '../durable/system.ts';
import type { EventBus } from '../events/bus.ts';
import type { TaskService } from '../tasks/service.ts';
import type { TaskReads } from '../tasks/views.ts';
import { createSupervisorDefinition } from './definition.ts';
import { createSupervisorEffects } from './effects.ts';
import { createKeeper } from './keeper.ts';
import { createRestorer } from './restoration.ts';
import type { SupervisorService } from './service.ts';
import { createSupervisorService } from './supervisor-service.ts';
import type { SupervisorReads } from './views.ts';

export interface SupervisorsDeps {
	readonly clock: Clock;
	readonly reads: Reads & SupervisorReads & TaskReads;
	readonly bus: EventBus;
	/** The system is made after its definitions, of which the supervisor's is one. */
	system(): DurableSystem;
	agents(): Pick<AgentService, 'submitPrompt' | 'cancelPrompt'>;
	tasks(): Pick<TaskService, 'create'>;
	onError(where: string, error: Error): void;
}

export interface Supervisors {
	readonly definition: DurableDefinition;
	readonly service: SupervisorService;
	/** Restores what the last process left: once messages are delivered and agents are being started. */
	resume(): Promise<void>;
	/** Before the agents go: what becomes of missions then is the next boot's affair. */
	stop(): Promise<void>;
}

export function createSupervisors(deps: SupervisorsDeps): Supervisors {
	const { clock, reads, bus, onError } = deps;
	// What needs the system asks for it when it is used.
	const system: Pick<DurableSystem, 'spawn' | 'send' | 'remove' | 'write' | 'get' | 'reset' | 'quarantineReason'> = {
		spawn: (kind, id, input, writes) => deps.system().spawn(kind, id, input, writes),
		send: (address, event, options) => deps.system().send(address, event, options),
		remove: (address, writes) => deps.system().remove(address, writes),
		write: (unit) => deps.system().write(unit),
		get: (address) => deps.system().get(address),
		reset: (address, input, writes) => deps.system().reset(address, input, writes),
		quarantineReason: (address) => deps.system().quarantineReason(address),
	};
	const inTurn = createSerial();
	const restorer = createRestorer({ system, reads, clock });
	const keeper = createKeeper({ system, reads, bus, clock, restorer, inTurn, onError });
	const effects = createSupervisorEffects({
		reads,
		agents: deps.agents,
		contextOf: (address) => system.get(address)?.getSnapshot().context as SupervisorContext | undefined,
	});
	return {
		definition: createSupervisorDefinition(effects),
		service: createSupervisorService({ system, reads, clock, restorer, inTurn, tasks: deps.tasks }),
		resume: keeper.begin,
		stop: keeper.stop,
	};
}
