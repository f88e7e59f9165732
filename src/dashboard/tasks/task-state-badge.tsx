/** A task's state, with what it does inside of it. */

import { StateBadge, wordsOfState } from '../components/state-badge.tsx';
import type { Task } from '../store/resources.ts';
import { activityWords } from './activity.ts';

export interface TaskStateBadgeProps {
	readonly task: Pick<Task, 'state' | 'activity' | 'agentId'>;
}

export function TaskStateBadge({ task: { state, activity, agentId } }: TaskStateBadgeProps) {
	if (state === 'assigned' && agentId === null) return <StateBadge state={state} label="not assigned" />;
	const doing = activity === null ? null : activityWords(activity);
	const label = doing === null ? wordsOfState(state) : `${wordsOfState(state)}: ${doing}`;
	return <StateBadge state={state} label={label} />;
}
