/**
 * What can still be read of an agent that could not be restored, and is in no row: whom its prompts are
 * to be answered to. Anything that is not understood is left out.
 */

import { z } from 'zod';
import type { ReplyTo } from '../../machines/agent-model.ts';

const replyTo = z.object({ address: z.string(), token: z.string() });
const prompt = z.object({ id: z.string(), replyTo }).nullable().catch(null);
const request = z.object({ promptId: z.string(), replyTo }).nullable().catch(null);

const salvageable = z.object({
	context: z.object({
		turn: prompt,
		resumable: prompt,
		queue: z.array(prompt).catch([]),
		requests: z.array(request).catch([]),
	}),
});

/** Takes what it can from a stored snapshot, whatever that is; by the id of the prompt. */
export function salvageReplies(snapshot: unknown): ReadonlyMap<string, ReplyTo> {
	const found = salvageable.safeParse(snapshot);
	if (!found.success) return new Map();
	const { turn, resumable, queue, requests } = found.data.context;
	const prompts = [turn, resumable, ...queue].flatMap((held) => held ?? []);
	const asked = requests.flatMap((held) => (held ? { id: held.promptId, replyTo: held.replyTo } : []));
	return new Map([...prompts, ...asked].map((held) => [held.id, held.replyTo]));
}
