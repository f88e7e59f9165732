/** What the API takes and answers about groups of agents. */

import { z } from 'zod';
import { groupStrategies } from '../../../machines/agent-group-model.ts';
import { timeField } from '../../http/fields.ts';

export const saveGroupBody = z.strictObject({
	name: z
		.string()
		.min(1)
		.max(100)
		.regex(/^[^\p{Cc}/]+$/u, 'May not contain slashes or control characters')
		.regex(/^(?!grp_)/, 'May not look like an id'),
	strategy: z
		.enum(groupStrategies)
		.describe('Whom the failure of a member takes along: nobody, all others, or those after it.'),
	members: z
		.array(z.string().min(1).max(100))
		.max(1_000)
		.describe('Ids or names of agents, in order; each in this group alone.'),
	maxRestarts: z
		.int()
		.min(0)
		.max(10_000)
		.exactOptional()
		.describe('More within the window, and it rests: 3 by default.'),
	withinSeconds: z.number().positive().max(31_536_000).exactOptional().describe('The window: 60 by default.'),
});

export const groupResource = z
	.strictObject({
		id: z.string(),
		name: z.string(),
		strategy: z.enum(groupStrategies),
		members: z.array(
			z.strictObject({ id: z.string(), name: z.string().nullable().describe('Null when the agent is gone.') }),
		),
		maxRestarts: z.int(),
		withinSeconds: z.number(),
		state: z.string().describe('`watching`, or `resting` until it is reset.'),
		version: z.int(),
		createdAt: timeField,
		updatedAt: timeField,
	})
	.meta({ id: 'Group', description: 'Agents that are restarted together.' });
