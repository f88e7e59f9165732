/**
 * Merging: the base branch moves on to the task's branch, which builds on it, and nothing else changes.
 * Where somebody has the base branch checked out, their files move with it, unless there is anything
 * that is not committed.
 */

import { access } from 'node:fs/promises';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { branchRef, findCommit, type Git, type GitRunner, isAncestor, listWorktrees } from './git.ts';
import type { Workplace } from './worktrees.ts';

export type MergeOutcome =
	| { readonly kind: 'merged'; readonly commit: string }
	/** The branch does not build on the base branch any more. */
	| { readonly kind: 'baseMoved' }
	| { readonly kind: 'refused'; readonly error: StatecraftError };

/**
 * Merges this commit of the branch, and none that came after it. May be repeated: what is merged already
 * stays merged. Rejects with `git_failed`.
 */
export async function mergeWork(runner: GitRunner, workplace: Workplace, commit: string): Promise<MergeOutcome> {
	const { repository, branch, baseBranch } = workplace;
	const git = runner.in(repository);
	const base = await requireCommit(git, baseBranch);
	if (await isAncestor(git, commit, base)) return { kind: 'merged', commit };
	if (!(await isAncestor(git, base, commit))) return { kind: 'baseMoved' };
	const checkout = await findCheckout(git, baseBranch);
	try {
		if (checkout === undefined) {
			await git('update-ref', '-m', `statecraft: merge ${branch}`, branchRef(baseBranch), commit, base);
		} else {
			const dirty = await findUncommitted(runner.in(checkout), commit);
			if (dirty.length > 0) return { kind: 'refused', error: refuseDirty(checkout, baseBranch, dirty) };
			await runner.in(checkout)('merge', '--quiet', '--ff-only', commit);
		}
		return { kind: 'merged', commit };
	} catch (thrown) {
		if ((await requireCommit(git, baseBranch)) !== base) return { kind: 'baseMoved' };
		// Git itself found something in the way, such as a file that nobody has added.
		return { kind: 'refused', error: toStatecraftError(thrown) };
	}
}

async function requireCommit(git: Git, branch: string): Promise<string> {
	const commit = await findCommit(git, branchRef(branch));
	if (commit === undefined) throw new StatecraftError('git_failed', `The branch ${branch} is gone`);
	return commit;
}

/** Where the branch is checked out. */
async function findCheckout(git: Git, branch: string): Promise<string | undefined> {
	const holder = (await listWorktrees(git)).find((listed) => listed.branch === branch);
	if (holder === undefined) return undefined;
	return access(holder.path).then(
		() => holder.path,
		() => undefined,
	);
}

/** Tracked files with changes, unless they are those of the merge itself, which a crash cut short. */
async function findUncommitted(git: Git, commit: string): Promise<readonly string[]> {
	const changed = await git('status', '--porcelain', '-z', '--no-renames', '--untracked-files=no');
	if (changed === '') return [];
	const fromTarget = await Promise.all([
		git('diff', '--name-only', '-z', commit, '--'),
		git('diff', '--cached', '--name-only', '-z', commit, '--'),
	]);
	if (fromTarget.every((names) => names === '')) return [];
	const entries = changed.split('\0').filter((entry) => entry !== '');
	return entries.map((entry) => entry.slice(3));
}

function refuseDirty(checkout: string, baseBranch: string, files: readonly string[]): StatecraftError {
	const shown = files.slice(0, 10).join(', ');
	const detail = `${baseBranch} is checked out in ${checkout} with changes that are not committed: ${shown}`;
	return new StatecraftError('checkout_dirty', detail, {
		actual: files,
		hint: 'Commit or stash them there, then merge again',
	});
}
