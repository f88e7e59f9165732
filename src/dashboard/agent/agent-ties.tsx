/** What an agent belongs to and works for: its tasks, its mission, the workflows that prompt it, its group. */

import './agent-ties.css';
import { Fragment, type ReactElement, type ReactNode } from 'react';
import { usePage } from '../connection/session-context.ts';
import { showOnOneLine } from '../content/visible-text.ts';
import { linkTo } from '../shell/router.ts';
import type { PageContext } from '../store/page-store.ts';
import { listOf } from '../store/selectors.ts';
import { isOver, missionTitle } from '../supervisors/mission.ts';
import { titleOf } from '../tasks/board.ts';

const selectTasks = listOf('task');
const selectSupervisors = listOf('supervisor');
const selectWorkflows = listOf('workflow');
const selectGroups = listOf('group');

/** Nothing for an agent that has no ties. */
export function AgentTies({ agentId }: { readonly agentId: string }): ReactElement | null {
	const ties = [useTasks(agentId), useMission(agentId), useWorkflows(agentId), useGroup(agentId)];
	const shown = ties.filter((tie): tie is ReactElement => tie !== null);
	if (shown.length === 0) return null;
	return (
		<p className="agent-ties muted">
			{shown.map((tie, index) => (
				<Fragment key={tie.key}>
					{index > 0 && ' · '}
					{tie}
				</Fragment>
			))}
		</p>
	);
}

function useTasks(agentId: string): ReactElement | null {
	const open = useOwn(selectTasks, (task) => task.agentId === agentId && !['completed', 'failed'].includes(task.state));
	const [first] = open;
	if (first === undefined) return null;
	return (
		<Tie key="tasks" word={open.length === 1 ? 'Task' : 'Tasks'}>
			{open.length === 1 ? (
				<a href={linkTo(['tasks', first.id])}>{showOnOneLine(titleOf(first), 60)}</a>
			) : (
				<a href={linkTo(['tasks'], { agent: agentId })}>{open.length} open</a>
			)}
		</Tie>
	);
}

function useMission(agentId: string): ReactElement | null {
	const [mission] = useOwn(selectSupervisors, (one) => one.agentId === agentId && !isOver(one));
	if (mission === undefined) return null;
	return (
		<Tie key="mission" word="Mission">
			<a href={linkTo(['supervisors', mission.id])}>{showOnOneLine(missionTitle(mission), 60)}</a>
		</Tie>
	);
}

function useWorkflows(agentId: string): ReactElement | null {
	const own = useOwn(selectWorkflows, (workflow) => workflow.agentId === agentId);
	if (own.length === 0) return null;
	return (
		<Tie key="workflows" word={own.length === 1 ? 'Workflow' : 'Workflows'}>
			{own.slice(0, namedWorkflows).map(({ id, name }, index) => (
				<Fragment key={id}>
					{index > 0 && ', '}
					<a href={linkTo(['workflows', id])}>{showOnOneLine(name, 60)}</a>
				</Fragment>
			))}
			{own.length > namedWorkflows && ` and ${own.length - namedWorkflows} more`}
		</Tie>
	);
}

const namedWorkflows = 3;

function useGroup(agentId: string): ReactElement | null {
	const [group] = useOwn(selectGroups, ({ members }) => members.some(({ id }) => id === agentId));
	if (group === undefined) return null;
	return (
		<Tie key="group" word="Group">
			<a href={linkTo(['groups'])}>{showOnOneLine(group.name, 60)}</a>
		</Tie>
	);
}

function useOwn<T>(select: (context: PageContext) => readonly T[], isOwn: (one: T) => boolean): readonly T[] {
	return usePage(select).filter(isOwn);
}

function Tie({ word, children }: { readonly word: string; readonly children: ReactNode }): ReactElement {
	return (
		<span>
			{word}: {children}
		</span>
	);
}
