/** Branches and worktrees: there with their task, or not at all. */

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GitRunner } from '../../src/tasks/git.ts';
import { createWorktrees, type Worktrees } from '../../src/tasks/worktrees.ts';
import { createGitRepository } from '../support/git-repository.ts';
import { createWorktreeFolder, establish, runner } from './workplace.ts';

/** Git that fails, or never answers, at the first command that begins so; before it does it, or after. */
function breakAt(command: string, when: 'before' | 'after', how: () => Promise<never>): GitRunner {
	return {
		in(directory) {
			const git = runner.in(directory);
			return async (...args) => {
				const isIt = args.join(' ').startsWith(command);
				if (isIt && when === 'before') return how();
				const output = await git(...args);
				return isIt ? how() : output;
			};
		},
	};
}

const refuse = () => Promise.reject(new Error('no more'));

describe('[TA10] a task that cannot be made leaves nothing behind', () => {
	const steps = ['update-ref', 'worktree add'].flatMap((command) =>
		(['before', 'after'] as const).map((when) => [command, when] as const),
	);

	test.each(steps)('%s fails, %s it is done', async (command, when) => {
		const repository = createGitRepository();
		const { directory, worktrees } = createWorktreeFolder(breakAt(command, when, refuse));
		const place = await worktrees.plan({ taskId: 'tsk_1', repository: repository.path, branch: 'work' });
		await expect(worktrees.establish(place, async () => {})).rejects.toThrow('no more');
		expect([repository.branches(), repository.worktrees(), readdirSync(directory)]).toEqual([['main'], [], []]);
	});

	test('its row is refused', async () => {
		const repository = createGitRepository();
		const { directory, worktrees } = createWorktreeFolder();
		const place = await worktrees.plan({ taskId: 'tsk_1', repository: repository.path, branch: 'work' });
		await expect(worktrees.establish(place, refuse)).rejects.toThrow('no more');
		expect([repository.branches(), repository.worktrees(), readdirSync(directory)]).toEqual([['main'], [], []]);
		// The name is free again.
		await worktrees.establish(place, async () => {});
		expect([repository.branches(), repository.worktrees()]).toEqual([['main', 'work'], [place.worktree]]);
		expect(readdirSync(directory)).toEqual(['tsk_1']);
	});

	test.each(steps)('the process dies at %s, %s it is done', async (command, when) => {
		const repository = createGitRepository();
		let died = () => {};
		const death = new Promise<void>((resolve) => {
			died = resolve;
		});
		const dying = breakAt(command, when, () => {
			died();
			return new Promise(() => {});
		});
		const { directory, worktrees } = createWorktreeFolder(dying);
		const place = await worktrees.plan({ taskId: 'tsk_1', repository: repository.path, branch: 'work' });
		void worktrees.establish(place, async () => {});
		await death;

		await createNext(directory).sweep(async () => false);
		expect([repository.branches(), repository.worktrees(), readdirSync(directory)]).toEqual([['main'], [], []]);
	});

	test('the process dies after the row was written: then it is whole', async () => {
		const repository = createGitRepository();
		const { directory, worktrees } = createWorktreeFolder();
		const place = await worktrees.plan({ taskId: 'tsk_1', repository: repository.path, branch: 'work' });
		await new Promise<void>((resolve) => {
			void worktrees.establish(place, () => {
				resolve();
				return new Promise(() => {});
			});
		});
		await createNext(directory).sweep(async (taskId) => taskId === 'tsk_1');
		expect([repository.branches(), repository.worktrees()]).toEqual([['main', 'work'], [place.worktree]]);
		expect(readdirSync(directory)).toEqual(['tsk_1']);
	});
});

/** The next process, in the directory of the one before. */
function createNext(directory: string): Worktrees {
	const onError = (_: string, error: Error) => {
		throw error;
	};
	return createWorktrees({ git: runner, directory, onError });
}

describe('[TA11] what is not ours stays', () => {
	test('a branch that somebody else made in the same moment', async () => {
		const repository = createGitRepository();
		const { worktrees } = createWorktreeFolder();
		const place = await worktrees.plan({ taskId: 'tsk_1', repository: repository.path, branch: 'work' });
		repository.git(['branch', 'work']);
		await expect(worktrees.establish(place, async () => {})).rejects.toMatchObject({ code: 'branch_exists' });
		expect(repository.branches()).toEqual(['main', 'work']);
	});

	test('a branch that somebody made anew under the name of ours', async () => {
		const repository = createGitRepository();
		const place = await establish(repository);
		repository.git(['worktree', 'remove', '--force', place.worktree]);
		repository.git(['branch', '-D', 'work']);
		repository.git(['branch', 'work']);
		await createWorktreeFolder().worktrees.remove(place);
		expect(repository.branches()).toEqual(['main', 'work']);
	});

	test('a branch of ours that somebody has checked out elsewhere', async () => {
		const repository = createGitRepository();
		const place = await establish(repository);
		repository.git(['worktree', 'remove', '--force', place.worktree]);
		repository.git(['checkout', '--quiet', 'work']);
		await expect(createWorktreeFolder().worktrees.remove(place)).rejects.toMatchObject({ code: 'git_failed' });
		expect(repository.branches()).toEqual(['main', 'work']);
	});

	test('a note that cannot be read is told of and kept', async () => {
		const { directory, worktrees, errors } = createWorktreeFolder();
		writeFileSync(join(directory, 'tsk_1.json'), '{"taskId":"tsk_1"}');
		await worktrees.sweep(async () => false);
		expect([errors.length, readdirSync(directory)]).toEqual([1, ['tsk_1.json']]);
	});
});

