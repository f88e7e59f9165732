/**
 * Getting work ready: what is left uncommitted is committed, and the branch is put on top of its base.
 *
 * 1. A conflict leaves the worktree as it was: our rebase is taken back, and whoever resolves it makes
 *    their own. So no crash leaves a half-done rebase that nobody understands.
 * 2. What the agent left unfinished (a rebase, a merge) is its own to finish; it is never thrown away.
 * 3. A rebase of ours that a crash cut short is known by a file beside it, and taken back first.
 * 4. What was reviewed is rebased as it is: nothing is committed on top of it, and where somebody has done
 *    that it is refused.
 */

import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { branchRef, currentBranch, findCommit, type Git, isAncestor } from './git.ts';
import type { GateResult } from './views.ts';
import type { Workplace } from './worktrees.ts';

export type RebaseOutcome =
	/** The branch builds on its base now and ends with this commit; `changed` when it did not before. */
	| { readonly kind: 'rebased'; readonly changed: boolean; readonly commit: string }
	/** These files are in conflict. */
	| { readonly kind: 'conflicted'; readonly files: readonly string[] }
	/** The worktree is in no state to be reviewed, for this reason; told as a gate that did not pass. */
	| { readonly kind: 'unfit'; readonly result: GateResult };

/**
 * Rejects with `git_failed`; with `branch_moved` when the branch does not end with what was reviewed.
 * @param reviewed the commit that a person has agreed to; null where work is on its way to review
 */
export async function rebaseWork(
	git: Git,
	workplace: Workplace,
	description: string,
	reviewed: string | null,
): Promise<RebaseOutcome> {
	const { branch, baseBranch } = workplace;
	const gitDirectory = (await git('rev-parse', '--absolute-git-dir')).trim();
	const isOurs = reviewed !== null && (await readOwnMark(gitDirectory)) === reviewed;
	const wasCutShort = await isUnfinished(gitDirectory);
	await takeBackOwn(git, gitDirectory);
	if (await isUnfinished(gitDirectory)) return { kind: 'conflicted', files: await conflictingFiles(git) };

	const checkedOut = await currentBranch(git);
	if (checkedOut !== branch) {
		const there = checkedOut === undefined ? 'no branch' : `the branch ${checkedOut}`;
		return unfit('branch', `The worktree has ${there} checked out, and not ${branch}, where the work belongs.`);
	}
	const identity = await identityOptions(git);
	// Killed after our rebase of it and before that was noted: what is there is ours.
	if (reviewed !== null && !(isOurs && !wasCutShort)) await refuseUnreviewed(git, branch, reviewed);
	try {
		if (reviewed === null) await commitRest(git, identity, description, workplace.taskId);
	} catch (thrown) {
		// Most likely a hook that has something to say about the changes.
		return unfit('commit', toStatecraftError(thrown).message);
	}
	const base = await findCommit(git, branchRef(baseBranch));
	if (base === undefined) throw new StatecraftError('git_failed', `The base branch ${baseBranch} is gone`);
	if (await isAncestor(git, base, 'HEAD')) {
		return { kind: 'rebased', changed: isOurs && !wasCutShort, commit: await headOf(git) };
	}
	return rebaseOnto(git, gitDirectory, identity, base, reviewed);
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
	reviewed: string | null,
): Promise<RebaseOutcome> {
	await writeFile(ownMark(gitDirectory), reviewed ?? '');
	try {
		await git(...identity, 'rebase', '--quiet', '--no-autostash', base);
	} catch (thrown) {
		const files = await conflictingFiles(git);
		await takeBackOwn(git, gitDirectory);
		if (files.length === 0) throw thrown;
		return { kind: 'conflicted', files };
	}
	// The mark stays until the next time: it tells whose doing the new commits are.
	return { kind: 'rebased', changed: true, commit: await headOf(git) };
}

async function headOf(git: Git): Promise<string> {
	return (await git('rev-parse', 'HEAD')).trim();
}

async function refuseUnreviewed(git: Git, branch: string, reviewed: string): Promise<void> {
	if ((await headOf(git)) === reviewed) return;
	const detail = `${branch} has changed since it was reviewed. Request changes to have it checked and reviewed again`;
	throw new StatecraftError('branch_moved', detail);
}

async function takeBackOwn(git: Git, gitDirectory: string): Promise<void> {
	if (!(await isThere(ownMark(gitDirectory)))) return;
	if (await isUnfinished(gitDirectory)) await git('rebase', '--abort');
	await rm(ownMark(gitDirectory), { force: true });
}

async function readOwnMark(gitDirectory: string): Promise<string | undefined> {
	return readFile(ownMark(gitDirectory), 'utf8').catch(() => undefined);
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
