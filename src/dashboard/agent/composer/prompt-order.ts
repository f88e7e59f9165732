/** Which of all prompts are an agent's, and in which order they are taken. Pure. */

import type { Prompt } from '../../store/resources.ts';

export interface AgentPrompts {
	readonly running: Prompt | null;
	/** The next first. */
	readonly queued: readonly Prompt[];
}

export function pickPrompts(prompts: ReadonlyMap<string, Prompt>, agentId: string): AgentPrompts {
	const own = [...prompts.values()].filter((prompt) => prompt.agentId === agentId);
	const queued = own.filter(({ status }) => status === 'queued');
	// One that was interrupted and waits again was made first, and is taken first. Ids sort by time as well.
	queued.sort((a, b) => compare(a.createdAt, b.createdAt) || compare(a.id, b.id));
	return { running: own.find(({ status }) => status === 'running') ?? null, queued };
}

function compare(a: string, b: string): number {
	if (a === b) return 0;
	return a < b ? -1 : 1;
}
