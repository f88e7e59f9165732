/** Tasks, put together: their machine with what it does in the world, whose turn it is, and the service. */

import { join } from 'node:path';
import type { AgentContext } from '../../machines/agent-model.ts';
import type { TaskContext } from '../../machines/task-model.ts';
import { agentAddress } from '../agents/address.ts';
import type { AgentService } from '../agents/service.ts';
import type { Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableDefinition } from '../durable/definition.ts';
import { createSerial } from '../durable/serial.ts';
import type { DurableSystem } from '../durable/system.ts';
import type { EventBus } from '../events/bus.ts';
import { taskAddress } from './address.ts';
import { createAssignments } from './assignments.ts';
import type { GateRunner } from './gates.ts';
import type { GitRunner } from './git.ts';
import type { TaskService } from './service.ts';
import { createTaskDefinition } from './task-definition.ts';
import { createTaskDiffs, type TaskDiffs } from './task-diff.ts';
import { createTaskEffects } from './task-effects.ts';
import { createTaskPrompting } from './task-prompting.ts';
import { createTaskService } from './task-service.ts';
import type { TaskReads } from './views.ts';
import { createWorktrees } from './worktrees.ts';

export interface TasksDeps {
	readonly clock: Clock;
	readonly reads: Pick<Reads, 'agent' | 'prompt' | 'promptByKey'> & TaskReads;
	readonly bus: EventBus;
	readonly git: GitRunner;
	readonly gates: GateRunner;
	/** Worktrees are below it; absolute. */
	readonly dataDir: string;
	/** The system is made after its definitions, of which the task's is one. */
	system(): DurableSystem;
	agents(): Pick<AgentService, 'submitPrompt' | 'cancelPrompt'>;
	onError(where: string, error: Error): void;
}

export interface Tasks {
	readonly definition: DurableDefinition;
	readonly service: TaskService;
	readonly diffs: TaskDiffs;
	/** Undoes what a crash left of tasks that were being made: before anything is done with git. */
	sweep(): Promise<void>;
	/** Begins whatever can be begun, from now on whenever an agent is there again. */
	resume(): Promise<void>;
	stop(): void;
}

export function createTasks(deps: TasksDeps): Tasks {
	const { clock, reads, bus, git, gates, onError } = deps;
	// What needs the system asks for it when it is used.
	const system: Pick<DurableSystem, 'send' | 'spawn' | 'write' | 'get' | 'reset'> = {
		send: (address, event, options) => deps.system().send(address, event, options),
		spawn: (kind, id, input, writes) => deps.system().spawn(kind, id, input, writes),
		write: (unit) => deps.system().write(unit),
		get: (address) => deps.system().get(address),
		reset: (address, input, writes) => deps.system().reset(address, input, writes),
	};
	const contextAt = (address: string): unknown => system.get(address)?.getSnapshot().context;
	const serial = createSerial();
	const worktrees = createWorktrees({ git, directory: join(deps.dataDir, 'worktrees'), onError });
	const assignments = createAssignments({ system, reads, bus, serial, onError });
	const effects = createTaskEffects({
		reads,
		git,
		worktrees,
		gates,
		serial,
		assignments: () => assignments,
		contextOf: (taskId) => contextAt(taskAddress(taskId)) as TaskContext | undefined,
	});
	const prompting = createTaskPrompting({
		reads,
		worktrees,
		serial,
		agents: deps.agents,
		contextOf: (agentId) => contextAt(agentAddress(agentId)) as AgentContext | undefined,
	});
	return {
		definition: createTaskDefinition({ ...effects, ...prompting }),
		service: createTaskService({ system, reads, clock, worktrees, serial }),
		diffs: createTaskDiffs(git, (id) => (contextAt(taskAddress(id)) as TaskContext | undefined)?.head ?? null),
		sweep: () => worktrees.sweep(async (taskId) => (await reads.task(taskId)) !== undefined),
		resume: assignments.begin,
		stop: assignments.stop,
	};
}
