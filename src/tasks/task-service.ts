/**
 * The task service: what people and programs ask of tasks, turned into events of tasks' machines.
 *
 * 1. A task is there with its branch and worktree, or not at all: see `worktrees.ts`.
 * 2. A change is made on condition of the state it was asked in; of two that ask at once, one is told
 *    where the task is by then.
 */

import type { TaskCommandEvent, TaskContext, TaskInput } from '../../machines/task-model.ts';
import type { Conditions } from '../agents/service.ts';
import type { AgentView, Reads } from '../agents/views.ts';
import { auditRecord } from '../audit/record.ts';
import type { Clock } from '../durable/clock.ts';
import type { Serial } from '../durable/serial.ts';
import type { DomainRecord } from '../durable/store.ts';
import type { DurableSystem } from '../durable/system.ts';
import { createFailure, StatecraftError, toStatecraftError } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { asOutcome } from '../http/idempotency.ts';
import { createId } from '../ids.ts';
import { taskAddress, taskKind } from './address.ts';
import { unfinishedDependencies } from './assignments.ts';
import { chooseBranch, taskRow } from './new-task.ts';
import type { CreateTask, TaskActivity, TaskService } from './service.ts';
import { splitTaskState } from './task-projection.ts';
import { eventOfTransition } from './transitions.ts';
import type { TaskReads, TaskView } from './views.ts';
import type { Worktrees } from './worktrees.ts';

export interface TaskServiceDeps {
	readonly system: Pick<DurableSystem, 'send' | 'spawn' | 'write' | 'get' | 'reset'>;
	readonly reads: TaskReads & Pick<Reads, 'agent'>;
	readonly clock: Clock;
	readonly worktrees: Worktrees;
	readonly serial: Serial;
}

/** How long an answer waits for what git makes of a merge or a removal, milliseconds. */
const outcomeWaitMs = 30_000;

