/** Workflows, dispatches and queues in text. */

import type { AgentNames } from './agent-names.ts';
import { failureText } from './agent-views.ts';
import { paint, paintState } from './paint.ts';
import { type Column, oneLine, renderFacts, renderTable } from './table.ts';
import { formatAge, formatTime } from './times.ts';
import { mapReferences } from './trigger-references.ts';
import type {
	DispatchResource,
	QueueItemResource,
	QueueResource,
	TriggerResource,
	WholeDispatchResource,
	WorkflowResource,
} from './workflow-resources.ts';

export function renderWorkflows(workflows: readonly WorkflowResource[], agents: AgentNames): string {
	const names = new Map([...agents, ...workflows.map(({ id, name }) => [id, name] as const)]);
	const named = (trigger: TriggerResource) => mapReferences(trigger, ({ to }) => names.get(to) ?? to);
	const columns: ReadonlyArray<Column<WorkflowResource>> = [
		{ title: 'NAME', value: ({ name }) => name },
		{ title: 'AGENT', value: ({ agentId }) => agents.get(agentId) ?? agentId },
		{ title: 'TRIGGER', value: ({ trigger }) => triggerText(named(trigger)) },
		{ title: 'RUNNER', value: runnerText, style: styleState },
		{ title: 'NEXT', value: ({ runner }) => timeText(runner.nextAt) },
		{ title: 'ID', value: ({ id }) => id },
		{ title: 'LAST ERROR', value: ({ runner }) => runner.lastError && failureText(runner.lastError) },
	];
	return renderTable(
		workflows,
		columns,
		'no workflows: make one with `statecraft workflows create` or `statecraft apply`',
	);
}

export function renderWorkflow(workflow: WorkflowResource, agents: AgentNames): string {
	const { runner, retry, policy } = workflow;
	const facts = renderFacts([
		['name', paint.bold(workflow.name)],
		['id', workflow.id],
		['agent', agents.get(workflow.agentId) ?? workflow.agentId],
		['enabled', workflow.enabled ? 'yes' : 'no'],
		['trigger', triggerText(mapReferences(workflow.trigger, ({ to }) => agents.get(to) ?? to))],
		['runner', paintState(runnerText(workflow))],
		['next', timeText(runner.nextAt)],
		['last error', runner.lastError && paint.error(failureText(runner.lastError))],
		['retry', retryText(retry)],
		['policy', policy && JSON.stringify(policy)],
		['created', formatTime(workflow.createdAt)],
		['updated', formatTime(workflow.updatedAt)],
		['version', workflow.version],
	]);
	return `${facts}\n${paint.dim('template')}\n${workflow.template.trimEnd()}`;
}

const dispatchColumns: ReadonlyArray<Column<DispatchResource>> = [
	{ title: 'CREATED', value: ({ createdAt }) => formatTime(createdAt) },
	{ title: 'STATUS', value: ({ status }) => status, style: styleState },
	{ title: 'SOURCE', value: ({ sourceId }) => sourceId },
	{ title: 'TITLE', value: ({ title }) => title },
	{ title: 'ATTEMPTS', value: attemptsText },
	{ title: 'NEXT', value: ({ nextAttemptAt }) => timeText(nextAttemptAt) },
	{ title: 'ID', value: ({ id }) => id },
	{ title: 'ERROR', value: ({ error }) => error && failureText(error) },
];

export function renderDispatches(dispatches: readonly DispatchResource[]): string {
	return renderTable(dispatches, dispatchColumns, 'no dispatches yet');
}

export function renderDispatch(dispatch: WholeDispatchResource): string {
	const { item, prompts } = dispatch;
	return renderFacts([
		['id', dispatch.id],
		['workflow', dispatch.workflowId],
		['source', dispatch.sourceId],
		['title', oneLine(dispatch.title, 400)],
		['url', item.url && oneLine(item.url, 400)],
		['labels', item.labels.map((label) => oneLine(label)).join(', ')],
		['status', paintState(dispatch.status)],
		['attempts', attemptsText(dispatch)],
		['next attempt', timeText(dispatch.nextAttemptAt)],
		['error', dispatch.error && paint.error(failureText(dispatch.error))],
		...prompts.map((prompt) => ['prompt', promptText(prompt)] as const),
		['created', formatTime(dispatch.createdAt)],
		['updated', formatTime(dispatch.updatedAt)],
		['finished', timeText(dispatch.finishedAt)],
	]);
}

function promptText({ id, status, createdAt, error }: WholeDispatchResource['prompts'][number]): string {
	const why = error === null ? '' : ` (${failureText(error)})`;
	return `${formatTime(createdAt)} ${id} ${paintState(status)}${why}`;
}

const queueColumns: ReadonlyArray<Column<QueueResource>> = [
	{ title: 'NAME', value: ({ name }) => name },
	{ title: 'READY', value: ({ counts }) => counts.ready },
	{ title: 'CLAIMED', value: ({ counts }) => counts.claimed },
	{ title: 'DONE', value: ({ counts }) => counts.done },
	{ title: 'DEAD', value: ({ counts }) => counts.dead },
];

export function renderQueues(queues: readonly QueueResource[]): string {
	return renderTable(queues, queueColumns, 'no queues: the first item makes one, as in `statecraft queues add <name>`');
}

const itemColumns: ReadonlyArray<Column<QueueItemResource>> = [
	{ title: 'ID', value: ({ id }) => id },
	{ title: 'STATUS', value: ({ status }) => status, style: styleState },
	{ title: 'PRIORITY', value: ({ priority }) => priority },
	{ title: 'AGE', value: ({ createdAt }) => formatAge(createdAt) },
	{ title: 'SOURCE', value: ({ item }) => item.sourceId },
	{ title: 'TITLE', value: ({ item }) => item.title },
	{ title: 'DISPATCH', value: ({ dispatchId }) => dispatchId },
];

export function renderQueueItems(items: readonly QueueItemResource[]): string {
	return renderTable(items, itemColumns, 'the queue is empty');
}

/** `cron 0 9 * * 1-5 timeZone=Europe/Berlin`: the type, then what it takes. */
export function triggerText({ type, ...rest }: TriggerResource): string {
	const { owner, repo, expression, runAt, queue, ...others } = rest;
	const main = [owner === undefined ? undefined : `${owner}/${repo}`, expression, runAt, queue];
	const settings = Object.entries(others).map(([name, value]) => `${name}=${settingText(value)}`);
	return [type, ...main, ...settings].filter((part) => part !== undefined).join(' ');
}

function settingText(value: unknown): string {
	if (Array.isArray(value)) return value.map(settingText).join(',');
	if (typeof value !== 'object' || value === null) return String(value);
	return 'type' in value ? `(${triggerText(value as TriggerResource)})` : JSON.stringify(value);
}

function runnerText({ enabled, runner }: WorkflowResource): string {
	return enabled || runner.state !== 'absent' ? runner.state : 'disabled';
}

function retryText({ maxAttempts, backoffMs, interrupted }: WorkflowResource['retry']): string {
	const wait = `${backoffMs.initial / 1000} s to ${backoffMs.max / 1000} s`;
	return `${maxAttempts} attempts, waiting ${wait}; interrupted ones: ${interrupted}`;
}

function attemptsText({ attempts, maxAttempts }: DispatchResource): string {
	return `${attempts} of ${maxAttempts}`;
}

function timeText(at: string | null): string | null {
	return at === null ? null : formatTime(at);
}

function styleState(text: string): string {
	return text.replace(text.trim(), paintState(text.trim()));
}
