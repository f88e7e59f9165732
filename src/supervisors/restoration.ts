/**
 * The restoration protocol: from what is stored of a mission to one RESTORE, which takes it up again.
 *
 * 1. No stored state: the mission begins afresh, with a warning.
 * 2. What is stored is validated against the tasks and requests there are.
 * 3. Invalid: it is taken up from the last save point that is valid, saying what was wrong.
 * 4. Valid: as it is. The agent's own session remembers what was said, or else it is told.
 * 5. Pending questions are told to people again. 6. Waiting for tasks goes on; those that have ended are
 * reported. 7. The agent is told what happened. 8. It is counted.
 *
 * Everything before the RESTORE only reads, and the RESTORE is one step, on condition that nothing has
 * happened meanwhile: killed half-way, it is done again from the beginning. Only a state that was lost is
 * replaced first, by an actor that waits to be restored.
 */

import {
	addEnds,
	type MissionState,
	missionState,
	type Note,
	type RestorationSource,
	type RestoreCommand,
	type SupervisorContext,
	type SupervisorInput,
	tasksOutstanding,
} from '../../machines/supervisor-model.ts';
import type { AgentView, Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableSystem, SendOptions } from '../durable/system.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import type { TaskReads } from '../tasks/views.ts';
import { supervisorAddress, supervisorKind } from './address.ts';
import { checkpointNumber } from './checkpoint-id.ts';
import { missionStateSchema } from './context.ts';
import { findEnds } from './effects.ts';
import { type Restoration, renderRestoration } from './messages.ts';
import type { MissionProblem, RestorationInfo } from './service.ts';
import { completeState, findProblems, type MissionFacts, mentionedTasks, readFacts } from './validation.ts';
import type { CheckpointView, SupervisorReads, SupervisorView } from './views.ts';

export interface RestorerDeps {
	readonly system: Pick<DurableSystem, 'get' | 'send' | 'spawn' | 'reset' | 'quarantineReason'>;
	readonly reads: SupervisorReads & Pick<Reads, 'agent' | 'requests'> & Pick<TaskReads, 'tasks' | 'tasksByIds'>;
	readonly clock: Clock;
}

export interface RestorationWish {
	readonly source: RestorationSource;
	/** Who carries it out from now on; the same agent by default. */
	readonly agentId?: string;
}

export interface Restorer {
	/** Rejects with `supervisor_not_found`, or `invalid_transition` once it has ended. */
	restore(id: string, wish: RestorationWish, options?: Pick<SendOptions, 'records'>): Promise<RestorationInfo>;
}

/** What is there to be restored. */
interface Standing {
	readonly context: SupervisorContext;
	readonly version: number;
}

/** What it is restored to, and why. */
interface Recovery {
	readonly kind: RestorationInfo['recovery'];
	readonly state: MissionState;
	readonly problems: readonly MissionProblem[];
	readonly savedAt: number | null;
}

interface Plan {
	readonly event: RestoreCommand;
	/** The version that it was worked out from. */
	readonly version: number;
	readonly info: RestorationInfo;
}

const emptyState: MissionState = {
	currentActivity: null,
	progress: 0,
	spawnedTaskIds: [],
	pendingQuestions: [],
	awaiting: null,
};

/** Whatever happens meanwhile, it happens seldom. */
const attempts = 10;

