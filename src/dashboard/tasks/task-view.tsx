/** One task: what is to be done, how it stands, what was changed, and what people may decide. */

import { useState } from 'react';
import { Detail } from '../components/detail.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { ApiError } from '../connection/api.ts';
import { useLoaded } from '../connection/loaded.ts';
import { usePage, useResource } from '../connection/session-context.ts';
import { KeptScope, KeptStates } from '../content/kept-state.tsx';
import { LongPlain } from '../content/long-text-view.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import { linkTo } from '../shell/router.ts';
import type { Task } from '../store/resources.ts';
import { detailsOf, titleLimit, titleOf } from './board.ts';
import { TaskChanges, useTaskDiff } from './task-changes.tsx';
import { TaskCommandBar } from './task-command-bar.tsx';
import { TaskFacts } from './task-facts.tsx';
import { TaskGates } from './task-gates.tsx';
import { TaskQuestions } from './task-questions.tsx';
import { TaskStateBadge } from './task-state-badge.tsx';

export function TaskView({ id }: { readonly id: string }) {
	const live = useResource('task', id);
	const isLoaded = usePage((context) => context.isLoaded);
	// One that was removed while its address was kept, or that never was.
	const { data, error } = useLoaded(isLoaded && live === undefined ? `task ${id}` : null, (api, signal) =>
		api.get<Task>(`/tasks/${encodeURIComponent(id)}`, { signal }),
	);
	const task = live ?? data;
	if (task !== undefined) {
		return (
			<KeptStates>
				<TaskDetail task={task} />
			</KeptStates>
		);
	}
	if (error) {
		return (
			<EmptyState title="There is no such task" actions={<a href={linkTo(['tasks'])}>To the board</a>}>
				{error instanceof ApiError && error.code === 'task_not_found' ? (
					<p>It may have been removed.</p>
				) : (
					<ErrorNote error={error} />
				)}
			</EmptyState>
		);
	}
	return <p className="muted">Loading…</p>;
}

function TaskDetail({ task }: { readonly task: Task }) {
	const [error, setError] = useState<unknown>(null);
	const details = detailsOf(task);
	const changes = useTaskDiff(task);
	return (
		<Detail
			list={{ title: 'Tasks', link: linkTo(['tasks']) }}
			id={task.id}
			title={showOnOneLine(titleOf(task), titleLimit)}
			head={
				<>
					<TaskStateBadge task={task} />
					<TaskCommandBar task={task} shown={changes.data} onError={setError} />
				</>
			}
			notes={
				<>
					<ErrorNote error={error} onDismiss={() => setError(null)} />
					<Trouble task={task} />
				</>
			}
			facts={<TaskFacts task={task} />}
		>
			<TaskQuestions task={task} />
			{details !== '' && (
				<section aria-label="Description">
					<KeptScope name="description">
						<LongPlain text={details} />
					</KeptScope>
				</section>
			)}
			<TaskGates task={task} />
			<TaskChanges task={task} changes={changes} />
		</Detail>
	);
}

/** What stands in its way, said where it is seen first. */
function Trouble({ task: { error, conflicts, comment, state } }: { readonly task: Task }) {
	const hasComment = comment !== null && (state === 'working' || state === 'assigned');
	if (error === null && conflicts.length === 0 && !hasComment) return null;
	return (
		<section className="detail-notes" aria-label="What stands in its way">
			{error && <p className="trouble">{showOnOneLine(error.message, 2_000)}</p>}
			{conflicts.length > 0 && (
				<div>
					<p>In conflict with its base branch:</p>
					<ul>
						{conflicts.map((file) => (
							<li key={file} className="mono">
								{showOnOneLine(file, 400)}
							</li>
						))}
					</ul>
				</div>
			)}
			{hasComment && (
				<blockquote>
					<p className="muted">Changes were asked for:</p>
					<KeptScope name="comment">
						<LongPlain text={comment} />
					</KeptScope>
				</blockquote>
			)}
		</section>
	);
}
