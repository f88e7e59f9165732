/** Restoration by example: what is stored and wrong, what is gone, who was away. */

import { describe, expect, test } from 'vitest';
import { agentAddress } from '../../src/agents/address.ts';
import { createRepair } from '../../src/agents/repair.ts';
import { StatecraftError } from '../../src/errors.ts';
import { supervisorAddress } from '../../src/supervisors/address.ts';
import { restoring } from '../machines/supervisor-steps.ts';
import { checkLeaksAfterEach } from '../support/durable-world.ts';
import { createMissionWorld, type MissionWorld } from '../support/mission-world.ts';

checkLeaksAfterEach();

const all = { limit: 200, offset: 0 };
const by = { by: 'operator' };

const limits = { startupTimeoutMs: 1, reconnectGraceMs: 1, cancelTimeoutMs: 1, maxQueuedPrompts: 9 };

interface Scene extends MissionWorld {
	readonly id: string;
}

async function begin(options: { readonly obeys?: boolean } = {}): Promise<Scene> {
	const missions = await createMissionWorld(options);
	const { id } = await missions.service.create({ agent: 'agt_1', mission: 'Sail around the world.' }, by);
	await missions.world.settle();
	return Object.assign(Object.create(missions), { id });
}

/** Two tasks, both awaited, a question, and word of what is done. */
async function sail(scene: Scene): Promise<{ readonly tasks: readonly string[]; readonly requestId: string }> {
	const { service, id, world } = scene;
	const first = await service.spawnTask(id, { description: 'Mend the sail', repository: '/repo' });
	const second = await service.spawnTask(id, { description: 'Buy bread', repository: '/repo' });
	const tasks = [first.taskId, second.taskId];
	await service.waitForTasks(id, tasks, 'all');
	const { requestId } = await service.ask(id, { question: 'Which way?', choices: ['north', 'south'] });
	await service.report(id, { activity: 'Leaving port', progress: 10 });
	await world.settle();
	return { tasks, requestId };
}

function tamper({ world, id }: Scene, state: Parameters<typeof restoring>[0]): Promise<unknown> {
	return world.system.send(supervisorAddress(id), restoring(state));
}

const topicsOf = ({ world }: Scene, topic: string) => world.disk.events().filter((event) => event.topic === topic);

describe('what is stored and valid', () => {
	test('[SU16, SU17] is taken up as it is, asked again, waited for on, and told', async () => {
		const scene = await begin();
		const { tasks, requestId } = await sail(scene);
		const info = await scene.service.resume(scene.id, 'manual', by);
		expect(info).toMatchObject({
			...{ source: 'manual', restorationCount: 1, validation: { valid: true, problems: [] }, recovery: 'resumed' },
			...{ questionsRedelivered: [requestId], tasksAwaited: tasks, tasksFinished: [] },
		});
		await scene.world.settle();
		expect(scene.told().at(-1)).toBe(info.message);
		expect(info.message).toContain('You had been doing: Leaving port (10 %).');
		expect(info.message).toContain(`- ${requestId}: Which way?`);
		expect(info.message).not.toContain('Mission:');
		expect(topicsOf(scene, 'request.opened')).toHaveLength(2);
		expect(await scene.reads.supervisor(scene.id)).toMatchObject({
			...{ state: 'waiting_for_user', restorationCount: 1, restorationSource: 'manual' },
			lastRestoredAt: scene.world.clock.now(),
		});
		expect(topicsOf(scene, 'supervisor.restored')).toHaveLength(1);
	});

	test('[SU11, SU17] tells of tasks that ended while it was away, once', async () => {
		const scene = await begin();
		const { tasks } = await sail(scene);
		const { world, id } = scene;
		world.crash();
		for (const task of tasks) await world.disk.commit([taskEnds(task, 'completed')]);
		await scene.boot();
		const told = scene.told().filter((text) => text.includes('Tasks that have ended'));
		expect(told).toHaveLength(1);
		for (const task of tasks) expect(told[0]).toContain(`- ${task}: completed`);
		expect(scene.contextOf(id).awaiting).toBeNull();
		expect(scene.told().filter((text) => text.includes('tasks that you waited for'))).toEqual([]);
	});
});

function taskEnds(id: string, state: string) {
	return { records: [{ op: 'update', table: 'tasks', id, set: { state } } as const] };
}

