/** Getting work ready and merging it, with real git and whatever people do to their repositories. */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mergeWork } from '../../src/tasks/merge.ts';
import { rebaseWork } from '../../src/tasks/rebase.ts';
import type { Workplace } from '../../src/tasks/worktrees.ts';
import { createGitRepository, type GitRepository } from '../support/git-repository.ts';
import { establish, runner } from './workplace.ts';

async function open(branch?: string) {
	const repository = createGitRepository();
	const place = await establish(repository, branch);
	return { repository, place, worktree: place.worktree };
}

const rebase = (place: Workplace, reviewed: string | null = null) =>
	rebaseWork(runner.in(place.worktree), place, 'Do it.\n\nAll of it.', reviewed);

function addHook(repository: GitRepository, name: string, script: string): void {
	const path = join(repository.path, '.git/hooks', name);
	writeFileSync(path, `#!/bin/sh\n${script}\n`);
	chmodSync(path, 0o755);
}

const isClean = (repository: GitRepository, directory: string) =>
	repository.git(['status', '--porcelain'], directory) === '';

describe('[TA17] work', () => {
	test('that is left is committed under its description, whatever it is', async () => {
		const { repository, place, worktree } = await open('ünï/$HOME');
		repository.write({ 'new/b.txt': 'two\n', '-n': 'odd\n', 'a.txt': 'changed\n' }, worktree);
		expect(await rebase(place)).toEqual({ kind: 'rebased', changed: false, commit: expect.any(String) });
		expect(repository.git(['log', '-1', '--format=%B', place.branch]).trim()).toBe(
			'Do it.\n\nAll of it.\n\nStatecraft-Task: tsk_1',
		);
		const names = repository
			.git(['diff', '--name-only', `main...${place.branch}`])
			.trim()
			.split('\n');
		expect(names).toEqual(['-n', 'a.txt', 'new/b.txt']);
		expect(await rebase(place)).toEqual({ kind: 'rebased', changed: false, commit: expect.any(String) });
	});

	test('is put on top of the base branch', async () => {
		const { repository, place, worktree } = await open();
		repository.write({ 'b.txt': 'two\n' }, worktree);
		const base = repository.commit({ 'c.txt': 'three\n' });
		expect(await rebase(place)).toEqual({ kind: 'rebased', changed: true, commit: expect.any(String) });
		expect(repository.git(['rev-parse', 'work~1']).trim()).toBe(base);
		expect(await rebase(place)).toEqual({ kind: 'rebased', changed: false, commit: expect.any(String) });
	});

	test('that a hook refuses is sent back with what the hook said', async () => {
		const { repository, place, worktree } = await open();
		addHook(repository, 'pre-commit', 'echo "no tabs, please" >&2; exit 1');
		repository.write({ 'b.txt': 'two\n' }, worktree);
		expect(await rebase(place)).toMatchObject({
			kind: 'unfit',
			result: { name: 'commit', passed: false, output: expect.stringContaining('no tabs, please') },
		});
		expect(readFileSync(join(worktree, 'b.txt'), 'utf8')).toBe('two\n');
	});

	test('on another branch, or on none, is sent back', async () => {
		const { repository, place, worktree } = await open();
		repository.git(['checkout', '--quiet', '-b', 'elsewhere'], worktree);
		const output = expect.stringContaining('the branch elsewhere checked out, and not work');
		expect(await rebase(place)).toMatchObject({ kind: 'unfit', result: { name: 'branch', output } });
		repository.git(['checkout', '--quiet', '--detach'], worktree);
		expect(await rebase(place)).toMatchObject({ kind: 'unfit', result: { name: 'branch' } });
	});

	test('whose base branch is gone, or whose rebase a hook refuses, is refused by git', async () => {
		const { repository, place, worktree } = await open();
		repository.commit({ 'b.txt': 'two\n' }, worktree);
		repository.commit({ 'c.txt': 'three\n' });
		addHook(repository, 'pre-rebase', 'echo "never" >&2; exit 1');
		await expect(rebase(place)).rejects.toMatchObject({
			code: 'git_failed',
			message: expect.stringContaining('never'),
		});
		expect(isClean(repository, worktree)).toBe(true);
		repository.git(['checkout', '--quiet', '-b', 'other']);
		repository.git(['branch', '-D', 'main']);
		await expect(rebase(place)).rejects.toMatchObject({ code: 'git_failed', message: 'The base branch main is gone' });
	});

	test('is done with what agents inherit, and no secret of ours', async () => {
		const { repository, place, worktree } = await open();
		addHook(repository, 'pre-commit', `env > ${repository.path}/.git/environment`);
		process.env.STATECRAFT_TOKEN = 'secret-of-ours';
		repository.write({ 'b.txt': 'two\n' }, worktree);
		await rebase(place);
		delete process.env.STATECRAFT_TOKEN;
		const environment = readFileSync(join(repository.path, '.git/environment'), 'utf8');
		expect(environment).toContain('STATECRAFT_INSTANCE=workplace-test');
		expect(environment).not.toContain('secret-of-ours');
	});
});

