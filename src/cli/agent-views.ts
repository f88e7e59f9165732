/** Agents in text: the table, and one in full. */

import { paint, paintState } from './paint.ts';
import type { AgentResource, FailureResource, UsageResource } from './resources.ts';
import { type Column, oneLine, renderFacts, renderTable } from './table.ts';
import { formatAge, formatTime } from './times.ts';

/** `busy.working`: the executionState with its detail. */
export function agentState(agent: AgentResource): string {
	const { executionState, substate } = agent;
	if (!substate) return executionState;
	return substate.startsWith(`${executionState}.`) ? substate : `${executionState}.${substate}`;
}

const columns: ReadonlyArray<Column<AgentResource>> = [
	{ title: 'NAME', value: (agent) => agent.name },
	{ title: 'STATE', value: agentState, style: (text) => text.replace(text.trim(), paintState(text.trim())) },
	{ title: 'DRIVER', value: (agent) => agent.driver.kind },
	{ title: 'GEN', value: (agent) => agent.generation },
	{ title: 'QUEUED', value: (agent) => agent.queuedPrompts },
	{ title: 'OPEN', value: (agent) => agent.openRequests },
	{ title: 'SEEN', value: (agent) => formatAge(agent.lastSeenAt) },
	{ title: 'ID', value: (agent) => agent.id },
	{ title: 'NOTE', value: agentNote },
];

export function renderAgents(agents: readonly AgentResource[]): string {
	return renderTable(agents, columns, 'no agents: make one with `statecraft agents create <name> --driver demo`');
}

export function renderAgent(agent: AgentResource): string {
	return renderFacts([
		['name', paint.bold(agent.name)],
		['id', agent.id],
		['state', paintState(agentState(agent))],
		['driver', [agent.driver.kind, agent.driver.command, ...(agent.driver.args ?? [])].filter(Boolean).join(' ')],
		['transport', agent.driver.transport],
		['cwd', agent.cwd],
		['error', agent.error && paint.error(failureText(agent.error))],
		['open requests', agent.openRequests || null],
		['queued prompts', agent.queuedPrompts || null],
		['generation', agent.generation],
		['pid', agent.pid],
		['session', agent.sessionId],
		['restart', agent.restart && restartText(agent.restart)],
		['staleness', agent.staleness],
		['usage', agent.usage && usageText(agent.usage)],
		['labels', pairs(agent.labels)],
		['last seen', agent.lastSeenAt && `${formatAge(agent.lastSeenAt)} ago`],
		['created', formatTime(agent.createdAt)],
		['updated', formatTime(agent.updatedAt)],
		['version', agent.version],
	]);
}

/** `process_crashed: exit code 3`. */
export function failureText(failure: FailureResource): string {
	return `${failure.code}: ${oneLine(failure.message, 400)}`;
}

export function usageText(usage: UsageResource): string {
	const { inputTokens, outputTokens, contextUsed, contextSize, cost } = usage;
	const parts = [
		inputTokens !== undefined && `${inputTokens} tokens in`,
		outputTokens !== undefined && `${outputTokens} tokens out`,
		contextUsed !== undefined && `context ${contextUsed}${contextSize ? ` of ${contextSize}` : ''}`,
		cost !== undefined && cost !== null && `${cost.amount} ${cost.currency}`,
	];
	return parts.filter(Boolean).join(', ');
}

function agentNote(agent: AgentResource): string {
	if (agent.error) return failureText(agent.error);
	if (agent.openRequests > 0) return 'waits for an answer';
	if (agent.staleness !== 'ok') return agent.staleness;
	return '';
}

function restartText(restart: Readonly<Record<string, unknown>>): string {
	const { policy, maxRestarts, withinSeconds } = restart;
	const bounds = maxRestarts === undefined ? '' : `, at most ${maxRestarts} in ${withinSeconds} s`;
	return `${policy ?? JSON.stringify(restart)}${bounds}`;
}

function pairs(record: Readonly<Record<string, string>> = {}): string {
	return Object.entries(record)
		.map(([name, value]) => `${name}=${value}`)
		.join(' ');
}
