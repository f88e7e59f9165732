/** Diffs as real git writes them, names and contents of any kind, read as a reviewer is to see them. */

import { chmodSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Review, readReview } from '../../../src/dashboard/tasks/review.ts';
import { createGitRunner } from '../../../src/tasks/git.ts';
import { createTaskDiffs } from '../../../src/tasks/task-diff.ts';
import { createGitRepository, type GitRepository } from '../../support/git-repository.ts';

const old = 'before\n-- a/victim\nsame\n';

function startBranch(files: Readonly<Record<string, string>> = { 'old.sql': old }): GitRepository {
	const repository = createGitRepository(files);
	repository.git(['checkout', '--quiet', '-b', 'work']);
	return repository;
}

async function review({ git, path }: GitRepository): Promise<Review & { readonly truncated: boolean }> {
	git(['add', '--all']);
	git(['commit', '--quiet', '-m', 'Work']);
	const diffs = createTaskDiffs(createGitRunner('test'), () => null);
	const diff = await diffs.of({ id: 'tsk_1', repository: path, branch: 'work', baseBranch: 'main' } as never);
	return { ...readReview(diff), truncated: diff.truncated };
}

const linesOf = ({ diffs }: Review, wanted: string) =>
	diffs
		.find(({ path }) => path === wanted)
		?.hunks.flat()
		.map(({ kind, text }) => `${kind} ${text}`);

test.each([
	'<img src=x onerror="document.title=1">.txt',
	'ünïcode \u202egnp.txt',
	'new\nline\tand tab.txt',
	'quote" and \\ back.txt',
	' space at both ends ',
	'2024-01-01 10:00:00 +0100.txt',
	'a',
	"b's",
])('a file called %j is shown once, under its own name', async (name) => {
	const repository = startBranch();
	repository.write({ [name]: 'new\n', [`b/${name}`]: 'deep\n' });
	const { diffs, others } = await review(repository);
	expect(diffs.map(({ path }) => path).sort()).toEqual([name, `b/${name}`].sort());
	expect(others).toEqual([]);
});

test('lines that look like the heads of a patch are lines', async () => {
	const repository = startBranch();
	repository.write({
		'old.sql': 'same\n++ b/other\n',
		'patch.txt': 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\r\n+two\u2028three\n',
	});
	const found = await review(repository);
	expect(found.diffs.map(({ path }) => path)).toEqual(['old.sql', 'patch.txt']);
	expect(linesOf(found, 'old.sql')).toEqual(['delete before', 'delete -- a/victim', 'same same', 'add ++ b/other']);
	expect(linesOf(found, 'patch.txt')).toHaveLength(6);
});

test('what has no lines to show is told of beside: binary, empty, another mode', async () => {
	const repository = startBranch({ 'script.sh': 'true\n', 'gone.txt': 'gone\n', 'kind.txt': 'text\n' });
	writeFileSync(join(repository.path, 'picture.png'), Buffer.from([0, 1, 2, 255]));
	repository.write({ empty: '' });
	chmodSync(join(repository.path, 'script.sh'), 0o755);
	unlinkSync(join(repository.path, 'gone.txt'));
	unlinkSync(join(repository.path, 'kind.txt'));
	symlinkSync('elsewhere', join(repository.path, 'kind.txt'));
	const { diffs, others } = await review(repository);
	expect(others).toEqual([
		{ path: 'empty', added: 0, removed: 0 },
		{ path: 'picture.png', added: null, removed: null },
		{ path: 'script.sh', added: 0, removed: 0 },
	]);
	expect(new Set(diffs.map(({ path }) => path))).toEqual(new Set(['gone.txt', 'kind.txt']));
});

test('of a patch that was cut off, the counts are those of the whole file, and what is missing is told of', async () => {
	const repository = startBranch();
	repository.write({ 'huge.txt': 'a line of some length\n'.repeat(60_000), 'z.txt': 'z\n' });
	const { diffs, others, truncated } = await review(repository);
	expect(truncated).toBe(true);
	expect(diffs.map(({ path, added, removed }) => ({ path, added, removed }))).toEqual([
		{ path: 'huge.txt', added: 60_000, removed: 0 },
	]);
	expect(others).toEqual([{ path: 'z.txt', added: 1, removed: 0 }]);
});

test('of nothing there is nothing to review', () => {
	expect(readReview({ files: [], patch: '' })).toEqual({ diffs: [], others: [] });
});
