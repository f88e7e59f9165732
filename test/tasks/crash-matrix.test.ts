/**
 * The life of a task, with the process killed before and after every commit of it: spawned, prompted,
 * rebased into a conflict, resolved, checked, approved, merged and cleaned up. Whatever was under way
 * goes on in the next process, and comes to the same end.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { taskAddress, taskKind } from '../../src/tasks/address.ts';
import type { TaskView } from '../../src/tasks/views.ts';
import { checkLeaksAfterEach } from '../support/durable-world.ts';
import { createTaskWorld, type TaskWorld } from './crash-world.ts';

checkLeaksAfterEach();

const by = { by: 'operator' };

async function spawn({ service, repository }: TaskWorld): Promise<string> {
	const gates = [{ name: 'there', command: 'test', args: ['-f', 'b.txt'] }];
	const { id } = await service().create(
		{ description: 'Do it.', repository: repository.path, agent: 'agt_1', gates },
		by,
	);
	return id;
}

/** What a person does next about a task that waits for one; whatever they did before may have been done or not. */
async function attend({ service, until, reads }: TaskWorld, id: string): Promise<void> {
	const task = () => reads.task(id) as Promise<TaskView>;
	const waits = async () => {
		const activity = service().activityOf(id);
		const { state } = await task();
		if (state === 'in_review') return state;
		if (state === 'approved' && activity?.activity === 'resting') return state;
		if (state === 'completed' && activity?.activity !== 'cleaning') return activity?.activity ?? undefined;
		if (state === 'failed') throw new Error(JSON.stringify((await task()).error));
		return undefined;
	};
	for (;;) {
		switch (await until(waits)) {
			case 'in_review':
				await service().approve(id, undefined, by);
				break;
			case 'approved':
				await service().merge(id, by);
				break;
			case 'resting':
				await service().cleanUp(id, by);
				break;
			default:
				return;
		}
	}
}

async function live(tasks: TaskWorld): Promise<void> {
	await attend(tasks, await spawn(tasks));
	await tasks.world.settle();
}

async function checkEnd({ world, repository, directory }: TaskWorld): Promise<void> {
	expect([repository.branches(), repository.worktrees()]).toEqual([['main'], []]);
	expect(readdirSync(join(directory, 'worktrees'))).toEqual([]);
	// Merged once, on top of what somebody did meanwhile.
	expect(repository.git(['log', '--format=%s']).trim().split('\n')).toEqual(['Do it.', 'Change a.txt', 'Change a.txt']);
	expect([repository.file('a.txt'), repository.file('b.txt')]).toEqual(['both\n', 'new\n']);
	expect(repository.git(['status', '--porcelain'])).toBe('');

	const rows = world.disk.rows('tasks');
	const actors = world.system.list(taskKind).map(({ address, version }) => [address, version]);
	expect(rows.map(({ id, version }) => [taskAddress(String(id)), version])).toEqual(actors);
	const prompts = world.disk.rows('prompts');
	const [task] = rows;
	expect(prompts.map(({ idempotency_key, status }) => [idempotency_key, status])).toEqual([
		[`${task?.id}/1`, 'finished'],
		[`${task?.id}/2`, 'finished'],
	]);
	const told = world.disk.events().filter(({ topic }) => topic === 'task.state.changed');
	expect(told.map(({ data }) => JSON.parse(data).to)).toEqual([
		...['assigned', 'working', 'conflicted', 'working', 'in_review', 'approved', 'completed'],
	]);
	expect(world.errors).toEqual([]);
}

/** How many commits the life has when nothing goes wrong. */
async function countCommits(): Promise<number> {
	const tasks = await createTaskWorld();
	let commits = 0;
	tasks.world.faults.after = () => void commits++;
	await live(tasks);
	await checkEnd(tasks);
	return commits;
}

test.each(['before', 'after'] as const)(
	'[TA10, TA28] a process that dies %s any commit leaves no trace',
	{ timeout: 400_000 },
	async (when) => {
		const commits = await countCommits();
		expect(commits).toBeGreaterThan(14);
		for (let deadly = 1; deadly <= commits; deadly++) {
			const tasks = await createTaskWorld();
			const { world, reads } = tasks;
			let commit = 0;
			world.faults[when] = () => {
				if (++commit === deadly) world.crash();
			};
			await Promise.race([live(tasks), world.ended()]);
			delete world.faults[when];
			if (!world.dead) continue;
			await tasks.boot();
			const { items } = await reads.tasks({}, { limit: 10, offset: 0 });
			const [left] = items;
			if (left) await attend(tasks, left.id);
			else await live(tasks);
			await world.settle();
			await checkEnd(tasks);
		}
	},
);

test('[TA28, DU22] a task that could not be restored is begun afresh, with what was done', async () => {
	const tasks = await createTaskWorld();
	const { world, reads, service, repository } = tasks;
	const id = await spawn(tasks);
	await tasks.until(async () => ((await reads.task(id))?.state === 'in_review' ? true : undefined));
	await world.settle();
	await world.disk.quarantine(taskAddress(id), 'nobody understands it');
	await tasks.boot();
	await expect(service().approve(id, undefined, by)).rejects.toMatchObject({ code: 'actor_quarantined' });

	await service().renew(id, by);
	await tasks.until(async () => ((await reads.task(id))?.state === 'in_review' ? true : undefined));
	const texts = world.disk.rows('prompts').map(({ text }) => String(text));
	expect([texts.length, texts.at(-1)]).toEqual([3, expect.stringContaining('You take over a task')]);
	await attend(tasks, id);
	await world.settle();
	expect([repository.file('a.txt'), repository.branches()]).toEqual(['both\n', ['main']]);
	await expect(service().renew(id, by)).rejects.toMatchObject({ code: 'invalid_transition' });
	await expect(service().renew('tsk_none', by)).rejects.toMatchObject({ code: 'task_not_found' });
	expect(world.errors).toEqual([]);
});
