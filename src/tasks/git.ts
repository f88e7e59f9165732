/**
 * Git, as tasks use it: argument lists in, text out, a StatecraftError where it refuses.
 *
 * 1. It inherits what agents inherit and nothing else: hooks of a repository run with it.
 * 2. It carries the marker of this installation: what a killed Statecraft left running is ended at boot.
 * 3. It never asks anybody anything.
 */

import { simpleGit } from 'simple-git';
import { buildEnvironment } from '../agents/drivers/environment.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';

/** Runs git in one directory. Rejects with `git_failed` and what git said. */
export type Git = (...args: readonly string[]) => Promise<string>;

export interface GitRunner {
	/** Git in this directory, which must exist. */
	in(directory: string): Git;
}

/** Without a word from git for so long, it is ended. */
const silenceMs = 600_000;

export function createGitRunner(instance: string): GitRunner {
	const marker = { instance, agentId: 'statecraft', generation: 0 };
	const quiet = { GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
	return {
		in(directory) {
			const run = async (args: readonly string[]) => {
				const git = simpleGit({
					baseDir: directory,
					timeout: { block: silenceMs },
					allowEnvironment: Object.keys(quiet),
					// Whatever it prints, its exit code says whether it did what it was asked to.
					errors: (_error, { exitCode, stdErr, stdOut }) =>
						exitCode === 0 ? undefined : Buffer.concat([...stdErr, ...stdOut, Buffer.from(' ')]),
				});
				return git.env(buildEnvironment(quiet, marker)).raw([...args]);
			};
			return (...args) =>
				run(args).catch((thrown: unknown) => {
					const { message } = toStatecraftError(thrown);
					throw new StatecraftError('git_failed', `git ${args[0]}: ${message.trim()}`, {}, { cause: thrown });
				});
		},
	};
}

export function branchRef(branch: string): string {
	return `refs/heads/${branch}`;
}

/** The commit that a revision names; undefined where there is none. */
export async function findCommit(git: Git, revision: string): Promise<string | undefined> {
	try {
		return (await git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`)).trim();
	} catch {
		return undefined;
	}
}

/** The branch that is checked out; undefined in a detached state. */
export async function currentBranch(git: Git): Promise<string | undefined> {
	try {
		return (await git('symbolic-ref', '--quiet', 'HEAD')).trim().replace(/^refs\/heads\//, '');
	} catch {
		return undefined;
	}
}

/** Whether everything of `ancestor` is in `commit`. */
export async function isAncestor(git: Git, ancestor: string, commit: string): Promise<boolean> {
	try {
		return (await git('merge-base', ancestor, commit)).trim() === ancestor;
	} catch {
		// Nothing in common.
		return false;
	}
}

/** A working directory of a repository, as git lists them. */
export interface ListedWorktree {
	readonly path: string;
	/** Null where no branch is checked out. */
	readonly branch: string | null;
}

export async function listWorktrees(git: Git): Promise<readonly ListedWorktree[]> {
	const blocks = (await git('worktree', 'list', '--porcelain', '-z')).split('\0\0').filter((block) => block !== '');
	return blocks.map((block) => {
		const lines = block.split('\0');
		const value = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
		return { path: value('worktree') ?? '', branch: value('branch')?.replace(/^refs\/heads\//, '') ?? null };
	});
}