export function createTaskService({ system, reads, clock, worktrees, serial }: TaskServiceDeps): TaskService {
	async function requireTask(id: string): Promise<TaskView> {
		const task = await reads.task(id);
		if (!task) throw noSuchTask(id);
		return task;
	}

	async function requireAgent(idOrName: string): Promise<AgentView> {
		const agent = await reads.agent(idOrName);
		if (!agent) throw new StatecraftError('agent_not_found', `there is no agent "${idOrName}"`);
		return agent;
	}

	async function send(id: string, event: TaskCommandEvent, conditions: Conditions): Promise<void> {
		const { expectedState, expectedVersion, by, reason } = conditions;
		try {
			await system.send(
				taskAddress(id),
				{ ...event, by, ...(reason !== undefined && { reason }) },
				{ expectedState, expectedVersion, records: recordsOf(id, actionOf(event), conditions) },
			);
		} catch (thrown) {
			throw explain(id, event, toStatecraftError(thrown), activityOf(id));
		}
	}

	/** What rides with a person's deed, its entry in the audit first. */
	function recordsOf(
		id: string,
		action: string,
		{ by, reason, records }: Conditions,
		agentId = contextOf(id)?.agentId ?? null,
	): readonly DomainRecord[] {
		const deed = { by, action, agentId, subject: id, reason: reason ?? null };
		return [auditRecord(clock.now(), deed), ...(records?.(id) ?? [])];
	}

	function contextOf(id: string): TaskContext | undefined {
		return system.get(taskAddress(id))?.getSnapshot().context as TaskContext | undefined;
	}

	function activityOf(id: string): TaskActivity | null {
		const snapshot = system.get(taskAddress(id))?.getSnapshot();
		if (!snapshot) return null;
		const [state, activity] = splitTaskState(snapshot);
		const { prompt, instruction, rounds } = snapshot.context as TaskContext;
		return { state, activity, promptId: prompt?.promptId ?? null, attempt: instruction.attempt, rounds };
	}

	/** Resolves when the task does none of these any more, or after a while. */
	async function whileDoing(id: string, activities: readonly string[]): Promise<void> {
		const isDoing = () => activities.includes(activityOf(id)?.activity ?? '');
		const actor = system.get(taskAddress(id));
		if (!actor || !isDoing()) return;
		await new Promise<void>((resolve) => {
			const done = () => {
				subscription.unsubscribe();
				cancelTimer();
				resolve();
			};
			const cancelTimer = clock.setTimer(done, outcomeWaitMs);
			const subscription = actor.ref.subscribe({ next: () => isDoing() || done(), error: done, complete: done });
		});
	}

	async function checkDependencies(ids: readonly string[]): Promise<void> {
		const known = new Set((await reads.tasksByIds(ids)).map(({ id }) => id));
		const unknown = ids.filter((id) => !known.has(id));
		if (unknown.length > 0) throw noSuchTask(unknown.join(', '));
	}

	async function create(input: CreateTask, conditions: Conditions): Promise<{ readonly id: string }> {
		const at = clock.now();
		const id = createId('task', at);
		const agentId = input.agent === undefined ? null : (await requireAgent(input.agent)).id;
		const { dependsOn = [], gates = [], description, baseBranch } = input;
		await checkDependencies(dependsOn);
		const branch = input.branch ?? chooseBranch(description, id);
		const wanted = {
			taskId: id,
			repository: input.repository,
			branch,
			...(baseBranch !== undefined && { baseBranch }),
		};
		const place = await worktrees.plan(wanted);
		const machineInput: TaskInput = { taskId: id, agentId, gated: gates.length > 0 };
		const row = taskRow({ ...input, dependsOn, gates }, agentId, place, at);
		const records = [
			{ op: 'insert', table: 'tasks', row } as const,
			...recordsOf(id, 'task.create', conditions, agentId),
		];
		const events = [createEvent('task.created', agentId, at, { taskId: id, description })];
		await serial(`repository ${place.repository}`, () =>
			worktrees.establish(place, () => system.spawn(taskKind, id, machineInput, { records, events })),
		);
		return { id };
	}

	async function transition(
		id: string,
		{ from, to }: Parameters<TaskService['transition']>[1],
		conditions: Conditions,
	): Promise<void> {
		const task = await requireTask(id);
		const event = eventOfTransition(from, to, conditions.reason ?? null);
		if (event.type === 'BEGIN' && task.state === 'assigned') await refuseUnfinished(task);
		await send(id, event, { ...conditions, expectedState: from });
		await whileDoing(id, to === 'completed' ? ['rebasing', 'merging'] : []);
	}

	async function refuseUnfinished(task: TaskView): Promise<void> {
		const awaited = await unfinishedDependencies(reads, task);
		if (awaited.length === 0) return;
		const detail = `${task.id} waits for tasks that are not completed: ${awaited.join(', ')}`;
		throw new StatecraftError('invalid_transition', detail, { state: task.state, actual: awaited });
	}

	/** What is reviewed changes only by work in between, which `APPROVE` is refused after. */
	function refuseUnseen(id: string, commit: string): void {
		const state = activityOf(id)?.state;
		const reviewed = contextOf(id)?.head;
		if (state !== 'in_review' || !reviewed || reviewed === commit) return;
		const detail = `${id} has ${reviewed.slice(0, 12)} in review, not ${commit.slice(0, 12)}: look at its changes again`;
		throw new StatecraftError('stale_state', detail, { state, expected: commit, actual: reviewed });
	}

	async function merge(id: string, conditions: Conditions): Promise<void> {
		await send(id, { type: 'MERGE' }, conditions);
		await whileDoing(id, ['rebasing', 'merging']);
		const { state, error, conflicts } = await requireTask(id);
		if (state === 'approved' && error) {
			const actual = error.detail?.actual;
			throw asOutcome(
				new StatecraftError(error.code, error.message, { state, ...(actual !== undefined && { actual }) }),
			);
		}
		if (state === 'working' && conflicts.length > 0) {
			const detail = `${conflicts.join(', ')} changed on both sides; ${id} is being worked on again`;
			throw asOutcome(new StatecraftError('merge_conflict', detail, { state, actual: conflicts }));
		}
	}

	return {
		create,
		transition,
		merge,
		activityOf,
		fail: (id, reason, conditions) =>
			send(id, { type: 'FAIL', failure: createFailure('task_failed', reason) }, conditions),
		async heartbeat(id) {
			await requireTask(id);
			const set = { heartbeat_at: clock.now() };
			await system.write({ records: [{ op: 'update', table: 'tasks', id, set }] });
		},
		submit: (id, conditions) => send(id, { type: 'SUBMIT' }, conditions),
		async approve(id, commit, conditions) {
			if (commit !== undefined) refuseUnseen(id, commit);
			await send(id, { type: 'APPROVE' }, conditions);
		},
		requestChanges: (id, comment, conditions) => send(id, { type: 'REQUEST_CHANGES', comment }, conditions),
		retry: (id, conditions) => send(id, { type: 'RETRY' }, conditions),
		async assign(id, agent, conditions) {
			const { id: agentId } = await requireAgent(agent);
			await send(id, { type: 'ASSIGN', agentId }, conditions);
		},
		async cancel(id, conditions) {
			const failure = createFailure('task_failed', conditions.reason ?? `It was cancelled by ${conditions.by}.`);
			await send(id, { type: 'CANCEL', failure }, conditions);
		},
		async renew(id, conditions) {
			const { state, agentId, gates } = await requireTask(id);
			if (state === 'completed') {
				throw new StatecraftError('invalid_transition', `${id} is merged: there is nothing to begin again`, { state });
			}
			// Numbers of prompts go on from the time: no key is used twice.
			const before = { begun: state !== 'assigned', prompts: clock.now() };
			const input: TaskInput = { taskId: id, agentId, gated: gates.length > 0, before };
			await system.reset(taskAddress(id), input, { records: recordsOf(id, 'task.reset', conditions) });
		},
		async cleanUp(id, conditions) {
			await send(id, { type: 'CLEAN_UP' }, conditions);
			await whileDoing(id, ['cleaning']);
			const { error } = await requireTask(id);
			if (activityOf(id)?.activity === 'resting' && error)
				throw asOutcome(new StatecraftError(error.code, error.message));
		},
	};
}

