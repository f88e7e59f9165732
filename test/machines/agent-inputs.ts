/** Agents to walk: together they take every branch that settings decide. */

import type { AgentInput, AgentSettings } from '../../machines/agent-model.ts';

const settings: AgentSettings = {
	transport: 'stdio',
	restart: { policy: 'transient', maxRestarts: 1, withinSeconds: 60, backoffMs: { initial: 1_000, max: 60_000 } },
	interruptedTurn: 'fail',
	startupTimeoutMs: 60_000,
	reconnectGraceMs: 30_000,
	cancelTimeoutMs: 10_000,
	maxQueuedPrompts: 1,
};

/** Two turns of the walks spend it. */
const budget = { tokens: { soft: 5, hard: 10 }, turnSeconds: { soft: 60, hard: 600 } };

interface Choice
	extends Partial<Pick<AgentSettings, 'transport' | 'interruptedTurn' | 'maxQueuedPrompts' | 'group' | 'budget'>> {
	readonly policy?: AgentSettings['restart']['policy'];
	readonly maxRestarts?: number;
	readonly hung?: AgentSettings['restart']['hung'];
	readonly autoStart?: boolean;
}

/** A small agent: one restart, one waiting prompt, unless the choice says otherwise. */
export function createInput({ policy, maxRestarts, hung, autoStart = true, ...choice }: Choice = {}): AgentInput {
	const restart = {
		...settings.restart,
		...(policy && { policy }),
		...(maxRestarts !== undefined && { maxRestarts }),
		...(hung && { hung }),
	};
	return { agentId: 'agt_1', autoStart, settings: { ...settings, ...choice, restart }, queue: [] };
}

export const walkedInputs: ReadonlyArray<readonly [name: string, input: AgentInput]> = [
	['stdio, permanent, fail, restarted when hung', createInput({ policy: 'permanent', hung: 'restart' })],
	['stdio, transient, retry, in a group', createInput({ interruptedTurn: 'retry', group: 'group:grp_1' })],
	['stdio, transient, ask', createInput({ interruptedTurn: 'ask', maxRestarts: 0 })],
	['stdio, transient, resume', createInput({ interruptedTurn: 'resume' })],
	['stdio, temporary, ask', createInput({ policy: 'temporary', interruptedTurn: 'ask' })],
	['WebSocket, transient, resume', createInput({ transport: 'websocket', interruptedTurn: 'resume' })],
	['stdio, temporary, fail, with a budget', createInput({ policy: 'temporary', maxRestarts: 0, budget })],
	[
		'WebSocket, temporary, retry',
		createInput({ transport: 'websocket', policy: 'temporary', interruptedTurn: 'retry' }),
	],
	[
		'WebSocket, permanent, fail, not started',
		createInput({ transport: 'websocket', policy: 'permanent', autoStart: false }),
	],
];
