/**
 * A mission's life, with the process killed before and after every commit of it, and again at every commit
 * of the boot that takes it up: what a person answered reaches the agent once, a task is spawned once, and
 * the mission comes to its end.
 */

import { expect, test } from 'vitest';
import { checkLeaksAfterEach } from '../support/durable-world.ts';
import { createMissionWorld, type MissionWorld } from '../support/mission-world.ts';

checkLeaksAfterEach();

const all = { limit: 200, offset: 0 };
const by = { by: 'operator' };
const task = { description: 'Mend the sail', repository: '/repo', key: 'sail' };
const question = { question: 'Which way?', choices: ['north', 'south'], key: 'way' };

/** Every step is done unless it was: whoever is killed begins from the front. */
async function live(missions: MissionWorld): Promise<void> {
	const { world, reads, service } = missions;
	const { system } = world;
	const settle = async () => {
		await world.settle();
		// Whoever was killed does nothing more.
		if (world.system !== system) await new Promise(() => {});
	};
	const [known] = (await reads.supervisors({}, all)).items;
	const id = known?.id ?? (await service.create({ agent: 'agt_1', mission: 'Sail around the world.' }, by)).id;
	await settle();
	if ((await reads.supervisor(id))?.state === 'completed') return;
	const { taskId } = await service.spawnTask(id, task);
	const { requestId } = await service.ask(id, question);
	await settle();
	await answer(missions, requestId);
	await settle();
	if (missions.contextOf(id).waits === 0) await service.waitForTasks(id, [taskId], 'all');
	await settle();
	if ((await reads.task(taskId))?.state !== 'completed') await missions.taskBecomes(taskId, 'completed');
	await service.complete(id, 'Around.');
	await settle();
}

/** Two people answer at once. */
async function answer({ reads, requests }: MissionWorld, requestId: string): Promise<void> {
	if ((await reads.request(requestId))?.status !== 'open') return;
	const answers = ['north', 'south'].map((optionId) => requests.answerRequest(requestId, { optionId }, by));
	const outcomes = await Promise.allSettled(answers);
	expect(outcomes).toMatchObject([
		{ status: 'fulfilled' },
		{ status: 'rejected', reason: { code: 'request_settled' } },
	]);
}

async function checkAccomplished(missions: MissionWorld, boots: number): Promise<void> {
	const { world, reads, told } = missions;
	const [supervisor, ...others] = (await reads.supervisors({}, all)).items;
	expect(others).toEqual([]);
	expect(supervisor).toMatchObject({ state: 'completed', progress: 100, pendingQuestions: [] });
	const { id = '', restorationCount = 0 } = supervisor ?? {};
	expect(restorationCount).toBeLessThanOrEqual(boots);
	const count = (words: string) => told().filter((text) => text.startsWith(`[Statecraft] ${words}`)).length;
	expect(count('You supervise a mission')).toBe(1);
	expect(count('A person has answered')).toBe(1);
	expect(told().filter((text) => text.includes('Answer: north'))).toHaveLength(1);
	expect(count('Your mission is taken up again')).toBeLessThanOrEqual(restorationCount);
	// The end of the task is told by a note of its own, or by the restoration that found it.
	const ends = told().filter((text) => /The tasks that you waited for have ended|Tasks that have ended/.test(text));
	expect(ends.length).toBeGreaterThanOrEqual(1);
	expect(count('The tasks that you waited for')).toBeLessThanOrEqual(1);
	expect((await reads.tasks({ supervisorId: id }, all)).items.map((spawned) => spawned.id)).toEqual(
		supervisor?.spawnedTaskIds,
	);
	expect(supervisor?.spawnedTaskIds).toHaveLength(1);
	const { items: requests } = await reads.requests({}, all);
	expect(requests).toMatchObject([{ status: 'answered', answer: { optionId: 'north' }, answeredBy: 'operator' }]);
	const topics = world.disk.events().map(({ topic }) => topic);
	expect(topics.filter((topic) => topic === 'request.answered')).toHaveLength(1);
	expect(topics.filter((topic) => topic === 'supervisor.restored')).toHaveLength(restorationCount);
	expect((await reads.checkpoints(id, all)).total).toBeLessThanOrEqual(20);
	expect(world.errors).toEqual([]);
}

/** Lives on until it is done, booted anew whenever it has died; answers how often. */
async function liveOn(missions: MissionWorld): Promise<number> {
	const { world } = missions;
	for (let boots = 0; ; boots++) {
		// What a dead process still waits for never comes.
		if (!world.dead) await Promise.race([live(missions), world.ended()]);
		if (!world.dead) return boots;
		await Promise.race([missions.boot(), world.ended()]);
	}
}

async function countCommits(): Promise<number> {
	const missions = await createMissionWorld();
	let commits = 0;
	missions.world.faults.after = () => void commits++;
	expect(await liveOn(missions)).toBe(0);
	await checkAccomplished(missions, 0);
	return commits;
}

test.each(['before', 'after'] as const)(
	'[SU6, SU10, SU11, SU13, SU14, SU18] a process that dies %s any commit of a mission changes nothing about its end',
	{ timeout: 120_000 },
	async (when) => {
		const commits = await countCommits();
		expect(commits).toBeGreaterThan(20);
		for (let deadly = 1; deadly <= commits; deadly++) {
			const missions = await createMissionWorld();
			const { world } = missions;
			let commit = 0;
			world.faults[when] = () => {
				if (++commit === deadly) world.crash();
			};
			const boots = await liveOn(missions);
			await checkAccomplished(missions, boots).catch((error: Error) => {
				throw new Error(`${when} ${deadly}: ${error.message}`, { cause: error });
			});
			expect(boots).toBe(1);
		}
	},
);

test.each(['before', 'after'] as const)(
	'[SU14, SU18] a restoration that is killed %s any commit of it is done again',
	{ timeout: 120_000 },
	async (when) => {
		let struck = true;
		for (let deadly = 1; struck; deadly++) {
			struck = false;
			const missions = await createMissionWorld();
			const { world, service } = missions;
			const { id } = await service.create({ agent: 'agt_1', mission: 'Sail around the world.' }, by);
			await world.settle();
			const { requestId } = await service.ask(id, question);
			await world.settle();
			world.crash();
			let commit = 0;
			world.faults[when] = () => {
				if (++commit !== deadly) return;
				struck = true;
				world.crash();
			};
			await Promise.race([missions.boot(), world.ended()]);
			if (world.dead) await missions.boot();
			expect(await missions.reads.supervisor(id)).toMatchObject({
				state: 'waiting_for_user',
				pendingQuestions: [{ id: requestId }],
			});
			const boots = await liveOn(missions);
			await checkAccomplished(missions, boots + 2);
			if (deadly === 1) expect(struck).toBe(true);
		}
	},
);
