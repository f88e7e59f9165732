/** The board of tasks: a column for each stage, from what waits to what is merged. */

import { useMemo, useState } from 'react';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icons.tsx';
import { usePage } from '../connection/session-context.ts';
import { linkTo, replaceAddress } from '../shell/router.ts';
import { listOf, selectAgents } from '../store/selectors.ts';
import { type BoardFilter, type FilledColumn, fillBoard, filterTasks } from './board.ts';
import { CreateTask } from './create-task.tsx';
import { TaskCard } from './task-card.tsx';

const selectTasks = listOf('task');
const selectSupervisors = listOf('supervisor');

/** Of what is over, so many are shown before somebody asks for more. */
const shownAtFirst = 20;

export function TaskBoard({ query }: { readonly query: URLSearchParams }) {
	const tasks = usePage(selectTasks);
	const isLoaded = usePage((context) => context.isLoaded);
	const [filter, setFilter] = useState<BoardFilter>(() => ({
		text: query.get('text') ?? '',
		agentId: query.get('agent') ?? '',
		supervisorId: query.get('supervisor') ?? '',
	}));
	const [isCreating, setIsCreating] = useState(false);
	const columns = useMemo(() => fillBoard(filterTasks(tasks, filter)), [tasks, filter]);

	function change(next: BoardFilter): void {
		setFilter(next);
		replaceAddress(linkTo(['tasks'], { text: next.text, agent: next.agentId, supervisor: next.supervisorId }));
	}

	const create = (
		<Button needs="admin" look="primary" icon={<Icon name="plus" />} onClick={() => setIsCreating(true)}>
			New task
		</Button>
	);
	return (
		<>
			<header className="screen-head">
				<h1>Tasks</h1>
				<div className="screen-actions">{create}</div>
			</header>
			{isLoaded && tasks.length === 0 ? (
				<EmptyState title="No tasks yet" actions={create}>
					<p>
						A task is one piece of work in a git repository of yours, on a branch and in a worktree of its own. An agent
						works on it, your gates check it, you review it, and Statecraft merges it.
					</p>
				</EmptyState>
			) : (
				<>
					<BoardToolbar filter={filter} onChange={change} />
					<Jumps columns={columns} />
					<div className="board">
						{columns.map((column) => (
							<Column key={column.id} column={column} />
						))}
					</div>
				</>
			)}
			{isCreating && <CreateTask onClose={() => setIsCreating(false)} />}
		</>
	);
}

interface BoardToolbarProps {
	readonly filter: BoardFilter;
	readonly onChange: (filter: BoardFilter) => void;
}

function BoardToolbar({ filter, onChange }: BoardToolbarProps) {
	const agents = usePage(selectAgents);
	const supervisors = usePage(selectSupervisors);
	return (
		<search className="board-toolbar">
			<input
				type="search"
				aria-label="Search tasks"
				placeholder="Description, branch, repository"
				value={filter.text}
				onChange={(event) => onChange({ ...filter, text: event.target.value })}
			/>
			<select
				aria-label="Agent"
				value={filter.agentId}
				onChange={(event) => onChange({ ...filter, agentId: event.target.value })}
			>
				<option value="">Every agent</option>
				{agents.map(({ id, name }) => (
					<option key={id} value={id}>
						{name}
					</option>
				))}
			</select>
			{(supervisors.length > 0 || filter.supervisorId !== '') && (
				<select
					aria-label="Supervisor"
					value={filter.supervisorId}
					onChange={(event) => onChange({ ...filter, supervisorId: event.target.value })}
				>
					<option value="">Every mission</option>
					{supervisors.map(({ id, mission }) => (
						<option key={id} value={id}>
							{mission.slice(0, 60)}
						</option>
					))}
				</select>
			)}
		</search>
	);
}

/** How many stand where, and the way there: not all columns fit beside each other everywhere. */
function Jumps({ columns }: { readonly columns: readonly FilledColumn[] }) {
	return (
		<nav className="board-jumps" aria-label="Columns">
			{columns.map(({ id, title, tasks }) => (
				<Button key={id} size="small" onClick={() => showColumn(id)}>
					{title} <span className="muted">{tasks.length}</span>
				</Button>
			))}
		</nav>
	);
}

function showColumn(id: string): void {
	const heading = document.getElementById(`column-${id}`);
	heading?.scrollIntoView({ block: 'start' });
	// Without a mouse, what comes next is what stands there.
	heading?.focus({ preventScroll: true });
}

function Column({ column: { id, title, meaning, tasks } }: { readonly column: FilledColumn }) {
	const [isWhole, setIsWhole] = useState(false);
	const isOver = id === 'done' || id === 'failed';
	const shown = isWhole || !isOver ? tasks : tasks.slice(0, shownAtFirst);
	return (
		<section className="board-column" aria-labelledby={`column-${id}`}>
			<h2 id={`column-${id}`} tabIndex={-1}>
				{title} <span className="muted">{tasks.length}</span>
			</h2>
			{tasks.length === 0 ? (
				<p className="muted board-empty">{meaning}</p>
			) : (
				<ul>
					{shown.map((task) => (
						<li key={task.id}>
							<TaskCard task={task} />
						</li>
					))}
				</ul>
			)}
			{shown.length < tasks.length && (
				<Button look="quiet" size="small" onClick={() => setIsWhole(true)}>
					Show {tasks.length - shown.length} more
				</Button>
			)}
		</section>
	);
}