describe('what is stored and not valid', () => {
	test.each([
		['progress_out_of_range', { progress: 400 }],
		['task_missing', { spawnedTaskIds: ['tsk_1', 'tsk_2', 'tsk_gone'] }],
		['task_missing', { awaiting: { mode: 'all', taskIds: ['tsk_1', 'tsk_gone'], ended: [] } }],
		['question_not_open', { pendingQuestions: [questionOf('req_gone')] }],
		['question_malformed', { pendingQuestions: [questionOf(''), questionOf('')] }],
	] as const)('[SU16] %s: it is taken up from its last save point that is', async (code, change) => {
		const scene = await begin();
		const { tasks, requestId } = await sail(scene);
		const context = scene.contextOf(scene.id);
		const { currentActivity, progress, spawnedTaskIds, pendingQuestions, awaiting } = context;
		const state = { currentActivity, progress, spawnedTaskIds, pendingQuestions, awaiting, ...change };
		await tamper(scene, { state });
		await scene.world.settle();

		const info = await scene.service.resume(scene.id, 'manual', by);
		expect(info).toMatchObject({ recovery: 'checkpoint', validation: { valid: false } });
		expect(info.validation.problems.map((problem) => problem.code)).toContain(code);
		expect(info.message).toContain('What was stored of it was not valid');
		expect(info.message).toContain('from its save point of');
		await scene.world.settle();
		const { spawnedTaskIds: known, progress: far } = scene.contextOf(scene.id);
		expect(known).toEqual(tasks);
		expect(far).toBeLessThanOrEqual(100);
		// A request that a person can still answer is never forgotten.
		const open = await scene.reads.requests({ status: 'open' }, all);
		expect(scene.contextOf(scene.id).pendingQuestions.map(({ id }) => id)).toEqual(open.items.map(({ id }) => id));
		expect([[requestId], []]).toContainEqual(open.items.map(({ id }) => id));
	});

	test('[SU16] task_of_another: a task that somebody else spawned is not its own', async () => {
		const scene = await begin();
		await sail(scene);
		await scene.world.disk.commit([
			{ records: [{ op: 'update', table: 'tasks', id: 'tsk_1', set: { supervisor_id: 'sup_other' } }] },
		]);
		const info = await scene.service.resume(scene.id, 'manual', by);
		expect(info.validation.problems).toMatchObject([{ code: 'task_of_another' }]);
		expect(scene.contextOf(scene.id).spawnedTaskIds).toEqual(['tsk_2']);
	});

	test('[SU16] a task that a crash kept it from hearing of is added', async () => {
		const scene = await begin();
		await scene.world.disk.commit([
			{ records: [{ op: 'insert', table: 'tasks', row: bareTask('tsk_lost', scene.id) }] },
		]);
		const info = await scene.service.resume(scene.id, 'manual', by);
		expect(info).toMatchObject({ recovery: 'resumed', validation: { valid: true } });
		expect(scene.contextOf(scene.id).spawnedTaskIds).toEqual(['tsk_lost']);
	});
});

function questionOf(id: string) {
	return { id, question: 'Which way?', choices: [], context: null, askedAt: 1 };
}

function bareTask(id: string, supervisorId: string) {
	return {
		...{ id, description: 'Mend it', state: 'working', supervisor_id: supervisorId, repository: '/repo', branch: id },
		...{ worktree: `/work/${id}`, base_branch: 'main', depends_on: '[]', priority: 0, gates: '[]', conflicts: '[]' },
		...{ version: 1, state_changed_at: 1, created_at: 1, updated_at: 1 },
	};
}

