/** A task's state, with what it does inside of it. */

import { StateBadge, wordsOfState } from '../components/state-badge.tsx';
import type { Task } from '../store/resources.ts';

export function TaskStateBadge({ task: { state, activity } }: { readonly task: Pick<Task, 'state' | 'activity'> }) {
	// At rest, the state says it all.
	const hasMore = activity !== null && activity !== 'resting';
	const label = hasMore ? `${wordsOfState(state)}: ${wordsOfState(activity)}` : wordsOfState(state);
	return <StateBadge state={state} label={label} />;
}
