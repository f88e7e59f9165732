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
	// Ids sort by the time they were made. One that was interrupted and waits again is older, and taken first.
	queued.sort((a, b) => (a.id < b.id ? -1 : 1));
	return { running: own.find(({ status }) => status === 'running') ?? null, queued };
}