export function createRestorer(deps: RestorerDeps): Restorer {
	const { system, reads, clock } = deps;

	async function findStanding(view: SupervisorView): Promise<Standing> {
		const address = supervisorAddress(view.id);
		if (!system.get(address)) await replaceLost(view, address);
		const actor = system.get(address);
		if (!actor) throw new StatecraftError('internal', `${address} did not come to life`);
		if (actor.getSnapshot().status !== 'active') throw hasEnded(view);
		return { context: actor.getSnapshot().context as SupervisorContext, version: actor.version };
	}

	async function replaceLost(view: SupervisorView, address: string): Promise<void> {
		const { id: supervisorId, agentId, mission, restorationCount } = view;
		const [newest] = (await reads.checkpoints(supervisorId, { limit: 1, offset: 0 })).items;
		const saves = newest ? checkpointNumber(newest.id) : 0;
		const quarantine = system.quarantineReason(address);
		const reason = quarantine === undefined ? 'It was not stored.' : `It could not be read: ${quarantine}`;
		const input: SupervisorInput = { supervisorId, agentId, mission, lost: { reason, restorationCount, saves } };
		if (quarantine === undefined) await system.spawn(supervisorKind, supervisorId, input);
		else await system.reset(address, input);
	}

	async function recover(context: SupervisorContext): Promise<{ recovery: Recovery; facts: MissionFacts }> {
		const stored = missionState(context);
		const { items: saved } = await reads.checkpoints(context.supervisorId, { limit: 20, offset: 0 });
		const parsed = saved.map(parseCheckpoint);
		const states = [stored, ...parsed.map(({ state }) => state)].filter((state) => state !== null);
		const mentioned = states.flatMap(mentionedTasks);
		const facts = await readFacts(deps, context.supervisorId, context.agentId, mentioned);
		return { recovery: choose(stored, problemsOf(context, facts), parsed, facts), facts };
	}

	/** All of a restoration but its one step. */
	async function plan(view: SupervisorView, { source, agentId: wanted }: RestorationWish): Promise<Plan> {
		const { context, version } = await findStanding(view);
		const { recovery, facts } = await recover(context);
		const agentId = wanted ?? context.agentId;
		const agent = await reads.agent(agentId);
		const state = completeState(recovery.state, facts);
		const ends = findEnds(state.awaiting?.taskIds ?? [], facts.tasks);
		const awaiting = state.awaiting && addEnds(state.awaiting, ends);
		const tasksAwaited = tasksOutstanding(awaiting);
		const ended = awaiting?.ended ?? [];
		const told = { ...describe(context, agent, recovery), at: clock.now(), source, state, tasksAwaited, ends: ended };
		const text = renderRestoration(told);
		// A person, or whoever gives it to another agent, wants it to go on now.
		const start = source === 'manual' || source === 'task_reassignment';
		const { kind, problems } = recovery;
		return {
			version,
			event: { type: 'RESTORE', source, recovery: kind, agentId, state, ends, text, start },
			info: {
				source,
				restorationCount: context.restorationCount + 1,
				validation: { valid: problems.length === 0, problems },
				recovery: kind,
				questionsRedelivered: state.pendingQuestions.map(({ id }) => id),
				tasksAwaited,
				tasksFinished: ended.map(({ taskId }) => taskId),
				message: text,
			},
		};
	}

	return {
		async restore(id, wish, options = {}) {
			for (let left = attempts; ; left--) {
				const view = await reads.supervisor(id);
				if (!view) throw new StatecraftError('supervisor_not_found', `There is no supervisor ${id}`);
				if (view.state === 'completed' || view.state === 'failed') throw hasEnded(view);
				try {
					const { event, version, info } = await plan(view, wish);
					await system.send(supervisorAddress(id), event, { ...options, expectedVersion: version });
					return info;
				} catch (thrown) {
					if (left === 1 || toStatecraftError(thrown).code !== 'stale_state') throw thrown;
				}
			}
		},
	};
}

function hasEnded({ id, state }: SupervisorView): StatecraftError {
	return new StatecraftError('invalid_transition', `The supervisor ${id} is ${state}: its mission is over`, { state });
}

function problemsOf(context: SupervisorContext, facts: MissionFacts): readonly MissionProblem[] {
	if (context.lost !== null) return [{ code: 'state_lost', message: context.lost }];
	return findProblems(missionState(context), facts);
}

interface SavedState {
	/** Null where it cannot be read. */
	readonly state: MissionState | null;
	readonly savedAt: number;
}

function parseCheckpoint({ context, createdAt }: CheckpointView): SavedState {
	const known = typeof context === 'object' && context !== null ? { ...context, state: undefined } : context;
	const parsed = missionStateSchema.safeParse(JSON.parse(JSON.stringify(known)));
	return { state: parsed.success ? parsed.data : null, savedAt: createdAt };
}

/** What is stored, or else the newest save point that makes sense, or else nothing. */
function choose(
	stored: MissionState,
	problems: readonly MissionProblem[],
	saved: readonly SavedState[],
	facts: MissionFacts,
): Recovery {
	if (problems.length === 0) return { kind: 'resumed', state: stored, problems, savedAt: null };
	for (const { state, savedAt } of saved) {
		// Which questions are open is known better by now.
		if (!state || findProblems({ ...state, pendingQuestions: [] }, facts).length > 0) continue;
		return { kind: 'checkpoint', state, problems, savedAt };
	}
	return { kind: 'fresh', state: emptyState, problems, savedAt: null };
}

type Told = Omit<Restoration, 'source' | 'at' | 'state' | 'tasksAwaited' | 'ends'>;

function describe(context: SupervisorContext, agent: AgentView | undefined, recovery: Recovery): Told {
	const { interruption, conversation, errorMessage, outbox } = context;
	const remembers = isSameSession(context, agent);
	const isMissionToCome = outbox.some(({ kind }) => kind === 'mission');
	return {
		mission: context,
		count: context.restorationCount + 1,
		interruption,
		problems: recovery.problems.map(({ message }) => message),
		savedAt: recovery.savedAt,
		isFresh: recovery.kind === 'fresh',
		conversation: remembers ? null : conversation,
		tellsMission: !remembers && !isMissionToCome,
		cutShort: cutShortOf(context, agent),
		blockedBy: errorMessage,
	};
}

/** What was being told to an agent that has lost the mission is not settled there any more. */
function cutShortOf({ agentId, current, cutShort }: SupervisorContext, agent: AgentView | undefined): Note | null {
	return agent?.id === agentId ? cutShort : (current?.note ?? cutShort);
}

/** Whether the agent is there with the very session in which the mission was carried out. */
function isSameSession({ agentId, session }: SupervisorContext, agent: AgentView | undefined): boolean {
	const isThere = agent?.executionState === 'idle' || agent?.executionState === 'busy';
	return isThere && agent.id === agentId && session !== null && agent.sessionId === session.id;
}
