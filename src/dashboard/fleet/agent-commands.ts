/** What may be asked of an agent in its state, and how it is asked for. Pure but for the calls. */

import type { Scope } from '../../http/route.ts';
import type { Api } from '../connection/api.ts';
import type { Agent } from '../store/resources.ts';
import { type AgentLife, isSuspended } from './agent-state.ts';

export const agentCommands = ['start', 'resume', 'suspend', 'cancel', 'restart', 'stop', 'kill', 'remove'] as const;
export type AgentCommand = (typeof agentCommands)[number];

const alive: ReadonlySet<string> = new Set(['starting', 'idle', 'busy']);
const over: ReadonlySet<string> = new Set(['stopped', 'failed']);

type State = Pick<AgentLife, 'executionState' | 'substate'>;

const conditions: Readonly<Record<AgentCommand, (agent: State) => boolean>> = {
	start: ({ executionState: state }) => state === 'pending' || over.has(state),
	resume: isSuspended,
	suspend: (agent) => alive.has(agent.executionState) && !isSuspended(agent),
	cancel: ({ executionState, substate }) => executionState === 'busy' && substate !== 'cancelling',
	restart: ({ executionState: state }) => state === 'idle' || state === 'busy',
	stop: ({ executionState: state }) => alive.has(state) || state === 'failed',
	kill: ({ executionState: state }) => alive.has(state),
	remove: ({ executionState: state }) => state === 'pending' || over.has(state),
};

/** How many a kill of all would end. */
export function countAlive(agents: ReadonlyArray<Pick<State, 'executionState'>>): number {
	return agents.filter(({ executionState }) => alive.has(executionState)).length;
}

/** Those that the agent could follow now, in the order in which they are offered. */
export function offerCommands(agent: State): readonly AgentCommand[] {
	return agentCommands.filter((command) => conditions[command](agent));
}

export const commandLabels: Readonly<Record<AgentCommand, string>> = {
	start: 'Start',
	resume: 'Resume',
	suspend: 'Suspend',
	cancel: 'Cancel the turn',
	restart: 'Restart',
	stop: 'Stop',
	kill: 'Kill…',
	remove: 'Remove…',
};

/** What a token has to be allowed for it. */
export function scopeOf(command: AgentCommand): Scope {
	return command === 'cancel' ? 'prompt' : 'admin';
}

/** Rejects with an `ApiError`. An empty reason is none; to kill, the server demands one. */
export async function sendCommand(api: Api, agentId: string, command: AgentCommand, reason = ''): Promise<void> {
	const path = `/agents/${encodeURIComponent(agentId)}`;
	const body = reason === '' ? {} : { reason };
	if (command === 'remove') await api.delete(path, body);
	else await api.post<Agent>(`${path}/${command}`, body);
}