describe('what is not stored', () => {
	test('[SU16] or cannot be read is left to a person, and taken up from its last save point', async () => {
		const scene = await begin();
		const { tasks, requestId } = await sail(scene);
		const { world, id } = scene;
		await world.disk.quarantine(supervisorAddress(id), 'nobody understands it');
		await scene.boot();
		expect(await scene.reads.supervisor(id)).toMatchObject({ restorationCount: 0, state: 'waiting_for_user' });
		const saved = (await scene.reads.checkpoints(id, all)).total;

		const info = await scene.service.resume(id, 'manual', by);
		expect(info).toMatchObject({
			...{ recovery: 'checkpoint', restorationCount: 1, questionsRedelivered: [requestId], tasksAwaited: tasks },
			validation: { valid: false, problems: [{ code: 'state_lost' }] },
		});
		expect(info.message).toContain('Mission:\nSail around the world.');
		await world.settle();
		expect(await scene.reads.supervisor(id)).toMatchObject({ state: 'waiting_for_user', spawnedTaskIds: tasks });
		expect((await scene.reads.checkpoints(id, all)).total).toBeGreaterThan(saved);
	});

	test('[SU16] begins afresh where there is no save point either, with a warning, at boot by itself', async () => {
		const scene = await begin();
		const { requestId } = await sail(scene);
		const { world, id } = scene;
		world.crash();
		const { items } = await scene.reads.checkpoints(id, all);
		const records = items.map((checkpoint) => ({ op: 'delete', table: 'checkpoints', id: checkpoint.id }) as const);
		await world.disk.commit([{ removed: [supervisorAddress(id)], records }]);
		await scene.boot();
		expect(await scene.reads.supervisor(id)).toMatchObject({
			...{
				restorationCount: 1,
				state: 'waiting_for_user',
				pendingQuestions: [{ id: requestId, question: 'Which way?' }],
			},
			spawnedTaskIds: ['tsk_1', 'tsk_2'],
		});
		const told = scene.told().at(-1);
		expect(told).toContain('Warning: nothing of it could be read');
		expect(told).toContain('Mission:\nSail around the world.');
		// What was told before under another key is not told again.
		expect(scene.told().filter((text) => text.includes('You supervise a mission'))).toHaveLength(1);
	});
});

describe('an agent', () => {
	test('[SU8, SU15] that goes away interrupts the mission, and what it is not told waits for it', async () => {
		const scene = await begin();
		const { requestId } = await sail(scene);
		const { id, reads } = scene;
		await scene.agentBecomes('stopped');
		expect((await reads.supervisor(id))?.state).toBe('interrupted');
		await scene.requests.answerRequest(requestId, { answer: 'north' }, by);
		await scene.world.settle();
		const before = scene.told().length;
		await scene.agentBecomes('idle');
		expect(scene.told().slice(before)).toEqual([
			expect.stringContaining('restoration 1 (agent_restart)'),
			expect.stringContaining('Answer: north'),
		]);
		expect((await reads.supervisor(id))?.state).toBe('waiting_for_tasks');
	});

	test('[SU15] that is back while the store is not is attended to as soon as it is', async () => {
		const scene = await begin();
		const { id, reads, world } = scene;
		await scene.agentBecomes('stopped');
		let refused = 0;
		world.faults.before = (_, units) => {
			const isRestoration = units.some(({ journal = [] }) => journal.some(({ trigger }) => trigger === 'Restored'));
			if (isRestoration && ++refused <= 2) throw new StatecraftError('store_unavailable', 'The disk is full');
		};
		await scene.agentBecomes('idle');
		expect([refused, (await reads.supervisor(id))?.state]).toEqual([1, 'interrupted']);
		await world.advance(1_000);
		await world.advance(1_000);
		expect([refused, await reads.supervisor(id)]).toMatchObject([3, { state: 'idle', restorationCount: 1 }]);
	});

	test('[SU8] that does not take its mission gets it when it is there, under the same key', async () => {
		const missions = await createMissionWorld();
		await missions.agentBecomes('stopped');
		const { id } = await missions.service.create({ agent: 'agt_1', mission: 'Sail.' }, by);
		await missions.world.settle();
		expect([missions.told(), (await missions.reads.supervisor(id))?.state]).toEqual([[], 'interrupted']);
		await missions.agentBecomes('idle');
		const keys = missions.world.disk.rows('prompts').map((row) => row.idempotency_key);
		expect(keys).toEqual([`${id}/mission`, `${id}/restoration-1`]);
	});

	test('[SU15, SU17] that was restarted with its session goes on, and with another one is told all again', async () => {
		const scene = await begin();
		const { id, reads } = scene;
		await sail(scene);
		const before = scene.told().length;
		await scene.agentRestarts('session of agt_1');
		expect([scene.told().length, (await reads.supervisor(id))?.restorationCount]).toEqual([before, 0]);

		await scene.agentRestarts('another session');
		expect(await reads.supervisor(id)).toMatchObject({ restorationCount: 1, restorationSource: 'agent_restart' });
		const told = scene.told().at(-1);
		expect(told).toContain('Mission:\nSail around the world.');
		expect(told).toContain('What was said before:');
		expect(told).toContain('> [Statecraft] You supervise a mission');
		expect(scene.contextOf(id).session).toEqual({ id: 'another session', generation: 2 });
		expect(scene.told()).toHaveLength(before + 1);
	});

	test('[SU10, DU22] that is begun afresh still gets the answer', async () => {
		const scene = await begin();
		const { world, reads, id } = scene;
		const { requestId } = await scene.service.ask(id, { question: 'Which way?' });
		await world.settle();
		await world.disk.quarantine(agentAddress('agt_1'), 'nobody understands it');
		await scene.boot();
		await expect(scene.requests.answerRequest(requestId, { answer: 'north' }, by)).resolves.toBeUndefined();
		const repair = createRepair({ system: world.system, reads, limits, clock: world.clock });
		const other = (await scene.service.ask(id, { question: 'How far?' })).requestId;
		await repair.reset(agentAddress('agt_1'), by);
		expect((await reads.request(other))?.status).toBe('open');
		await scene.agentRestarts('another session');
		// It does nothing unasked any more.
		await scene.settle('finished');
		expect(scene.told().filter((text) => text.includes('Answer: north'))).toHaveLength(1);
	});

	test('[SU9] whose turn fails leaves the mission blocked, and one that cancels it does not', async () => {
		const scene = await begin({ obeys: false });
		await scene.settle('failed');
		expect(await scene.reads.supervisor(scene.id)).toMatchObject({ state: 'blocked', errorMessage: 'It went wrong.' });
		const { requestId } = await scene.service.ask(scene.id, { question: 'Which way?' });
		await scene.requests.answerRequest(requestId, { answer: 'north' }, by);
		await scene.world.settle();
		expect(await scene.reads.supervisor(scene.id)).toMatchObject({ state: 'working', errorMessage: null });
		await scene.settle('cancelled');
		expect((await scene.reads.supervisor(scene.id))?.state).toBe('idle');
	});

	test('[SU9, SU17] whose turn was cut short is told what it had been told', async () => {
		const scene = await begin({ obeys: false });
		const { id, world } = scene;
		const { requestId } = await scene.service.ask(id, { question: 'Which way?' });
		await scene.settle('finished');
		await scene.requests.answerRequest(requestId, { answer: 'north' }, by);
		await world.settle();
		await scene.settle('interrupted');
		const told = scene.told().at(-1);
		expect(told).toContain('Your last turn was cut short');
		expect(told).toContain('> Answer: north');
		expect(scene.told().filter((text) => text.startsWith('[Statecraft] A person has answered'))).toHaveLength(1);
	});
});

