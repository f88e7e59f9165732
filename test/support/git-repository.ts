/** A real git repository in a directory of its own, and what people do in it. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface GitRepository {
	readonly path: string;
	/** Runs git in it, or in a worktree of it. */
	git(args: readonly string[], directory?: string): string;
	write(files: Readonly<Record<string, string>>, directory?: string): void;
	/** Writes files and commits them, in it or in a worktree of it. */
	commit(files: Readonly<Record<string, string>>, directory?: string): string;
	branches(): readonly string[];
	/** Of branches, `main` by default. */
	file(path: string, branch?: string): string;
	/** Paths of working directories, besides the first. */
	worktrees(): readonly string[];
}

/** With a first commit on `main`, unless there are no files. */
export function createGitRepository(files: Readonly<Record<string, string>> = { 'a.txt': 'one\n' }): GitRepository {
	const path = realpathSync(mkdtempSync(join(tmpdir(), 'statecraft-repository-')));
	onTestFinished(({ task }) => {
		if (task.result?.state !== 'fail') rmSync(path, { recursive: true, force: true });
	});
	return initGitRepository(path, files);
}

/** The same in a directory that somebody else removes. */
export function initGitRepository(
	path: string,
	files: Readonly<Record<string, string>> = { 'a.txt': 'one\n' },
): GitRepository {
	const git: GitRepository['git'] = (args, directory = path) =>
		execFileSync('git', ['-c', 'user.name=Person', '-c', 'user.email=person@example.org', ...args], {
			cwd: directory,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'pipe'],
		});
	const write: GitRepository['write'] = (contents, directory = path) => {
		for (const [name, content] of Object.entries(contents)) {
			mkdirSync(dirname(join(directory, name)), { recursive: true });
			writeFileSync(join(directory, name), content);
		}
	};
	const commit: GitRepository['commit'] = (contents, directory = path) => {
		write(contents, directory);
		git(['add', '--all'], directory);
		git(['commit', '--quiet', '--no-verify', '-m', `Change ${Object.keys(contents).join(', ')}`], directory);
		return git(['rev-parse', 'HEAD'], directory).trim();
	};
	git(['init', '--quiet', '--initial-branch', 'main']);
	if (Object.keys(files).length > 0) commit(files);
	return {
		path,
		git,
		write,
		commit,
		branches: () => git(['for-each-ref', '--format=%(refname:short)', 'refs/heads']).trim().split('\n').filter(Boolean),
		file: (name, branch = 'main') => git(['show', `${branch}:${name}`]),
		worktrees: () =>
			git(['worktree', 'list', '--porcelain'])
				.split('\n')
				.filter((line) => line.startsWith('worktree '))
				.map((line) => line.slice('worktree '.length))
				.filter((listed) => listed !== path),
	};
}
