/** Tasks as people read them. */

import { type AgentNames, agentName } from './agent-names.ts';
import { paint, paintState } from './paint.ts';
import { toPlainText } from './plain-text.ts';
import { type Column, oneLine, renderFacts, renderTable } from './table.ts';
import type { TaskDiffResource, TaskResource } from './task-client.ts';
import { formatTime } from './times.ts';

export function renderTasks(tasks: readonly TaskResource[], names: AgentNames): string {
	const columns: ReadonlyArray<Column<TaskResource>> = [
		{ title: 'ID', value: ({ id }) => id },
		{ title: 'STATE', value: stateText, style: (text) => text.replace(text.trim(), paintState(text.trim())) },
		{ title: 'AGENT', value: ({ agentId }) => agentName(agentId, names) },
		{ title: 'PRIORITY', value: ({ priority }) => priority },
		{ title: 'BRANCH', value: ({ branch }) => branch },
		{ title: 'DESCRIPTION', value: ({ description }) => oneLine(description, 60) },
		{ title: 'NOTE', value: taskNote },
	];
	const hint = 'no tasks: make one with `statecraft tasks create <description> --agent <agent>`';
	return renderTable(tasks, columns, hint);
}

export function renderTask(task: TaskResource, names: AgentNames): string {
	const facts = renderFacts([
		['task', paint.bold(task.id)],
		['state', paintState(stateText(task))],
		['agent', agentName(task.agentId, names)],
		['supervisor', task.supervisorId],
		['staleness', task.staleness === 'ok' ? null : task.staleness],
		['repository', task.repository],
		['branch', `${task.branch}, from ${task.baseBranch}`],
		['worktree', task.worktree],
		['depends on', task.dependsOn.join(', ')],
		['priority', task.priority],
		['prompt', task.promptId],
		['gates', task.gates.map(({ name }) => name).join(', ')],
		['conflicts', task.conflicts.map((file) => oneLine(file)).join(', ')],
		['comment', task.comment && oneLine(task.comment, 200)],
		['error', task.error && paint.error(`${task.error.code}: ${oneLine(task.error.message, 500)}`)],
		['merged by', task.mergeCommit],
		['created', formatTime(task.createdAt)],
		['since', formatTime(task.stateChangedAt)],
		['version', task.version],
	]);
	return [facts, toPlainText(task.description), ...renderGates(task)].join('\n\n');
}

/** One line of what became of it. */
export function renderOutcome(task: TaskResource): string {
	const commit = task.mergeCommit && task.state === 'completed' ? ` by ${task.mergeCommit.slice(0, 12)}` : '';
	return `${task.id} is ${paintState(stateText(task))}${commit}`;
}

export function renderTaskDiff({ files, patch, truncated, commit, ahead }: TaskDiffResource): string {
	const moved = ahead > 0 ? [paint.warn(`the branch has moved on since ${commit.slice(0, 12)}, which this is`)] : [];
	if (files.length === 0) return [paint.dim('no changes'), ...moved].join('\n');
	const listed = files.map(({ path, added, removed }) => `${oneLine(path)} +${added ?? '?'} -${removed ?? '?'}`);
	const rest = truncated ? [paint.warn('there is more: see it in the worktree')] : [];
	return [listed.join('\n'), toPlainText(patch), ...rest, ...moved].join('\n\n');
}

function renderGates({ gateResults }: TaskResource): readonly string[] {
	return (gateResults ?? []).map(({ name, passed, exitCode, output }) => {
		if (passed) return paint.good(`${name} passed`);
		const how = exitCode === null ? '' : ` with exit code ${exitCode}`;
		return `${paint.error(`${name} failed${how}`)}\n${toPlainText(output)}`;
	});
}

/** What is in its way. */
function taskNote({ conflicts, error }: TaskResource): string | null {
	if (error !== null) return error.code;
	return conflicts.length === 0 ? null : oneLine(`in conflict: ${conflicts.join(', ')}`, 60);
}

/** Nothing is done, or its agent does what the state says: then the state says it all. */
const plainActivities: readonly string[] = ['resting', 'following'];

function stateText({ state, activity }: TaskResource): string {
	return activity === null || plainActivities.includes(activity) ? state : `${state}.${activity}`;
}
