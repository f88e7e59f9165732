/**
 * What policies say of a permission that an agent asks for. They are read anew each time: from the agent's
 * row, which no reconnect and no restart touches, and from the row of the prompt whose turn it is, so that
 * the policy of a turn is gone with it.
 */

import { decide, type Verdict } from '../requests/policy/evaluate.ts';
import { onAnotherHost, onThisHost } from '../requests/policy/paths.ts';
import { readPolicy, type ToolPolicy } from '../requests/policy/schema.ts';
import { readToolUse, type ToolUse } from '../requests/policy/tool-use.ts';
import type { AgentRequest } from './drivers/driver.ts';
import type { Reads } from './views.ts';

export interface Judgement {
	/** Null for a question: only a human can answer it. */
	readonly verdict: Verdict | null;
	readonly use: ToolUse;
	/** What becomes of it when it is put to a human. */
	readonly requests: ToolPolicy['requests'];
}

export interface PermissionJudge {
	judge(agentId: string, promptId: string | null, request: AgentRequest): Promise<Judgement>;
}

export function createPermissionJudge(reads: Pick<Reads, 'agent' | 'prompt'>): PermissionJudge {
	return {
		async judge(agentId, promptId, request) {
			const [agent, prompt] = await Promise.all([
				reads.agent(agentId),
				promptId === null ? undefined : reads.prompt(promptId),
			]);
			const own = readPolicy(agent?.policy);
			const turn = prompt?.policy ? readPolicy(prompt.policy) : null;
			const use = readToolUse(request);
			const place = agent?.driver.transport === 'websocket' ? onAnotherHost : onThisHost;
			const verdict = request.kind === 'permission' ? decide(own, turn, use, place(agent?.cwd ?? '/')) : null;
			return { verdict, use, requests: turn?.requests ?? own.requests };
		},
	};
}
