/**
 * The supervisor service: what people and agents ask of supervisors, turned into events of their machines
 * and rows of the same transaction.
 *
 * 1. An agent carries out one mission at a time: whoever gives it one waits until the one before is committed.
 * 2. What an agent calls again under the same key, after a crash, is done once: a question's id is made of
 *    its key, and a task's key is a row in the transaction that makes the task.
 */

import { createHash } from 'node:crypto';
import { type SupervisorCommandEvent, type SupervisorInput, supervisorName } from '../../machines/supervisor-model.ts';
import type { Conditions } from '../agents/service.ts';
import type { AgentView, Reads } from '../agents/views.ts';
import { auditRecord } from '../audit/record.ts';
import type { Clock } from '../durable/clock.ts';
import type { Serial } from '../durable/serial.ts';
import type { ColumnValue, DomainRecord } from '../durable/store.ts';
import type { DurableSystem, SendOptions } from '../durable/system.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { createId } from '../ids.ts';
import type { TaskService } from '../tasks/service.ts';
import type { TaskReads } from '../tasks/views.ts';
import { supervisorAddress, supervisorKind } from './address.ts';
import type { Restorer } from './restoration.ts';
import type { AskHuman, SpawnTask, SupervisorService } from './service.ts';
import type { SupervisorReads, SupervisorView } from './views.ts';

export interface SupervisorServiceDeps {
	readonly system: Pick<DurableSystem, 'spawn' | 'send' | 'remove' | 'write' | 'get'>;
	readonly reads: SupervisorReads & Pick<Reads, 'agent' | 'request' | 'idempotencyKey'> & Pick<TaskReads, 'tasksByIds'>;
	readonly clock: Clock;
	readonly restorer: Restorer;
	/** Work on one supervisor is done one after the other. */
	readonly inTurn: Serial;
	tasks(): Pick<TaskService, 'create'>;
}

/** Whoever asks more than this in one go is not waiting for answers. */
const mostQuestions = 100;

/** Under this key missions are given out. */
const missions = 'missions';