describe('[TA20] a conflict', () => {
	async function openConflict() {
		const world = await open();
		world.repository.commit({ 'a.txt': 'theirs\n', 'ä "b".txt': 'theirs\n' }, world.worktree);
		world.repository.commit({ 'a.txt': 'ours\n', 'ä "b".txt': 'ours\n' });
		return world;
	}

	test('names its files as they are, and leaves the worktree as it was', async () => {
		const { repository, place, worktree } = await openConflict();
		const head = repository.git(['rev-parse', 'work']);
		expect(await rebase(place)).toEqual({ kind: 'conflicted', files: ['a.txt', 'ä "b".txt'] });
		expect(repository.git(['rev-parse', 'work'])).toBe(head);
		expect(repository.git(['symbolic-ref', '--short', 'HEAD'], worktree).trim()).toBe('work');
		expect(isClean(repository, worktree)).toBe(true);
	});

	test('that the agent is resolving is its own, also when it has resolved but not gone on', async () => {
		const { repository, place, worktree } = await openConflict();
		expect(() => repository.git(['rebase', 'main'], worktree)).toThrow();
		expect(await rebase(place)).toEqual({ kind: 'conflicted', files: ['a.txt', 'ä "b".txt'] });
		repository.write({ 'a.txt': 'both\n', 'ä "b".txt': 'both\n' }, worktree);
		repository.git(['add', '--all'], worktree);
		expect(await rebase(place)).toEqual({ kind: 'conflicted', files: [] });
		repository.git(['-c', 'core.editor=true', 'rebase', '--continue'], worktree);
		expect(await rebase(place)).toEqual({ kind: 'rebased', changed: false, commit: expect.any(String) });
	});

	test('may be resolved by merging the base branch, too', async () => {
		const { repository, place, worktree } = await openConflict();
		expect(() => repository.git(['merge', 'main'], worktree)).toThrow();
		expect(await rebase(place)).toMatchObject({ kind: 'conflicted' });
		repository.commit({ 'a.txt': 'both\n', 'ä "b".txt': 'both\n' }, worktree);
		expect(await rebase(place)).toEqual({ kind: 'rebased', changed: false, commit: expect.any(String) });
	});

	test('in which a rebase of ours was cut short by a crash is found again', async () => {
		const { repository, place, worktree } = await openConflict();
		expect(() => repository.git(['rebase', 'main'], worktree)).toThrow();
		const gitDirectory = repository.git(['rev-parse', '--absolute-git-dir'], worktree).trim();
		writeFileSync(join(gitDirectory, 'statecraft-rebase'), '');
		expect(await rebase(place)).toEqual({ kind: 'conflicted', files: ['a.txt', 'ä "b".txt'] });
		expect([isClean(repository, worktree), existsSync(join(gitDirectory, 'rebase-merge'))]).toEqual([true, false]);
	});
});

describe('[TA29] what was reviewed', () => {
	async function openReviewed() {
		const world = await open();
		const commit = world.repository.commit({ 'b.txt': 'two\n' }, world.worktree);
		return { ...world, commit };
	}

	test('gets nothing on top of it: what lies about is not committed', async () => {
		const { repository, place, worktree, commit } = await openReviewed();
		repository.write({ 'built.o': 'by a gate' }, worktree);
		expect(await rebase(place, commit)).toEqual({ kind: 'rebased', changed: false, commit });
		expect(isClean(repository, worktree)).toBe(false);
	});

	test('is not rebased once somebody has committed on top of it', async () => {
		const { repository, place, worktree, commit } = await openReviewed();
		repository.commit({ 'c.txt': 'nobody has seen this\n' }, worktree);
		await expect(rebase(place, commit)).rejects.toMatchObject({ code: 'branch_moved' });
	});

	test('is known again when the process died after its rebase', async () => {
		const { repository, place, commit } = await openReviewed();
		repository.commit({ 'd.txt': 'meanwhile\n' });
		const first = await rebase(place, commit);
		expect(first).toMatchObject({ kind: 'rebased', changed: true });
		expect(await rebase(place, commit)).toEqual(first);
		// And then it is what it is.
		const { commit: moved } = first as { commit: string };
		expect(await rebase(place, moved)).toEqual({ kind: 'rebased', changed: false, commit: moved });
	});

	test('is merged alone', async () => {
		const { repository, place, worktree, commit } = await openReviewed();
		repository.commit({ 'c.txt': 'nobody has seen this\n' }, worktree);
		expect(await mergeWork(runner, place, commit)).toEqual({ kind: 'merged', commit });
		expect(repository.git(['rev-parse', 'main']).trim()).toBe(commit);
	});
});

