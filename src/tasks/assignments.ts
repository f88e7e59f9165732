/**
 * Whose turn it is: an agent begins its assigned tasks one at a time, the highest priority first, each
 * once the tasks it depends on are completed.
 *
 * 1. Of one agent one look is taken at a time, and it ends after the commit of what it began: so two
 *    looks never begin two tasks.
 * 2. What is begun is read from rows. A look that is lost with the process is made up for at boot.
 */

import type { TaskCommandEvent } from '../../machines/task-model.ts';
import type { Reads } from '../agents/views.ts';
import type { Serial } from '../durable/serial.ts';
import type { DurableSystem } from '../durable/system.ts';
import { toStatecraftError } from '../errors.ts';
import type { EventBus } from '../events/bus.ts';
import { taskAddress } from './address.ts';
import type { TaskReads, TaskView } from './views.ts';

export interface AssignmentsDeps {
	readonly system: Pick<DurableSystem, 'send'>;
	readonly reads: Pick<
		TaskReads,
		'assignedTasks' | 'hasTaskUnderWay' | 'agentsAwaiting' | 'agentsWithAssignedTasks' | 'openTasksOf' | 'tasksByIds'
	> &
		Pick<Reads, 'agent'>;
	readonly bus: EventBus;
	readonly serial: Serial;
	onError(where: string, error: Error): void;
}

export interface Assignments {
	/** Begins the agent's next task, if it is free for one. */
	lookFor(agentId: string): Promise<void>;
	/** Begins what waited for the task. */
	lookForDependents(taskId: string): Promise<void>;
	/** Looks once for every agent, and from now on whenever one is there again. */
	begin(): Promise<void>;
	stop(): void;
}

const connectedStates: readonly string[] = ['idle', 'busy'];

export function createAssignments({ system, reads, bus, serial, onError }: AssignmentsDeps): Assignments {
	let unsubscribe = () => {};

	const lookFor: Assignments['lookFor'] = (agentId) =>
		serial(`agent ${agentId}`, async () => {
			const agent = await reads.agent(agentId);
			if (!agent || !connectedStates.includes(agent.executionState)) return;
			if (await reads.hasTaskUnderWay(agentId)) return;
			for (const task of await reads.assignedTasks(agentId)) {
				if ((await unfinishedDependencies(reads, task)).length > 0) continue;
				if (await tell(task, { type: 'BEGIN' }, 'assigned')) return;
			}
		});

	/** Whether the task took it: one that was changed meanwhile does not. */
	async function tell({ id }: TaskView, event: TaskCommandEvent, expectedState?: string): Promise<boolean> {
		try {
			await system.send(taskAddress(id), event, { expectedState });
			return true;
		} catch (thrown) {
			if (toStatecraftError(thrown).kind === 'transient') throw thrown;
			return false;
		}
	}

	/** Prompts that no agent took are tried again at once, and what waited begins. */
	async function welcome(agentId: string): Promise<void> {
		for (const task of await reads.openTasksOf(agentId)) await tell(task, { type: 'NUDGE' });
		await lookFor(agentId);
	}

	return {
		lookFor,
		async lookForDependents(taskId) {
			for (const agentId of await reads.agentsAwaiting(taskId)) await lookFor(agentId);
		},
		async begin() {
			unsubscribe = bus.subscribe((events) => {
				for (const { topic, agentId, data } of events) {
					if (topic !== 'agent.state.changed' || agentId === null || !hasConnected(data)) continue;
					welcome(agentId).catch((error: Error) => onError(`tasks of ${agentId}`, error));
				}
			});
			for (const agentId of await reads.agentsWithAssignedTasks()) await lookFor(agentId);
		},
		stop: () => unsubscribe(),
	};
}

/** Ids of the tasks that must be completed before this one is begun, and are not. */
export async function unfinishedDependencies(
	reads: Pick<TaskReads, 'tasksByIds'>,
	{ dependsOn }: Pick<TaskView, 'dependsOn'>,
): Promise<readonly string[]> {
	if (dependsOn.length === 0) return [];
	const found = await reads.tasksByIds(dependsOn);
	const completed = new Set(found.filter(({ state }) => state === 'completed').map(({ id }) => id));
	return dependsOn.filter((id) => !completed.has(id));
}

/** Whether an agent that was not there is there now. */
function hasConnected(data: string): boolean {
	const { from, to } = JSON.parse(data) as { readonly from: string | null; readonly to: string };
	const isThere = (state: string | null) => connectedStates.some((known) => state?.startsWith(known));
	return isThere(to) && !isThere(from);
}
