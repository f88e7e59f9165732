/**
 * The keeper of supervisors: tells them when their agent, or Statecraft, was away, and when tasks have ended
 * that they wait for, and restores them when the agent is back.
 *
 * 1. It looks at what is stored and does what is due: told twice, or late, or after a crash, the outcome is
 *    the same. What it hears of only tells it when to look.
 * 2. Every supervisor that Statecraft's end interrupted is marked so before any is restored.
 * 3. One whose stored state cannot be read is left to a person, who may know a program that can.
 */

import {
	type SupervisorCommandEvent,
	type SupervisorContext,
	tasksOutstanding,
} from '../../machines/supervisor-model.ts';
import { agentAddress } from '../agents/address.ts';
import type { AgentView, Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import type { Serial } from '../durable/serial.ts';
import type { StoredEvent } from '../durable/store.ts';
import type { DurableSystem } from '../durable/system.ts';
import { toStatecraftError } from '../errors.ts';
import type { EventBus } from '../events/bus.ts';
import type { TaskReads } from '../tasks/views.ts';
import { supervisorAddress } from './address.ts';
import { findEnds } from './effects.ts';
import type { Restorer } from './restoration.ts';
import type { SupervisorReads, SupervisorView } from './views.ts';

export interface KeeperDeps {
	readonly system: Pick<DurableSystem, 'get' | 'send' | 'quarantineReason'>;
	readonly reads: SupervisorReads & Pick<Reads, 'agent'> & Pick<TaskReads, 'tasksByIds'>;
	readonly bus: EventBus;
	readonly clock: Clock;
	readonly restorer: Restorer;
	/** Work on one supervisor is done one after the other. */
	readonly inTurn: Serial;
	onError(where: string, error: Error): void;
}

export interface Keeper {
	/** Marks and restores what the last process left, and looks after all from then on: at boot. */
	begin(): Promise<void>;
	/** Resolves when nothing is under way any more. */
	stop(): Promise<void>;
}

/** What is told of a supervisor, and of an agent's state. */
interface News {
	readonly supervisorId: string;
	readonly to?: string;
}

const retryMs = 1_000;

export function createKeeper(deps: KeeperDeps): Keeper {
	const { system, reads, bus, clock, restorer, inTurn, onError } = deps;
	/** Agents of missions that go on, by supervisor id. */
	const agentOf = new Map<string, string>();
	const underWay = new Set<Promise<void>>();
	const retries = new Set<() => void>();
	let unsubscribe = () => {};
	let stopped = false;

	function look(id: string): void {
		if (stopped) return;
		const work = inTurn(id, () => attendAgent(id).then(() => attendTasks(id))).catch((thrown: unknown) => {
			const error = toStatecraftError(thrown);
			if (error.kind === 'transient') lookLater(id);
			else if (error.code !== 'invalid_transition') onError(`supervisor ${id}`, error);
		});
		underWay.add(work);
		void work.finally(() => underWay.delete(work));
	}

	function lookLater(id: string): void {
		if (stopped) return;
		const cancel = clock.setTimer(() => {
			retries.delete(cancel);
			look(id);
		}, retryMs);
		retries.add(cancel);
	}

	async function attendAgent(id: string): Promise<void> {
		const view = await reads.supervisor(id);
		if (!view || hasEnded(view) || system.quarantineReason(supervisorAddress(id)) !== undefined) return;
		const agent = await reads.agent(view.agentId);
		// One that could not be restored takes no prompts, whatever its row says.
		if (!agent || !system.get(agentAddress(agent.id))) return;
		const context = contextOf(id);
		if (isConnected(agent)) {
			if (context && view.state !== 'interrupted' && !isSessionLost(context, agent)) return;
			await restorer.restore(id, { source: context?.interruption?.source ?? 'agent_restart' });
		} else if (agent.tags.includes('terminal') && view.state !== 'interrupted') {
			const reason = agent.error?.message ?? `The agent ${agent.name} is ${agent.executionState}.`;
			await tell(id, { type: 'INTERRUPT', source: 'agent_restart', reason });
		}
	}

	/** What tasks' ends mean to a mission is its machine's affair. */
	async function attendTasks(id: string): Promise<void> {
		const taskIds = tasksOutstanding(contextOf(id)?.awaiting ?? null);
		const ends = taskIds.length === 0 ? [] : findEnds(taskIds, await reads.tasksByIds(taskIds));
		if (ends.length > 0) await tell(id, { type: 'TASKS_ENDED', ends });
	}

	function contextOf(id: string): SupervisorContext | undefined {
		return system.get(supervisorAddress(id))?.getSnapshot().context as SupervisorContext | undefined;
	}

	async function tell(id: string, event: SupervisorCommandEvent): Promise<void> {
		try {
			await system.send(supervisorAddress(id), event);
		} catch (thrown) {
			// It has ended just now, or is not there to be told.
			if (toStatecraftError(thrown).kind === 'transient') throw thrown;
		}
	}

	function hear({ topic, agentId, data }: StoredEvent): void {
		if (topic.startsWith('supervisor.')) hearOfSupervisor(topic, agentId, JSON.parse(data) as News);
		if (topic === 'agent.state.changed' || topic === 'agent.restarted') {
			for (const [id, itsAgent] of agentOf) if (itsAgent === agentId) look(id);
		}
		if (topic === 'task.state.changed') hearOfTask(JSON.parse(data) as { taskId: string });
	}

	function hearOfSupervisor(topic: string, agentId: string | null, { supervisorId, to }: News): void {
		if (agentId === null || topic === 'supervisor.progress') return;
		if (topic === 'supervisor.deleted' || to === 'completed' || to === 'failed') {
			agentOf.delete(supervisorId);
			return;
		}
		agentOf.set(supervisorId, agentId);
		if (to === 'interrupted') look(supervisorId);
	}

	function hearOfTask({ taskId }: { readonly taskId: string }): void {
		for (const id of agentOf.keys()) if (contextOf(id)?.awaiting?.taskIds.includes(taskId)) look(id);
	}

	return {
		async begin() {
			const active = await reads.activeSupervisors();
			const event = { type: 'INTERRUPT', source: 'daemon_restart', reason: 'Statecraft was restarted.' } as const;
			for (const { id, agentId } of active) {
				agentOf.set(id, agentId);
				await tell(id, event);
			}
			unsubscribe = bus.subscribe((events) => {
				for (const told of events) hear(told);
			});
			for (const { id } of active) look(id);
		},
		async stop() {
			stopped = true;
			unsubscribe();
			for (const cancel of retries) cancel();
			await Promise.all(underWay);
		},
	};
}

function hasEnded({ state }: SupervisorView): boolean {
	return state === 'completed' || state === 'failed';
}

function isConnected({ executionState }: AgentView): boolean {
	return executionState === 'idle' || executionState === 'busy';
}

/** A later run that could not take up the session knows nothing of the mission. */
function isSessionLost({ session }: SupervisorContext, agent: AgentView): boolean {
	return session !== null && agent.generation > session.generation && agent.sessionId !== session.id;
}