describe('[TA22] merging', () => {
	async function openReady() {
		const world = await open();
		const commit = world.repository.commit({ 'b.txt': 'two\n' }, world.worktree);
		return { ...world, commit };
	}

	test('moves the base branch, and the files of whoever has it checked out', async () => {
		const { repository, place, commit } = await openReady();
		expect(await mergeWork(runner, place, commit)).toEqual({ kind: 'merged', commit });
		expect([repository.git(['rev-parse', 'main']).trim(), isClean(repository, repository.path)]).toEqual([
			commit,
			true,
		]);
		expect(readFileSync(join(repository.path, 'b.txt'), 'utf8')).toBe('two\n');
		expect(await mergeWork(runner, place, commit)).toEqual({ kind: 'merged', commit });
	});

	test('moves a base branch that nobody has checked out', async () => {
		const { repository, place, commit } = await openReady();
		repository.git(['checkout', '--quiet', '-b', 'other']);
		repository.write({ 'a.txt': 'in the middle of something\n' });
		expect(await mergeWork(runner, place, commit)).toEqual({ kind: 'merged', commit });
		expect(repository.git(['rev-parse', 'main']).trim()).toBe(commit);
		expect(readFileSync(join(repository.path, 'a.txt'), 'utf8')).toBe('in the middle of something\n');
	});

	test('tells of a base branch that has moved on', async () => {
		const { repository, place, commit } = await openReady();
		repository.commit({ 'c.txt': 'three\n' });
		expect(await mergeWork(runner, place, commit)).toEqual({ kind: 'baseMoved' });
	});

	test('goes on where a crash left the files moved and the branch not', async () => {
		const { repository, place, commit } = await openReady();
		repository.git(['read-tree', '-m', '-u', 'main', commit]);
		expect(isClean(repository, repository.path)).toBe(false);
		expect(await mergeWork(runner, place, commit)).toEqual({ kind: 'merged', commit });
		expect(isClean(repository, repository.path)).toBe(true);
	});
});

describe('[TA23] a checked out base branch with', () => {
	async function refused(prepare: (repository: GitRepository) => void) {
		const { repository, place, worktree } = await open();
		const commit = repository.commit({ 'a.txt': 'theirs\n', 'b.txt': 'two\n' }, worktree);
		prepare(repository);
		const before = repository.git(['status', '--porcelain']);
		const outcome = await mergeWork(runner, place, commit);
		expect(repository.git(['status', '--porcelain'])).toBe(before);
		expect(repository.git(['rev-list', '--count', 'main']).trim()).toBe('1');
		return outcome;
	}

	test('changes is not touched', async () => {
		const outcome = await refused((repository) => repository.write({ 'a.txt': 'mine\n' }));
		expect(outcome).toMatchObject({
			kind: 'refused',
			error: { code: 'checkout_dirty', extras: { actual: ['a.txt'] }, message: expect.stringContaining('a.txt') },
		});
	});

	test('staged changes is not touched', async () => {
		const outcome = await refused((repository) => {
			repository.write({ 'z.txt': 'mine\n' });
			repository.git(['add', 'z.txt']);
		});
		expect(outcome).toMatchObject({
			kind: 'refused',
			error: { code: 'checkout_dirty', extras: { actual: ['z.txt'] } },
		});
	});

	test('a file in the way that nobody has added is not touched', async () => {
		const outcome = await refused((repository) => repository.write({ 'b.txt': 'mine\n' }));
		expect(outcome).toMatchObject({ kind: 'refused', error: { message: expect.stringContaining('b.txt') } });
	});
});
