/**
 * What a task's branch changes: for those who review it.
 *
 * What is in review or approved is one commit, and that is shown: whatever came after it is approved and
 * merged by nobody.
 */

import { StatecraftError } from '../errors.ts';
import { branchRef, findCommit, type GitRunner } from './git.ts';
import type { TaskView } from './views.ts';

export interface ChangedFile {
	readonly path: string;
	/** Lines; null for a binary file. */
	readonly added: number | null;
	readonly removed: number | null;
}

export interface TaskDiff {
	/** Whose changes these are: what is reviewed, or the end of the branch. */
	readonly commit: string;
	/** Commits that the branch has gained or lost since; 0 where it ends with `commit`. */
	readonly ahead: number;
	readonly files: readonly ChangedFile[];
	/** Unified, against where the branch left its base; at most so many bytes of it. */
	readonly patch: string;
	/** Whether there is more of it. */
	readonly truncated: boolean;
}

export interface TaskDiffs {
	/** What is reviewed, or else what is committed on the branch. Rejects with `not_found` once the branch is gone. */
	of(task: TaskView): Promise<TaskDiff>;
}

const patchLimitBytes = 512 * 1_024;
const filesLimit = 5_000;

/** @param reviewedCommit the commit that a task holds ready for review; null where it has none yet */
export function createTaskDiffs(runner: GitRunner, reviewedCommit: (taskId: string) => string | null): TaskDiffs {
	return {
		async of({ id, state, repository, branch, baseBranch }) {
			const git = runner.in(repository);
			const reviewed = state === 'in_review' || state === 'approved' ? reviewedCommit(id) : null;
			const [base, tip] = await Promise.all([
				findCommit(git, branchRef(baseBranch)),
				findCommit(git, branchRef(branch)),
			]);
			if (base === undefined || tip === undefined) {
				throw new StatecraftError('not_found', `The branches of ${id} are gone`);
			}
			const commit = reviewed ?? tip;
			const range = `${base}...${commit}`;
			const plain = [
				'--no-ext-diff',
				'--no-textconv',
				'--no-color',
				'--no-renames',
				'--src-prefix=a/',
				'--dst-prefix=b/',
			];
			const counts = await git('diff', ...plain, '--numstat', '-z', range, '--');
			const patch = Buffer.from(await git('diff', ...plain, range, '--'));
			return {
				commit,
				ahead: commit === tip ? 0 : Number(await git('rev-list', '--count', `${commit}...${tip}`)),
				files: counts
					.split('\0')
					.filter((line) => line !== '')
					.slice(0, filesLimit)
					.map(toChangedFile),
				patch: patch.subarray(0, patchLimitBytes).toString(),
				truncated: patch.length > patchLimitBytes,
			};
		},
	};
}

function toChangedFile(line: string): ChangedFile {
	const [added = '-', removed = '-', ...path] = line.split('\t');
	const toCount = (text: string) => (text === '-' ? null : Number(text));
	return { path: path.join('\t'), added: toCount(added), removed: toCount(removed) };
}
