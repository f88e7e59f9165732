/** What a task's branch changes: what a reviewer reads. */

import { Fragment, useMemo } from 'react';
import { Button } from '../components/button.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Disclosure } from '../components/disclosure.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { ApiError } from '../connection/api.ts';
import { type Loaded, useLoaded } from '../connection/loaded.ts';
import { DiffView } from '../content/diff-view.tsx';
import { KeptScope } from '../content/kept-state.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import type { Task } from '../store/resources.ts';
import { type ChangedFile, readReview, type TaskDiff } from './review.ts';

/** So many files are laid open; more of them are a list to pick from. */
const openFiles = 12;
/** So many of the files without lines are named. */
const namedFiles = 200;

const hasChanges = ({ state, activity }: Task) => state !== 'completed' && activity !== 'cleaned';

/** What it changes. Each step may have moved the branch; while an agent works, only a look shows what it has committed. */
export function useTaskDiff(task: Task): Loaded<TaskDiff> {
	return useLoaded(hasChanges(task) ? `diff ${task.id} ${task.version}` : null, (api, signal) =>
		api.get<TaskDiff>(`/tasks/${encodeURIComponent(task.id)}/diff`, { signal }),
	);
}

export interface TaskChangesProps {
	readonly task: Task;
	readonly changes: Loaded<TaskDiff>;
}

export function TaskChanges({ task, changes: { data, error, isLoading, reload } }: TaskChangesProps) {
	if (task.state === 'completed') return <Merged task={task} />;
	if (!hasChanges(task)) return null;
	return (
		<section className="detail-section" aria-busy={isLoading}>
			<header>
				<h2>Changes</h2>
				{data && data.files.length > 0 && <span className="muted">{summarise(data)}</span>}
				<Button size="small" look="quiet" onClick={reload} busy={isLoading}>
					Refresh
				</Button>
			</header>
			{error instanceof ApiError && error.code === 'not_found' ? (
				<p className="muted">Its branch is gone.</p>
			) : (
				<ErrorNote error={error} onRetry={reload} />
			)}
			{data && data.ahead > 0 && (
				<div className="detail-notes" role="status">
					<p>
						The branch has moved on since: request changes to have that taken in. Shown is{' '}
						<span className="mono">{data.commit.slice(0, 12)}</span>, the commit that is reviewed.
					</p>
				</div>
			)}
			{data && <Diff task={task} diff={data} />}
		</section>
	);
}

/** What is merged is nothing that the branch has and its base branch has not. */
function Merged({ task: { baseBranch, mergeCommit, repository } }: { readonly task: Task }) {
	const command = `git -C '${repository.replaceAll("'", String.raw`'\''`)}' log -p ${mergeCommit ?? baseBranch}`;
	return (
		<section className="detail-section">
			<h2>Changes</h2>
			<p>
				They are on <span className="mono">{showOnOneLine(baseBranch, 200)}</span> now. The repository shows them:
			</p>
			<p className="merged-command">
				<code>{showOnOneLine(command, 1_000)}</code>
				<CopyButton text={command} what="command" />
			</p>
		</section>
	);
}

function Diff({ task, diff }: { readonly task: Task; readonly diff: TaskDiff }) {
	const { diffs, others } = useMemo(() => readReview(diff), [diff]);
	if (diff.files.length === 0) return <p className="muted">{sayNothingChanged(task)}</p>;
	return (
		<>
			{diffs.map((file, index) => {
				const key = `${index} ${file.path}`;
				const view = () => (
					<KeptScope name={file.path}>
						<DiffView diff={file} />
					</KeptScope>
				);
				if (diffs.length <= openFiles) return <Fragment key={key}>{view()}</Fragment>;
				return (
					<Disclosure
						key={key}
						summary={
							<span className="mono">
								{showOnOneLine(file.path, 300)} +{file.added} −{file.removed}
							</span>
						}
					>
						{view}
					</Disclosure>
				);
			})}
			{others.length > 0 && <FilesWithoutLines files={others} />}
			{diff.truncated && <p className="muted">There is more than fits here: see all of it in the worktree.</p>}
		</>
	);
}

function sayNothingChanged({ state }: Pick<Task, 'state'>): string {
	return state === 'in_review' || state === 'approved'
		? 'Nothing was changed: there is nothing to review or to merge. Request changes to say what is missing.'
		: 'Nothing is committed on its branch yet.';
}

function FilesWithoutLines({ files }: { readonly files: readonly ChangedFile[] }) {
	return (
		<ul className="plain-list changed-files">
			{files.slice(0, namedFiles).map(({ path, added, removed }) => (
				<li key={path}>
					<span className="mono">{showOnOneLine(path, 300)}</span>{' '}
					<span className="muted">{describeCounts(added, removed)}</span>
				</li>
			))}
			{files.length > namedFiles && <li className="muted">and {files.length - namedFiles} more</li>}
		</ul>
	);
}

function describeCounts(added: number | null, removed: number | null): string {
	if (added === null || removed === null) return 'binary';
	return added + removed === 0 ? 'no lines changed' : `+${added} −${removed}`;
}

function summarise({ files }: TaskDiff): string {
	const sum = (pick: (file: TaskDiff['files'][number]) => number | null) =>
		files.reduce((total, file) => total + (pick(file) ?? 0), 0);
	const noun = files.length === 1 ? 'file' : 'files';
	return `${files.length} ${noun}, +${sum(({ added }) => added)} −${sum(({ removed }) => removed)}`;
}
