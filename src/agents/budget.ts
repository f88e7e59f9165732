/** What a budget looks like. */

import { z } from 'zod';

function limit(most: number) {
	const amount = z.number().positive().max(most);
	return z
		.strictObject({
			soft: amount.exactOptional().describe('Beyond it people are told.'),
			hard: amount.exactOptional().describe('Beyond it the agent is suspended, and a human is asked.'),
		})
		.refine(({ soft, hard }) => soft !== undefined || hard !== undefined, 'Give a soft or a hard limit')
		.refine(
			({ soft = 0, hard = Number.POSITIVE_INFINITY }) => soft <= hard,
			'The soft limit may not be above the hard one',
		)
		.exactOptional();
}

export const agentBudget = z
	.strictObject({
		cost: limit(1e9).describe('Over all runs, in the currency the agent reports.'),
		tokens: limit(1e15).describe('Over all runs, in and out.'),
		turnSeconds: limit(31_536_000).describe(
			'Work on one turn, without waiting for humans; at the hard limit it is cancelled.',
		),
	})
	.meta({ id: 'AgentBudget', description: 'What an agent may spend.' });

/** A budget as it is stored; null for one that cannot be read. */
export function readBudget(stored: unknown): z.output<typeof agentBudget> | null {
	return agentBudget.safeParse(stored).data ?? null;
}
