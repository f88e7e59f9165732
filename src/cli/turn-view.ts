/** Shows an agent's output as it comes: text flows, everything else gets a line of its own. */

import { describeEvent } from './event-text.ts';
import { paint } from './paint.ts';
import { toPlainText } from './plain-text.ts';
import type { EventResource } from './resources.ts';
import { oneLine } from './table.ts';

export interface TurnView {
	show(event: EventResource): void;
	/** Ends a line that text has begun, so that something else can be written. */
	breakLine(): void;
}

const outputPrefix = 'agent.output.';
/** States that come and go with every turn: the output itself shows them. */
const everydayStates = new Set(['idle', 'busy']);

export function createTurnView(write: (text: string) => void): TurnView {
	/** What the open line holds; undefined at the start of one. */
	let flowing: 'message' | 'thought' | undefined;
	/** Of tool calls in progress. */
	const toolTitles = new Map<string, string>();

	function breakLine(): void {
		if (flowing !== undefined) write('\n');
		flowing = undefined;
	}

	function flow(kind: 'message' | 'thought', text: string): void {
		if (flowing !== kind) breakLine();
		const clean = toPlainText(text);
		write(kind === 'thought' ? paint.dim(clean) : clean);
		flowing = kind;
	}

	function line(text: string): void {
		breakLine();
		write(`${text}\n`);
	}

	/** Updates of a tool call name only its id. */
	function showTool(event: EventResource): void {
		const { toolCallId = '', title, status } = event.data as Partial<Record<'toolCallId' | 'title' | 'status', string>>;
		const known = title ?? toolTitles.get(toolCallId) ?? toolCallId;
		toolTitles.set(toolCallId, known);
		if (status === 'completed' || status === 'failed') toolTitles.delete(toolCallId);
		line(`${paint.accent('·')} ${oneLine(known, 200)} ${paint.dim(status ?? '')}`);
	}

	function showOutput(type: string, event: EventResource): void {
		const text = String((event.data as { readonly text?: unknown } | null)?.text ?? '');
		if (type === 'message' || type === 'thought') flow(type, text);
		else if (type === 'tool_call' || type === 'tool_call_update') showTool(event);
		else if (type === 'plan') line(`${paint.accent('·')} ${describeEvent(event)}`);
		else if (type === 'log') line(paint.dim(`  ${describeEvent(event)}`));
	}

	return {
		breakLine,
		show(event) {
			if (event.topic.startsWith(outputPrefix)) return showOutput(event.topic.slice(outputPrefix.length), event);
			const to = changedTo(event);
			if (to === undefined) return;
			breakLine();
			if (!everydayStates.has(to)) write(`${paint.dim(`[${describeEvent(event)}]`)}\n`);
		},
	};
}

/** The executionState an event leads to; undefined for events that are no change of state. */
function changedTo({ topic, data }: EventResource): string | undefined {
	if (topic !== 'agent.state.changed') return undefined;
	return String((data as { readonly to?: unknown } | null)?.to ?? '').split('.')[0];
}