export function createSupervisorService(deps: SupervisorServiceDeps): SupervisorService {
	const { system, reads, clock, restorer, inTurn } = deps;

	async function requireView(id: string): Promise<SupervisorView> {
		const view = await reads.supervisor(id);
		if (!view) throw new StatecraftError('supervisor_not_found', `There is no supervisor ${id}`);
		return view;
	}

	async function requireFreeAgent(idOrName: string, supervisorId?: string): Promise<AgentView> {
		const agent = await reads.agent(idOrName);
		if (!agent) throw new StatecraftError('agent_not_found', `There is no agent "${idOrName}"`);
		const other = await reads.activeSupervisor(agent.id);
		if (!other || other.id === supervisorId) return agent;
		const detail = `${agent.name} carries out another mission: ${other.id} is ${other.state}`;
		throw new StatecraftError('supervisor_busy', detail, { actual: other.id });
	}

	async function send(id: string, event: SupervisorCommandEvent, options: SendOptions = {}): Promise<void> {
		try {
			await system.send(supervisorAddress(id), event, options);
		} catch (thrown) {
			throw await explain(id, toStatecraftError(thrown));
		}
	}

	async function explain(id: string, error: StatecraftError): Promise<StatecraftError> {
		if (error.code !== 'actor_not_found' && error.code !== 'actor_stopped' && error.code !== 'event_refused')
			return error;
		const { state } = await requireView(id);
		if (!isOver(state)) return error;
		return new StatecraftError('invalid_transition', `The supervisor ${id} is ${state}: its mission is over`, {
			state,
		});
	}

	async function ask({ id, pendingQuestions }: SupervisorView, { question, choices = [], context, key }: AskHuman) {
		const requestId = key === undefined ? createId('request', clock.now()) : questionId(id, key);
		if (key !== undefined && (await reads.request(requestId))) return { requestId };
		if (pendingQuestions.length >= mostQuestions) {
			const detail = `${pendingQuestions.length} questions wait for a person already: go on without, or end your turn`;
			throw new StatecraftError('invalid_request', detail);
		}
		try {
			await send(id, { type: 'ASK', requestId, question, choices: [...new Set(choices)], context: context ?? null });
		} catch (thrown) {
			// Asked twice at once: the first one is there.
			if (key === undefined || !(await reads.request(requestId))) throw thrown;
		}
		return { requestId };
	}

	async function spawnTask(id: string, { key, ...task }: SpawnTask): Promise<{ taskId: string }> {
		const { state } = await requireView(id);
		if (isOver(state)) throw await explain(id, new StatecraftError('actor_stopped', `${id} has ended`));
		const known = key === undefined ? undefined : await reads.idempotencyKey(spawnKey(id, key));
		const taskId = known?.resource ?? (await createTask(id, task, key));
		await send(id, { type: 'TASK_SPAWNED', taskId }).catch((thrown: unknown) => {
			// It was told before.
			if (toStatecraftError(thrown).code !== 'event_refused') throw thrown;
		});
		return { taskId };
	}

	async function createTask(id: string, task: Omit<SpawnTask, 'key'>, key: string | undefined): Promise<string> {
		const by = supervisorName(id);
		const records = (taskId: string) => (key === undefined ? [] : [spawnRecord(id, key, taskId, clock.now())]);
		const { id: taskId } = await deps.tasks().create({ ...task, supervisorId: id }, { by, records });
		return taskId;
	}

	/** The records of a person's command, its entry in the audit first. */
	function recordsOf(
		{ id, agentId }: Pick<SupervisorView, 'id' | 'agentId'>,
		what: string,
		{ by, reason, records }: Conditions,
	): readonly DomainRecord[] {
		const deed = { by, reason: reason ?? null, action: `supervisor.${what}`, agentId, subject: id };
		return [auditRecord(clock.now(), deed), ...(records?.(id) ?? [])];
	}

	return {
		create: ({ agent: idOrName, mission }, conditions) =>
			inTurn(missions, async () => {
				const agent = await requireFreeAgent(idOrName);
				const at = clock.now();
				const id = createId('supervisor', at);
				const input: SupervisorInput = { supervisorId: id, agentId: agent.id, mission };
				const row: DomainRecord = { op: 'insert', table: 'supervisors', row: supervisorRow(input, at) };
				const records = [row, ...recordsOf({ id, agentId: agent.id }, 'create', conditions)];
				const events = [createEvent('supervisor.created', agent.id, at, { supervisorId: id, mission })];
				await system.spawn(supervisorKind, id, input, { records, events });
				return { id };
			}),
		resume: (id, source, conditions) =>
			inTurn(id, async () => {
				const view = await requireView(id);
				refuseStale(view, conditions);
				return restorer.restore(id, { source }, { records: recordsOf(view, 'resume', conditions) });
			}),
		assign: (id, idOrName, conditions) =>
			inTurn(missions, () =>
				inTurn(id, async () => {
					refuseStale(await requireView(id), conditions);
					const agent = await requireFreeAgent(idOrName, id);
					const wish = { source: 'task_reassignment', agentId: agent.id } as const;
					return restorer.restore(id, wish, { records: recordsOf({ id, agentId: agent.id }, 'assign', conditions) });
				}),
			),
		async report(id, { activity, progress }) {
			checkProgress(progress);
			await requireView(id);
			if (activity === undefined && progress === undefined) return;
			const said = { ...(activity !== undefined && { activity }), ...(progress !== undefined && { progress }) };
			await send(id, { type: 'REPORT', ...said });
		},
		async ask(id, question) {
			const view = await requireView(id);
			return ask(view, question);
		},
		spawnTask: (id, task) => inTurn(`${id}/tasks`, () => spawnTask(id, task)),
		async waitForTasks(id, taskIds, mode) {
			await requireView(id);
			if (taskIds.length === 0) throw new StatecraftError('invalid_request', 'Name the tasks to wait for');
			const known = new Set((await reads.tasksByIds(taskIds)).map((task) => task.id));
			const unknown = taskIds.filter((taskId) => !known.has(taskId));
			if (unknown.length > 0) throw new StatecraftError('task_not_found', `There is no task ${unknown.join(', ')}`);
			await send(id, { type: 'WAIT_FOR_TASKS', taskIds, mode });
		},
		async complete(id, summary) {
			await requireView(id);
			await send(id, { type: 'COMPLETE', summary });
		},
		async block(id, reason) {
			await requireView(id);
			await send(id, { type: 'BLOCK', reason });
		},
		async fail(id, reason, conditions) {
			const view = await requireView(id);
			const { expectedState, expectedVersion, by } = conditions;
			const records = recordsOf(view, 'fail', { ...conditions, reason });
			await send(id, { type: 'FAIL', reason, by }, { expectedState, expectedVersion, records });
		},
		remove: (id, conditions) =>
			inTurn(id, async () => {
				const view = await requireView(id);
				refuseStale(view, conditions);
				if (!isOver(view.state)) {
					const detail = `The supervisor ${id} is ${view.state}: fail it before it is removed`;
					throw new StatecraftError('invalid_transition', detail, { state: view.state });
				}
				const gone: DomainRecord = { op: 'delete', table: 'supervisors', id };
				const records = [gone, ...recordsOf(view, 'delete', conditions)];
				const events = [createEvent('supervisor.deleted', view.agentId, clock.now(), { supervisorId: id })];
				const isThere = system.get(supervisorAddress(id)) !== undefined;
				await (isThere ? system.remove(supervisorAddress(id), { records, events }) : system.write({ records, events }));
			}),
		ofAgent: async (agentId) => (await reads.activeSupervisor(agentId))?.id,
	};
}