describe('a mission that is given to another agent', () => {
	test('[SU15, SU21] goes on there, and its prompt is taken back from the first', async () => {
		const scene = await begin({ obeys: false });
		const { id, service, reads, world } = scene;
		const { requestId } = await service.ask(id, { question: 'Which way?' });
		const info = await service.assign(id, 'agt_2', by);
		expect(info).toMatchObject({ source: 'task_reassignment', recovery: 'resumed', questionsRedelivered: [requestId] });
		await world.settle();
		expect(await reads.supervisor(id)).toMatchObject({ agentId: 'agt_2', state: 'working', restorationCount: 1 });
		expect(await reads.request(requestId)).toMatchObject({ agentId: 'agt_2', status: 'open' });
		const [told] = scene.told('agt_2');
		expect(told).toContain('Mission:\nSail around the world.');
		expect(told).toContain('Your last turn was cut short');
		// The first agent's turn was ended, and its word is of no interest any more.
		await expect(scene.settle('finished', 'agt_1')).rejects.toMatchObject({ code: 'event_refused' });
		await scene.settle('finished', 'agt_2');
		expect((await reads.supervisor(id))?.state).toBe('waiting_for_user');
	});

	test('[SU20] is refused where that has one already; so is a second mission for the first', async () => {
		const scene = await begin();
		const { service, id } = scene;
		const busy = { code: 'supervisor_busy', extras: { actual: id } };
		await expect(service.create({ agent: 'agt_1', mission: 'Another' }, by)).rejects.toMatchObject(busy);
		const outcomes = await Promise.allSettled(
			['One', 'Two'].map((mission) => service.create({ agent: 'agt_2', mission }, by)),
		);
		expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
		await expect(service.assign(id, 'agt_2', by)).rejects.toMatchObject({ code: 'supervisor_busy' });
		await expect(service.assign(id, 'nobody', by)).rejects.toMatchObject({ code: 'agent_not_found' });
	});
});

