/**
 * Branches and worktrees of tasks: made together with the task's row, or not at all.
 *
 * 1. Before git is touched a note is written of what is about to be made; it goes once the row is there,
 *    or once what was made is gone again. A boot finds the notes that a crash left.
 * 2. A branch is ours when the first line of its log says so. No other is ever removed.
 * 3. Everything looks first what is there, and may be done again.
 */

import { mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StatecraftError } from '../errors.ts';
import { branchRef, currentBranch, findCommit, type Git, type GitRunner, listWorktrees } from './git.ts';

/** Where a task's work is. */
export interface Workplace {
	readonly taskId: string;
	readonly repository: string;
	readonly branch: string;
	readonly worktree: string;
	readonly baseBranch: string;
}

export interface Worktrees {
	/** Checks what was asked for. Rejects with `repository_not_found`, `branch_exists` or `invalid_request`. */
	plan(wanted: WantedWorkplace): Promise<Workplace>;
	/** Makes branch and worktree, has the row committed, and undoes the first two where that fails. */
	establish(workplace: Workplace, commitRow: () => Promise<unknown>): Promise<void>;
	/** Makes what is missing of the worktree, from its branch where that is there. */
	restore(workplace: Workplace): Promise<void>;
	/** Removes worktree and branch, whatever is in them. */
	remove(workplace: Workplace): Promise<void>;
	/** Undoes what a crash left half-made; `exists` tells whether a task has its row. */
	sweep(exists: (taskId: string) => Promise<boolean>): Promise<void>;
}

export interface WantedWorkplace {
	readonly taskId: string;
	readonly repository: string;
	readonly branch: string;
	/** The repository's current branch where it is not given. */
	readonly baseBranch?: string;
}

export interface WorktreesDeps {
	readonly git: GitRunner;
	/** `<dataDir>/worktrees`, absolute. */
	readonly directory: string;
	onError(where: string, error: Error): void;
}

const noteSchema = z.strictObject({
	taskId: z.string(),
	repository: z.string(),
	branch: z.string(),
	worktree: z.string(),
	baseBranch: z.string(),
});

const noCommit = '0'.repeat(40);

