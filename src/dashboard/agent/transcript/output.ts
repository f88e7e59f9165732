/** What the agent says and does, put into a transcript: `agent.output.*`. */

import type { AgentEvent } from './agent-event.ts';
import { type Draft, findEntry, findSpeech, finishSpeech, mergeOrPush, pushEntry, replaceEntry } from './draft.ts';
import type { ToolEntry } from './entry.ts';

type EventOf<T extends AgentEvent['topic']> = Extract<AgentEvent, { topic: T }>;

/** Chunks of one message belong together, until something else has come between. */
export function addSpeech(draft: Draft, event: EventOf<'agent.output.message' | 'agent.output.thought'>): void {
	const { type: kind, text, messageId = null } = event.data;
	const slot = `${kind}:${messageId ?? ''}`;
	finishSpeech(draft, `${kind === 'message' ? 'thought' : 'message'}:${messageId ?? ''}`);
	const known = findSpeech(draft, slot);
	if (known) replaceEntry(draft, slot, { ...known, text: known.text + text });
	else if (text !== '') {
		const { seq, at } = event;
		pushEntry(draft, { kind, key: `${kind}:${seq}`, seq, at, messageId, text, isFinished: false }, slot);
	}
}

export function addToolCall(draft: Draft, event: EventOf<'agent.output.tool_call'>): void {
	const { seq, at, data } = event;
	const slot = `tool:${data.toolCallId}`;
	if (findEntry(draft, slot, 'tool')) {
		changeTool(draft, slot, event);
		return;
	}
	finishSpeech(draft);
	const entry: ToolEntry = {
		kind: 'tool',
		key: `tool:${seq}`,
		seq,
		at,
		toolCallId: data.toolCallId,
		title: data.title,
		toolKind: data.kind,
		status: data.status,
		input: data.input,
		output: data.output,
		locations: data.locations ?? [],
		endedAt: isOver(data.status) ? at : null,
	};
	pushEntry(draft, entry, slot);
}

/** An update of a call whose beginning is not in the transcript is shown as far as it tells. */
export function updateTool(draft: Draft, event: EventOf<'agent.output.tool_call_update'>): void {
	const { seq, at, data } = event;
	const slot = `tool:${data.toolCallId}`;
	if (!findEntry(draft, slot, 'tool')) {
		const unknown = { title: 'Tool call', toolKind: 'other', status: 'in_progress', locations: [] } as const;
		const ids = { kind: 'tool', key: `tool:${seq}`, seq, at, toolCallId: data.toolCallId } as const;
		pushEntry(draft, { ...ids, ...unknown, input: undefined, output: undefined, endedAt: null }, slot);
	}
	changeTool(draft, slot, event);
}

function changeTool(
	draft: Draft,
	slot: string,
	{ at, data }: EventOf<'agent.output.tool_call' | 'agent.output.tool_call_update'>,
): void {
	const known = findEntry(draft, slot, 'tool');
	if (!known) return;
	const status = data.status ?? known.status;
	replaceEntry(draft, slot, {
		...known,
		status,
		title: data.title ?? known.title,
		input: data.input ?? known.input,
		output: data.output ?? known.output,
		endedAt: isOver(status) ? (known.endedAt ?? at) : null,
	});
}

function isOver(status: ToolEntry['status']): boolean {
	return status === 'completed' || status === 'failed' || status === 'abandoned';
}

/** The plan is told whole each time: within a turn the latest stands in the place of the first. */
export function setPlan(draft: Draft, { seq, at, data }: EventOf<'agent.output.plan'>): void {
	const known = findEntry(draft, 'plan', 'plan');
	if (known) replaceEntry(draft, 'plan', { ...known, steps: data.entries });
	else if (data.entries.length > 0)
		pushEntry(draft, { kind: 'plan', key: `plan:${seq}`, seq, at, steps: data.entries }, 'plan');
}

export function addLog(draft: Draft, { seq, at, data }: EventOf<'agent.output.log'>): void {
	const line = { stream: data.stream, text: data.text, at };
	mergeOrPush(
		draft,
		'log',
		(last) => ({ size: last.lines.length + 1, entry: { ...last, lines: [...last.lines, line] } }),
		() => ({ kind: 'log', key: `log:${seq}`, seq, at, lines: [line] }),
	);
}

export function addOther(draft: Draft, { seq, at, data }: EventOf<'agent.output.other'>): void {
	const report = { name: data.name, data: data.data };
	mergeOrPush(
		draft,
		'other',
		(last) => ({ size: last.reports.length + 1, entry: { ...last, reports: [...last.reports, report] } }),
		() => ({ kind: 'other', key: `other:${seq}`, seq, at, reports: [report] }),
	);
}
