/**
 * Getting work ready: what is left uncommitted is committed, and the branch is put on top of its base.
 *
 * 1. A conflict leaves the worktree as it was: our rebase is taken back, and whoever resolves it makes
 *    their own. So no crash leaves a half-done rebase that nobody understands.
 * 2. What the agent left unfinished (a rebase, a merge) is its own to finish; it is never thrown away.
 * 3. A rebase of ours that a crash cut short is known by a file beside it, and taken back first.
 */

import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { branchRef, currentBranch, findCommit, type Git, isAncestor } from './git.ts';
import type { GateResult } from './views.ts';
import type { Workplace } from './worktrees.ts';

export type RebaseOutcome =
	/** The branch builds on its base now; `changed` when it did not before. */
	| { readonly kind: 'rebased'; readonly changed: boolean }
	/** These files are in conflict. */
	| { readonly kind: 'conflicted'; readonly files: readonly string[] }
	/** The worktree is in no state to be reviewed, for this reason; told as a gate that did not pass. */
	| { readonly kind: 'unfit'; readonly result: GateResult };

/** Rejects with `git_failed`. */
export async function rebaseWork(git: Git, workplace: Workplace, description: string): Promise<RebaseOutcome> {
	const { branch, baseBranch } = workplace;
	const gitDirectory = (await git('rev-parse', '--absolute-git-dir')).trim();
	await takeBackOwn(git, gitDirectory);
	if (await isUnfinished(gitDirectory)) return { kind: 'conflicted', files: await conflictingFiles(git) };

	const checkedOut = await currentBranch(git);
	if (checkedOut !== branch) {
		const there = checkedOut === undefined ? 'no branch' : `the branch ${checkedOut}`;
		return unfit('branch', `The worktree has ${there} checked out, and not ${branch}, where the work belongs.`);
	}
	const identity = await identityOptions(git);
	try {
		await commitRest(git, identity, description, workplace.taskId);
	} catch (thrown) {
		// Most likely a hook that has something to say about the changes.
		return unfit('commit', toStatecraftError(thrown).message);
	}
	const base = await findCommit(git, branchRef(baseBranch));
	if (base === undefined) throw new StatecraftError('git_failed', `The base branch ${baseBranch} is gone`);
	if (await isAncestor(git, base, 'HEAD')) return { kind: 'rebased', changed: false };
	return rebaseOnto(git, gitDirectory, identity, base);
}

async function commitRest(git: Git, identity: readonly string[], description: string, taskId: string): Promise<void> {
	if ((await git('status', '--porcelain', '-z')) === '') return;
	await git('add', '--all');
	if ((await git('diff', '--cached', '--name-only', '-z')) === '') return;
	await git(...identity, 'commit', '--quiet', '-m', description, '-m', `Statecraft-Task: ${taskId}`);
}

async function rebaseOnto(
	git: Git,
	gitDirectory: string,
	identity: readonly string[],
	base: string,
): Promise<RebaseOutcome> {
	await writeFile(ownMark(gitDirectory), '');
	try {
		await git(...identity, 'rebase', '--quiet', '--no-autostash', base);
		return { kind: 'rebased', changed: true };
	} catch (thrown) {
		const files = await conflictingFiles(git);
		if (files.length === 0) throw thrown;
		return { kind: 'conflicted', files };
	} finally {
		await takeBackOwn(git, gitDirectory);
	}
}

async function takeBackOwn(git: Git, gitDirectory: string): Promise<void> {
	if (!(await isThere(ownMark(gitDirectory)))) return;
	if (await isUnfinished(gitDirectory)) await git('rebase', '--abort');
	await rm(ownMark(gitDirectory), { force: true });
}

async function isUnfinished(gitDirectory: string): Promise<boolean> {
	const marks = ['rebase-merge', 'rebase-apply', 'MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD'];
	const found = await Promise.all(marks.map((name) => isThere(join(gitDirectory, name))));
	return found.includes(true);
}

async function conflictingFiles(git: Git): Promise<readonly string[]> {
	const names = await git('diff', '--name-only', '--diff-filter=U', '-z');
	return names.split('\0').filter((name) => name !== '');
}

/** Commits need an author, also where nobody has told git who that is. */
async function identityOptions(git: Git): Promise<readonly string[]> {
	const known = await git('config', '--get', 'user.email').catch(() => '');
	return known.trim() === '' ? ['-c', 'user.name=Statecraft', '-c', 'user.email=statecraft@localhost'] : [];
}

function unfit(name: string, output: string): RebaseOutcome {
	return { kind: 'unfit', result: { name, passed: false, exitCode: null, output, durationMs: 0 } };
}

function ownMark(gitDirectory: string): string {
	return join(gitDirectory, 'statecraft-rebase');
}

function isThere(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}