export function createWorktrees({ git: runner, directory, onError }: WorktreesDeps): Worktrees {
	const notePath = (taskId: string) => join(directory, `${taskId}.json`);

	async function plan({ taskId, repository: path, branch, baseBranch: wanted }: WantedWorkplace): Promise<Workplace> {
		const repository = await findRepository(path);
		const git = runner.in(repository);
		await checkBranchName(git, branch, 'branch');
		const baseBranch = wanted ?? (await currentBranch(git));
		if (baseBranch === undefined) throw invalid('baseBranch', 'No branch is checked out there: name the base branch');
		await checkBranchName(git, baseBranch, 'baseBranch');
		if ((await findCommit(git, branchRef(baseBranch))) === undefined) {
			throw invalid('baseBranch', `${repository} has no branch ${baseBranch} with a commit to begin from`);
		}
		if ((await findCommit(git, branchRef(branch))) !== undefined) throw branchExists(repository, branch);
		return { taskId, repository, branch, worktree: join(directory, taskId), baseBranch };
	}

	async function findRepository(path: string): Promise<string> {
		try {
			if (!(await stat(path)).isDirectory()) throw new Error('it is no directory');
			const top = await runner.in(path)('rev-parse', '--show-toplevel');
			return await realpath(top.trim());
		} catch (thrown) {
			const detail = `${path}: ${(thrown as Error).message}`;
			throw new StatecraftError('repository_not_found', detail, { hint: 'Name the directory of a git repository' });
		}
	}

	async function make(workplace: Workplace): Promise<void> {
		const { taskId, repository, branch, worktree, baseBranch } = workplace;
		const git = runner.in(repository);
		const commit = await findCommit(git, branchRef(baseBranch));
		if (commit === undefined) throw invalid('baseBranch', `${repository} has no branch ${baseBranch} any more`);
		try {
			// One that is there already, or comes to be in this moment, is refused.
			const none = noCommit.padEnd(commit.length, '0');
			await git('update-ref', '--create-reflog', '-m', ownerMark(taskId), branchRef(branch), commit, none);
		} catch (thrown) {
			const isThere = (await findCommit(git, branchRef(branch))) !== undefined;
			throw isThere && !(await isOurs(git, workplace)) ? branchExists(repository, branch) : thrown;
		}
		await git('worktree', 'add', '--quiet', worktree, branch);
	}

	async function isOurs(git: Git, { taskId, branch }: Workplace): Promise<boolean> {
		if ((await findCommit(git, branchRef(branch))) === undefined) return false;
		const log = await git('reflog', 'show', '--format=%gs', branchRef(branch), '--');
		return log.trim().split('\n').at(-1) === ownerMark(taskId);
	}

	async function removeWorktree(git: Git, worktree: string): Promise<void> {
		await rm(worktree, { recursive: true, force: true });
		await git('worktree', 'prune');
	}

	async function remove(workplace: Workplace): Promise<void> {
		const { repository, branch, worktree } = workplace;
		if (!(await isThere(repository))) return rm(worktree, { recursive: true, force: true });
		const git = runner.in(repository);
		await removeWorktree(git, worktree);
		if (!(await isOurs(git, workplace))) return;
		const holder = (await listWorktrees(git)).find((listed) => listed.branch === branch);
		if (holder) {
			throw new StatecraftError('git_failed', `${branch} is checked out in ${holder.path}`, {
				hint: 'Check out something else there, then clean up again',
			});
		}
		await git('branch', '--quiet', '-D', '--', branch);
	}

	async function writeNote(workplace: Workplace): Promise<void> {
		await mkdir(directory, { recursive: true, mode: 0o700 });
		const draft = `${notePath(workplace.taskId)}.new`;
		await writeFile(draft, JSON.stringify(workplace), { flush: true });
		await rename(draft, notePath(workplace.taskId));
	}

	const removeNote = (taskId: string) => rm(notePath(taskId), { force: true });

	return {
		plan,
		async establish(workplace, commitRow) {
			await writeNote(workplace);
			try {
				await make(workplace);
				await commitRow();
			} catch (thrown) {
				await remove(workplace);
				await removeNote(workplace.taskId);
				throw thrown;
			}
			await removeNote(workplace.taskId);
		},
		async restore(workplace) {
			const { repository, branch, worktree } = workplace;
			if (await isThere(join(worktree, '.git'))) return;
			const git = runner.in(repository);
			await removeWorktree(git, worktree);
			if ((await findCommit(git, branchRef(branch))) === undefined) await make(workplace);
			else await git('worktree', 'add', '--quiet', worktree, branch);
		},
		remove,
		async sweep(exists) {
			const names = await readdir(directory).catch(() => [] as string[]);
			for (const name of names) {
				try {
					if (name.endsWith('.json.new')) await rm(join(directory, name), { force: true });
					if (!name.endsWith('.json')) continue;
					const note = noteSchema.parse(JSON.parse(await readFile(join(directory, name), 'utf8')));
					if (!(await exists(note.taskId))) await remove(note);
					await removeNote(note.taskId);
				} catch (thrown) {
					// Kept: the next boot tries again.
					onError(`sweep ${name}`, thrown as Error);
				}
			}
		},
	};
}

async function checkBranchName(git: Git, name: string, path: string): Promise<void> {
	await git('check-ref-format', '--branch', name).catch(() => {
		throw invalid(path, `"${name}" cannot be the name of a branch`);
	});
}

async function isThere(path: string): Promise<boolean> {
	return stat(path).then(
		() => true,
		() => false,
	);
}

function ownerMark(taskId: string): string {
	return `statecraft: ${taskId}`;
}

function invalid(path: string, message: string): StatecraftError {
	return new StatecraftError('invalid_request', message, { issues: [{ path, message }] });
}

function branchExists(repository: string, branch: string): StatecraftError {
	return new StatecraftError('branch_exists', `${repository} has a branch ${branch} already`, { actual: branch });
}
