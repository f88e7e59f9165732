/** How an agent's state is told in a word. Pure. */

import { type Tone, toneOf } from '../components/state-tones.ts';
import type { Agent } from '../store/resources.ts';

export type AgentLife = Pick<Agent, 'executionState' | 'substate' | 'openRequests' | 'tags' | 'staleness'>;

export interface StateWord {
	readonly label: string;
	readonly tone: Tone;
	/** More about it, in a sentence. */
	readonly title: string;
}

type Words = Readonly<Record<string, Omit<StateWord, 'tone'>>>;

const words: Words = {
	pending: { label: 'pending', title: 'Made, and not launched yet' },
	starting: { label: 'starting', title: 'Launching, or waiting for it to dial in' },
	idle: { label: 'idle', title: 'Connected, with nothing to do' },
	busy: { label: 'busy', title: 'At work on a prompt' },
	stopped: { label: 'stopped', title: 'Ended on purpose, or exited cleanly' },
	failed: { label: 'failed', title: 'Ended badly, and rests until somebody looks at it' },
};

/** Substates that say more than the state they are in. */
const precise: Words = {
	suspended: { label: 'suspended', title: 'Takes no prompts until it is resumed' },
	awaitingInput: { label: 'asks you', title: 'In the middle of a turn, and waits for an answer' },
	cancelling: { label: 'cancelling', title: 'Was asked to end its turn' },
	backingOff: { label: 'restarts soon', title: 'Has failed, and waits for its next launch' },
};

export function wordOfState({ executionState, substate }: Pick<AgentLife, 'executionState' | 'substate'>): StateWord {
	const part = (substate ?? '').split('.').find((name) => Object.hasOwn(precise, name));
	const word = (part === undefined ? undefined : precise[part]) ?? words[executionState];
	return { label: executionState, title: '', ...word, tone: toneOf(part ?? executionState) };
}

export function isSuspended({ substate }: Pick<AgentLife, 'substate'>): boolean {
	return (substate ?? '').split('.').includes('suspended');
}

/** A human is asked, or has to look at it. */
export function needsHuman({ openRequests, tags }: Pick<AgentLife, 'openRequests' | 'tags'>): boolean {
	return openRequests > 0 || tags.includes('needsAttention');
}