describe('the end', () => {
	test('[SU19] of a mission that fails ends its turn and withdraws its questions', async () => {
		const scene = await begin({ obeys: false });
		const { id, service, reads, world } = scene;
		const { requestId } = await service.ask(id, { question: 'Which way?' });
		await service.fail(id, 'It takes too long.', by);
		await world.settle();
		expect(await reads.supervisor(id)).toMatchObject({
			...{ state: 'failed', errorMessage: 'It takes too long.', pendingQuestions: [] },
		});
		expect(await reads.request(requestId)).toMatchObject({ status: 'withdrawn', note: 'The mission has ended.' });
		await expect(scene.settle('finished')).rejects.toMatchObject({ code: 'event_refused' });
		await expect(scene.requests.answerRequest(requestId, { answer: 'north' }, by)).rejects.toMatchObject({
			code: 'request_settled',
		});
		for (const late of [
			service.resume(id, 'manual', by),
			service.ask(id, { question: 'Why?' }),
			service.report(id, { progress: 1 }),
			service.complete(id, 'Done'),
			service.spawnTask(id, { description: 'More', repository: '/repo' }),
		]) {
			await expect(late).rejects.toMatchObject({ code: 'invalid_transition' });
		}
		await scene.boot();
		expect((await reads.supervisor(id))?.restorationCount).toBe(0);
	});

	test('[SU20] is before its removal', async () => {
		const scene = await begin();
		const { id, service, reads, world } = scene;
		await expect(service.remove(id, by)).rejects.toMatchObject({ code: 'invalid_transition' });
		await service.complete(id, 'Around.');
		await service.remove(id, by);
		expect(await reads.supervisor(id)).toBeUndefined();
		expect((await reads.checkpoints(id, all)).total).toBe(0);
		expect(world.system.get(supervisorAddress(id))).toBeUndefined();
		await expect(service.remove(id, by)).rejects.toMatchObject({ code: 'supervisor_not_found' });
	});

	test('[SU13] of a long mission leaves its last twenty save points', async () => {
		const scene = await begin();
		const { id, service, reads } = scene;
		for (let question = 1; question <= 30; question++) await service.ask(id, { question: `Question ${question}` });
		const { items, total } = await reads.checkpoints(id, all);
		expect([total, items[0]?.reason]).toEqual([20, 'question_asked']);
		expect(items[0]?.context).toMatchObject({ state: 'waiting_for_user', pendingQuestions: { length: 30 } });
		expect(items.at(-1)?.context).toMatchObject({ pendingQuestions: { length: 11 } });
		for (let question = 31; question <= 100; question++) await service.ask(id, { question: `Question ${question}` });
		await expect(service.ask(id, { question: 'One more?' })).rejects.toMatchObject({ code: 'invalid_request' });
	});
});

describe('tasks that are waited for', () => {
	test.each([
		['all', 2],
		['any', 1],
	] as const)('[SU11] %s of them', async (mode, needed) => {
		const scene = await begin();
		const { id, service } = scene;
		const spawned = [];
		for (const key of ['a', 'b'])
			spawned.push(await service.spawnTask(id, { description: key, repository: '/r', key }));
		expect(await service.spawnTask(id, { description: 'a', repository: '/r', key: 'a' })).toEqual(spawned[0]);
		const taskIds = spawned.map(({ taskId }) => taskId);
		await service.waitForTasks(id, taskIds, mode);
		await scene.world.settle();
		expect((await scene.reads.supervisor(id))?.state).toBe('waiting_for_tasks');
		for (const [index, taskId] of taskIds.entries()) {
			const isOver = () => scene.told().some((text) => text.includes('The tasks that you waited for have ended'));
			expect(isOver()).toBe(index >= needed);
			await scene.taskBecomes(taskId, index === 0 ? 'completed' : 'failed');
		}
		expect(scene.told().filter((text) => text.includes('The tasks that you waited for have ended'))).toHaveLength(1);
		expect((await scene.reads.supervisor(id))?.state).toBe('idle');
		// Those that have ended before are told of at once.
		await service.waitForTasks(id, taskIds, 'all');
		await scene.world.settle();
		expect(scene.told().at(-1)).toContain(`- ${taskIds[1]}: failed`);
		await expect(service.waitForTasks(id, ['tsk_none'], 'all')).rejects.toMatchObject({ code: 'task_not_found' });
	});
});
