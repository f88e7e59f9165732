/** Shows an agent's output as it comes: text flows, everything else gets a line of its own. */

import { stripVTControlCharacters } from 'node:util';
import { describeEvent } from './event-text.ts';
import { paint } from './paint.ts';
import type { EventResource } from './resources.ts';

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

	function breakLine(): void {
		if (flowing !== undefined) write('\n');
		flowing = undefined;
	}

	function flow(kind: 'message' | 'thought', text: string): void {
		if (flowing !== kind) breakLine();
		// Agents must not reach the terminal's controls; line breaks and tabs are text.
		const clean = stripVTControlCharacters(text).replace(/[^\P{Cc}\n\t]/gu, '');
		write(kind === 'thought' ? paint.dim(clean) : clean);
		flowing = kind;
	}

	function line(text: string): void {
		breakLine();
		write(`${text}\n`);
	}

	function showOutput(type: string, event: EventResource): void {
		const text = String((event.data as { readonly text?: unknown } | null)?.text ?? '');
		if (type === 'message' || type === 'thought') flow(type, text);
		else if (type.startsWith('tool_call') || type === 'plan') line(`${paint.accent('·')} ${describeEvent(event)}`);
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
export function changedTo({ topic, data }: EventResource): string | undefined {
	if (topic !== 'agent.state.changed' || typeof data !== 'object' || data === null) return undefined;
	const { to, executionState } = data as { readonly to?: unknown; readonly executionState?: unknown };
	const state = typeof to === 'string' ? to : executionState;
	return typeof state === 'string' ? state.split('.')[0] : undefined;
}
