/** Events in text: one line each, for logs. */

import { failureText, usageText } from './agent-views.ts';
import { paint, paintState } from './paint.ts';
import type { EventResource, FailureResource, UsageResource } from './resources.ts';
import { oneLine } from './table.ts';
import { formatClock } from './times.ts';

const lineLimit = 400;

/** `14:02:07 helper agent.state.changed idle → busy (PromptReceived)`. */
export function renderEvent(event: EventResource, agentName?: string): string {
	const time = event.at ? paint.dim(formatClock(event.at)) : '';
	const who = agentName === undefined ? '' : paint.accent(agentName);
	return [time, who, paint.dim(event.topic), describeEvent(event)].filter(Boolean).join(' ');
}

/** What the event says, without time, agent and topic. */
export function describeEvent({ topic, data }: EventResource): string {
	if (typeof data !== 'object' || data === null) return oneLine(JSON.stringify(data ?? ''), lineLimit);
	const fields = data as Readonly<Record<string, unknown>>;
	if (topic.startsWith('agent.output.')) return describeOutput(topic.slice('agent.output.'.length), fields);
	if (typeof fields.to === 'string') return describeChange(fields);
	if (isFailure(fields.error)) return describeFailure(fields, fields.error);
	if (typeof fields.title === 'string') return oneLine(fields.title, lineLimit);
	return oneLine(JSON.stringify(data), lineLimit);
}

function describeChange({ from, to, trigger, error }: Readonly<Record<string, unknown>>): string {
	const path = `${typeof from === 'string' ? from : '·'} → ${paintState(String(to))}`;
	const why = typeof trigger === 'string' ? ` (${trigger})` : '';
	const failure = isFailure(error) ? ` ${paint.error(failureText(error))}` : '';
	return path + why + failure;
}

function describeFailure({ promptId, runId }: Readonly<Record<string, unknown>>, error: FailureResource): string {
	return [promptId ?? runId, paint.error(failureText(error))].filter(Boolean).join(' ');
}

function describeOutput(type: string, fields: Readonly<Record<string, unknown>>): string {
	switch (type) {
		case 'message':
		case 'log':
			return oneLine(String(fields.text ?? ''), lineLimit);
		case 'thought':
			return paint.dim(oneLine(String(fields.text ?? ''), lineLimit));
		case 'tool_call':
		case 'tool_call_update':
			return oneLine([fields.title ?? fields.toolCallId, fields.status].filter(Boolean).join(': '), lineLimit);
		case 'plan':
			return describePlan(fields.entries);
		case 'usage':
			return usageText((fields.usage ?? fields) as UsageResource);
		default:
			return oneLine(JSON.stringify(fields), lineLimit);
	}
}

function describePlan(entries: unknown): string {
	if (!Array.isArray(entries)) return '';
	const steps = entries as ReadonlyArray<{ readonly content?: string; readonly status?: string }>;
	return oneLine(steps.map((step) => `[${step.status ?? '?'}] ${step.content ?? ''}`).join(' '), lineLimit);
}

function isFailure(value: unknown): value is FailureResource {
	return typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
}