function isOver(state: SupervisorView['state']): boolean {
	return state === 'completed' || state === 'failed';
}

function refuseStale({ id, state, version }: SupervisorView, { expectedState, expectedVersion }: Conditions): void {
	if (expectedVersion !== undefined && expectedVersion !== version) {
		const extras = { expected: expectedVersion, actual: version };
		throw new StatecraftError('stale_state', `${id} has version ${version}, not ${expectedVersion}`, extras);
	}
	if (expectedState !== undefined && expectedState !== state) {
		throw new StatecraftError('stale_state', `${id} is ${state}, not ${expectedState}`, {
			expected: expectedState,
			actual: state,
			state,
		});
	}
}

function checkProgress(progress: number | undefined): void {
	if (progress === undefined || (Number.isInteger(progress) && progress >= 0 && progress <= 100)) return;
	throw new StatecraftError('invalid_request', `Progress is a whole number from 0 to 100, not ${progress}`, {
		actual: progress,
	});
}

/** The same for the same question. */
function questionId(supervisorId: string, key: string): string {
	const hash = createHash('sha256')
		.update(JSON.stringify([supervisorId, key]))
		.digest('hex');
	return `req_${hash.slice(0, 26)}`;
}

function spawnKey(supervisorId: string, key: string): string {
	return `${supervisorAddress(supervisorId)}/task/${key}`;
}

/** Which task was made under the key. */
function spawnRecord(supervisorId: string, key: string, taskId: string, at: number): DomainRecord {
	const row = { id: spawnKey(supervisorId, key), hash: '', resource: taskId, status: 201, created_at: at };
	return { op: 'insert', table: 'idempotency_keys', row };
}

/** Projected anew by every step, the first one included, but for id, mission and time of creation. */
function supervisorRow(
	{ supervisorId, agentId, mission }: SupervisorInput,
	at: number,
): Readonly<Record<string, ColumnValue>> {
	return {
		id: supervisorId,
		agent_id: agentId,
		mission,
		state: 'initializing',
		progress: 0,
		spawned_task_ids: '[]',
		pending_questions: '[]',
		has_pending_questions: false,
		restoration_count: 0,
		version: 1,
		created_at: at,
		updated_at: at,
	};
}
