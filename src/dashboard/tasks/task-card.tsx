/** A task on the board. */

import { memo } from 'react';
import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { usePage, useResource } from '../connection/session-context.ts';
import { showOnOneLine } from '../content/visible-text.ts';
import { linkTo } from '../shell/router.ts';
import type { Task } from '../store/resources.ts';
import { selectOpenRequests } from '../store/selectors.ts';
import { asksFor, blockersOf, titleOf } from './board.ts';
import { TaskStateBadge } from './task-state-badge.tsx';

export const TaskCard = memo(function TaskCard({ task }: { readonly task: Task }) {
	const agent = useResource('agent', task.agentId);
	const waitsFor = usePage(({ resources }) => blockersOf(task, resources.task).length);
	const asks = usePage((context) => asksFor(task, selectOpenRequests(context)).length > 0);
	const failed = task.gateResults?.filter(({ passed }) => !passed).length ?? 0;
	return (
		<a className="task-card" href={linkTo(['tasks', task.id])}>
			<span className="task-card-title">{showOnOneLine(titleOf(task), 160)}</span>
			<span className="task-card-facts">
				<TaskStateBadge task={task} />
				{task.staleness !== 'ok' && (
					<StateBadge state={task.staleness} title="No sign of life of whoever works on it" />
				)}
				{asks && <strong className="task-card-asks">agent asks you</strong>}
				{task.state === 'assigned' && waitsFor > 0 && <span>waits for {waitsFor}</span>}
				{failed > 0 && <span className="trouble">{failed === 1 ? '1 gate' : `${failed} gates`} failed</span>}
				{task.conflicts.length > 0 && <span className="trouble">{task.conflicts.length} in conflict</span>}
			</span>
			<span className="task-card-foot muted">
				<span className="truncate">{agent?.name ?? (task.agentId === null ? 'nobody yet' : task.agentId)}</span>
				{task.priority !== 0 && <span title="Priority">P {task.priority}</span>}
				<Time at={task.stateChangedAt} />
			</span>
		</a>
	);
});