describe('[TA13] removing and making again', () => {
	test('takes uncommitted work with it, may be repeated, and minds no repository that is gone', async () => {
		const repository = createGitRepository();
		const place = await establish(repository);
		repository.commit({ 'b.txt': 'two\n' }, place.worktree);
		repository.write({ 'c.txt': 'three\n' }, place.worktree);
		const { worktrees } = createWorktreeFolder();
		await worktrees.remove(place);
		await worktrees.remove(place);
		expect([repository.branches(), repository.worktrees(), existsSync(place.worktree)]).toEqual([['main'], [], false]);
		mkdirSync(place.worktree);
		await worktrees.remove({ ...place, repository: '/nowhere/at/all' });
		expect(existsSync(place.worktree)).toBe(false);
	});

	test('makes what is missing: the worktree from its branch, the branch from its base', async () => {
		const repository = createGitRepository();
		const place = await establish(repository);
		const commit = repository.commit({ 'b.txt': 'two\n' }, place.worktree);
		const { worktrees } = createWorktreeFolder();
		repository.git(['worktree', 'remove', '--force', place.worktree]);
		await worktrees.restore(place);
		expect(repository.git(['rev-parse', 'HEAD'], place.worktree).trim()).toBe(commit);
		await worktrees.restore(place);
		await worktrees.remove(place);
		await worktrees.restore(place);
		expect([repository.branches(), existsSync(join(place.worktree, 'b.txt'))]).toEqual([['main', 'work'], false]);
		await worktrees.remove(place);
		expect(repository.branches()).toEqual(['main']);
	});
});

describe('[TA12] what makes no sense is refused before anything is made', () => {
	test.each([
		['a path that is not there', '/nowhere/at/all', 'repository_not_found'],
		['a path that is no repository', '/usr', 'repository_not_found'],
		['a file', '/etc/hosts', 'repository_not_found'],
	])('%s', async (_name, path, code) => {
		const { worktrees } = createWorktreeFolder();
		const plan = worktrees.plan({ taskId: 'tsk_1', repository: path, branch: 'work' });
		await expect(plan).rejects.toMatchObject({ code, status: 422 });
	});

	test('a repository without a commit, or without a branch checked out', async () => {
		const { worktrees } = createWorktreeFolder();
		const empty = createGitRepository({});
		const plan = (path: string) => worktrees.plan({ taskId: 'tsk_1', repository: path, branch: 'work' });
		await expect(plan(empty.path)).rejects.toMatchObject({
			code: 'invalid_request',
			message: /no branch main with a commit/,
		});
		const detached = createGitRepository();
		detached.git(['checkout', '--quiet', '--detach']);
		await expect(plan(detached.path)).rejects.toMatchObject({
			code: 'invalid_request',
			message: /name the base branch/,
		});
	});

	test.each(['-f', '--upload-pack=sh', 'a..b', 'a b', 'a\nb', '@{-1}', 'x.lock', 'HEAD~1', '/a', 'a^', ''])(
		'a branch %j',
		async (branch) => {
			const repository = createGitRepository();
			const { worktrees } = createWorktreeFolder();
			const plan = worktrees.plan({ taskId: 'tsk_1', repository: repository.path, branch });
			await expect(plan).rejects.toMatchObject({ code: 'invalid_request', extras: { issues: [{ path: 'branch' }] } });
			expect(repository.branches()).toEqual(['main']);
		},
	);

	test.each(['ünï/códe', "it's-$HOME", 'a;b&c', '日本', 'x|y', 'refs/heads/main'])(
		'but not a branch %j, odd as it is',
		async (branch) => {
			const repository = createGitRepository();
			const place = await establish(repository, branch);
			repository.commit({ 'b.txt': 'two\n' }, place.worktree);
			expect(repository.git(['symbolic-ref', 'HEAD'], place.worktree).trim()).toBe(`refs/heads/${branch}`);
			await createWorktreeFolder().worktrees.remove(place);
			expect([repository.branches(), repository.worktrees()]).toEqual([['main'], []]);
		},
	);

	test('a directory below the top names the repository itself', async () => {
		const repository = createGitRepository({ 'deep/down/a.txt': 'one\n' });
		const { worktrees } = createWorktreeFolder();
		const plan = await worktrees.plan({ taskId: 'tsk_1', repository: join(repository.path, 'deep/down'), branch: 'w' });
		expect(plan).toMatchObject({ repository: repository.path, baseBranch: 'main' });
	});
});
