/** What may become of a turn that a crash has cut short, in words: the same wherever it is chosen. */

import type { Agent } from '../store/resources.ts';

export type InterruptedTurn = Agent['interruptedTurn'];

/** As the API has it for agents that say nothing. */
export const defaultInterruptedTurn: InterruptedTurn = 'fail';

/** In the order in which they are offered. */
export const interruptedTurnWords: Readonly<Record<InterruptedTurn, string>> = {
	fail: 'Leave it interrupted',
	ask: 'Ask me whether to run its prompt again',
	resume: 'Let the agent go on where it was',
	retry: 'Run its prompt again, if that may be repeated',
};

export const interruptedTurnLabel = 'When a turn is interrupted';
export const interruptedTurnHint = 'By a crash of the agent or of Statecraft.';
