/** A task's state, with what it does inside of it. */

import { StateBadge, wordsOfState } from '../components/state-badge.tsx';
import type { Task } from '../store/resources.ts';

export function TaskStateBadge({ task: { state, activity } }: { readonly task: Pick<Task, 'state' | 'activity'> }) {
	const label = activity === null ? wordsOfState(state) : `${wordsOfState(state)}: ${wordsOfState(activity)}`;
	return <StateBadge state={state} label={label} />;
}
