/** A task's branch and worktree without a task: for tests of what is done with git. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createGitRunner, type GitRunner } from '../../src/tasks/git.ts';
import { createWorktrees, type Workplace, type Worktrees } from '../../src/tasks/worktrees.ts';
import type { GitRepository } from '../support/git-repository.ts';

export const runner: GitRunner = createGitRunner('workplace-test');

export interface WorktreeFolder {
	/** Where worktrees and notes are. */
	readonly directory: string;
	readonly worktrees: Worktrees;
	/** What went wrong and nobody awaited. */
	readonly errors: readonly Error[];
}

/** With another git in between, where it is to be watched or to fail. */
export function createWorktreeFolder(git: GitRunner = runner): WorktreeFolder {
	const directory = mkdtempSync(join(tmpdir(), 'statecraft-worktrees-'));
	onTestFinished(({ task }) => {
		if (task.result?.state !== 'fail') rmSync(directory, { recursive: true, force: true });
	});
	const errors: Error[] = [];
	return {
		directory,
		errors,
		worktrees: createWorktrees({ git, directory, onError: (_, error) => errors.push(error) }),
	};
}

/** A worktree of the repository that is there, on the branch `work`. */
export async function establish(repository: GitRepository, branch = 'work'): Promise<Workplace> {
	const { worktrees } = createWorktreeFolder();
	const place = await worktrees.plan({ taskId: 'tsk_1', repository: repository.path, branch });
	await worktrees.establish(place, async () => {});
	return place;
}