function noSuchTask(id: string): StatecraftError {
	return new StatecraftError('task_not_found', `there is no task ${id}`);
}

/** `task.request_changes`, for the audit. */
function actionOf({ type }: TaskCommandEvent): string {
	return `task.${type.toLowerCase()}`;
}

/** What the durable core says of actors, in words about tasks. */
function explain(
	id: string,
	{ type }: TaskCommandEvent,
	error: StatecraftError,
	now: TaskActivity | null,
): StatecraftError {
	const { code, extras } = error;
	if (code === 'actor_not_found') return noSuchTask(id);
	const state = now?.state ?? extras.state?.split('.')[0] ?? 'unknown';
	if (code === 'stale_state') {
		const actual = typeof extras.actual === 'number' ? extras.actual : state;
		return new StatecraftError('stale_state', `${id} is ${actual}, not ${extras.expected}`, {
			state,
			expected: extras.expected,
			actual,
		});
	}
	if (code !== 'event_refused') return error;
	const doing = now?.activity ? `${state} (${now.activity})` : state;
	const hint = hints[`${type} ${now?.activity}`] ?? hints[type];
	return new StatecraftError('invalid_transition', `${id} is ${doing}: it cannot take ${type.toLowerCase()} now`, {
		state,
		...(hint !== undefined && { hint }),
	});
}

const hints: Readonly<Record<string, string>> = {
	'SUBMIT following':
		'Its agent is at work on it, and submits it by ending its turn; cancel that turn to submit the work as it is',
	'FAIL merging': 'It is being merged at this moment; look again',
	'CANCEL merging': 'It is being merged at this moment; look again',
	'RETRY withdrawing': "Its agent's turn is being ended first; try again when it is",
	APPROVE: 'Only what is in review is approved',
	REQUEST_CHANGES: 'Changes can be asked for while it is in review or approved',
	MERGE: 'Only what is approved is merged: approve it once it is in review',
	RETRY: 'Only what has failed is begun again',
	ASSIGN: 'Another agent can be given a task that is assigned, working or conflicted',
	CLEAN_UP: 'Only what is completed or failed is cleaned up',
};
