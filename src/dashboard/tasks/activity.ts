/** What a task does inside its state, in words for people who do not know its machine. Pure. */

import { wordsOfState } from '../components/state-badge.tsx';

/** Null where the state says it all. */
const words: Readonly<Record<string, string | null>> = {
	telling: 'telling its agent',
	prompting: 'telling its agent',
	following: 'agent at work',
	waiting: 'waiting for you',
	backingOff: 'agent away, trying again',
	withdrawing: 'stopping its agent',
	rebasing: 'rebasing',
	checking: 'running gates',
	merging: 'merging',
	resting: null,
	deciding: null,
	cleaning: 'cleaning up',
	cleaned: 'cleaned up',
};

export const activities: readonly string[] = Object.keys(words);

export function activityWords(activity: string): string | null {
	return activity in words ? (words[activity] ?? null) : wordsOfState(activity);
}
