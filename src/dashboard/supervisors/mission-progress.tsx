/** How far a mission is, as its agent says, and how its tasks stand. */

import { usePage } from '../connection/session-context.ts';
import type { Supervisor } from '../store/resources.ts';
import { type TaskTally, tallyTasks } from './mission.ts';

export function MissionProgress({ supervisor }: { readonly supervisor: Supervisor }) {
	const tasks = usePage(({ resources }) => resources.task);
	const tally = tallyTasks(supervisor.spawnedTaskIds, tasks);
	return (
		<span className="card-line mission-progress">
			<progress max={100} value={supervisor.progress} aria-label="Progress" />
			<span className="mission-percent">{supervisor.progress} %</span>
			{tally.total > 0 && <span className="muted">{describe(tally)}</span>}
		</span>
	);
}

function describe({ total, completed, failed, waiting }: TaskTally): string {
	const parts = [`${completed} of ${total} ${total === 1 ? 'task' : 'tasks'} merged`];
	if (waiting > 0) parts.push(`${waiting} for you to look at`);
	if (failed > 0) parts.push(`${failed} failed`);
	return parts.join(', ');
}
