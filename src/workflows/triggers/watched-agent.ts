/** The agent that a trigger is about: the workflow's own, another one, or any. */

import type { Reads } from '../../agents/views.ts';
import type { PollRequest } from './source.ts';

interface Watching {
	readonly agent?: string;
}

/** Its id; null for any. */
export function watchedAgent({ agent }: Watching, ownAgentId: string): string | null {
	return agent === '*' ? null : (agent ?? ownAgentId);
}

/** Says so when it is gone. */
export async function findMissingAgent(
	reads: Pick<Reads, 'agent'>,
	{ trigger, agentId }: PollRequest<Watching>,
): Promise<string | undefined> {
	const watched = watchedAgent(trigger, agentId);
	if (watched === null || (await reads.agent(watched))) return undefined;
	return `There is no agent ${watched} any more: set another one.`;
}
