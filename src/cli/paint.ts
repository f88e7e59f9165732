/** Colour as a hint, never as the message: plain text unless stdout is a terminal that wants colour. */

import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** `styleText` itself minds NO_COLOR and whether the stream is a terminal. */
function style(format: Style): (text: string) => string {
	return (text) => styleText(format, text, { stream: process.stdout, validateStream: true });
}

export const paint = {
	bold: style('bold'),
	dim: style('dim'),
	good: style('green'),
	warn: style('yellow'),
	error: style('red'),
	accent: style('cyan'),
} as const;

const stateStyles: Readonly<Record<string, (text: string) => string>> = {
	idle: paint.good,
	approved: paint.good,
	working: paint.accent,
	conflicted: paint.warn,
	in_review: paint.warn,
	finished: paint.good,
	busy: paint.accent,
	running: paint.accent,
	starting: paint.accent,
	waiting: paint.good,
	completed: paint.good,
	dispatching: paint.accent,
	dispatched: paint.accent,
	backingOff: paint.warn,
	dead: paint.error,
	disabled: paint.dim,
	skipped: paint.dim,
	open: paint.warn,
	interrupted: paint.warn,
	blocked: paint.warn,
	waiting_for_user: paint.warn,
	waiting_for_tasks: paint.good,
	initializing: paint.accent,
	failed: paint.error,
	stopped: paint.dim,
	cancelled: paint.dim,
};

/** Colours a state by what it means to the reader. */
export function paintState(state: string): string {
	const [top = state] = state.split('.');
	return (stateStyles[top] ?? ((text: string) => text))(state);
}
