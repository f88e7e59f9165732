/**
 * What is written in a state's box and on an edge, line by line, and how much room that takes. Long lists
 * of actions go on in the next line.
 */

import type { ChartState, ChartTransition } from './chart.ts';
import { measureCode, measureName } from './text-measure.ts';

export interface Span {
	readonly role: 'event' | 'guard' | 'actions' | 'keyword';
	readonly text: string;
}

export interface Line {
	readonly role: 'name' | 'tags' | 'code';
	readonly spans: readonly Span[];
	/** For a line that tells of a transition. */
	readonly transition?: ChartTransition;
	/** From the left of the box's text. */
	readonly indent: number;
	readonly height: number;
	readonly width: number;
}

export interface Size {
	readonly width: number;
	readonly height: number;
}

export const sizes = { name: 14, code: 11, tag: 10 } as const;
export const boxPadding = 10;
/** Inside a tag, left and right of its text; and between two tags. */
export const tagPadding = 6;
export const tagGap = 5;
const heights = { name: 21, code: 16, tags: 20 } as const;
const longestLine = 52;
const indentWidth = 12;

export function describeBox(state: ChartState, reactions: readonly ChartTransition[]): readonly Line[] {
	return [
		nameLine(state.name),
		...(state.tags.length > 0 ? [tagsLine(state.tags)] : []),
		...actionLines('entry', state.entry),
		...actionLines('exit', state.exit),
		...actionLines('invoke', state.invokes),
		...reactions.flatMap(reactionLines),
	];
}

/** The box that stands for whatever state of its parent is active. */
export function describeAnyBox(reactions: readonly ChartTransition[]): readonly Line[] {
	return [codeLine([{ role: 'keyword', text: 'in any state' }]), ...reactions.flatMap(reactionLines)];
}

/** What an edge says of one transition; what it does is told where it is pointed at. */
export function describeLabel(transition: ChartTransition): Line {
	return codeLine(conditionOf(transition), transition);
}

export function measureLines(lines: readonly Line[]): Size {
	return {
		width: Math.max(0, ...lines.map(({ indent, width }) => indent + width)),
		height: lines.reduce((total, { height }) => total + height, 0),
	};
}

export function measureTag(tag: string): number {
	return measureCode(tag, sizes.tag) + 2 * tagPadding;
}

function nameLine(name: string): Line {
	const spans = [{ role: 'keyword' as const, text: name }];
	return { role: 'name', spans, indent: 0, height: heights.name, width: measureName(name, sizes.name) };
}

function tagsLine(tags: readonly string[]): Line {
	const width = tags.reduce((total, tag) => total + measureTag(tag) + tagGap, -tagGap);
	const spans = tags.map((text) => ({ role: 'keyword' as const, text }));
	return { role: 'tags', spans, indent: 0, height: heights.tags, width };
}

function codeLine(spans: readonly Span[], transition?: ChartTransition, indent = 0): Line {
	const width = measureCode(spans.map(({ text }) => text).join(' '), sizes.code);
	return { role: 'code', spans, indent, height: heights.code, width, ...(transition && { transition }) };
}

function actionLines(keyword: string, names: readonly string[]): readonly Line[] {
	if (names.length === 0) return [];
	const [first = '', ...rest] = wrap(names, longestLine - keyword.length - 3);
	return [
		codeLine([
			{ role: 'keyword', text: `${keyword} /` },
			{ role: 'actions', text: first },
		]),
		...rest.map((text) => codeLine([{ role: 'actions', text }], undefined, indentWidth)),
	];
}

/** A transition that is told inside the box: the state stays as it is, or enters itself again (↻). */
function reactionLines(transition: ChartTransition): readonly Line[] {
	const condition = conditionOf(transition);
	const effect: readonly Span[] = transition.targets.length > 0 ? [{ role: 'keyword', text: '↻' }] : [];
	if (transition.actions.length === 0) {
		const nothing: readonly Span[] = effect.length > 0 ? effect : [{ role: 'keyword', text: 'refused' }];
		return [codeLine([...condition, ...nothing], transition)];
	}
	const head = [...condition, ...effect, { role: 'keyword' as const, text: '/' }];
	const length = head.reduce((total, { text }) => total + text.length + 1, 0);
	const whole = transition.actions.join(', ');
	if (length + whole.length <= longestLine) return [codeLine([...head, { role: 'actions', text: whole }], transition)];
	const rest = wrap(transition.actions, longestLine - 2);
	return [
		codeLine(head, transition),
		...rest.map((text) => codeLine([{ role: 'actions', text }], transition, indentWidth)),
	];
}

function conditionOf({ label, guard }: ChartTransition): readonly Span[] {
	return [{ role: 'event', text: label }, ...(guard === null ? [] : [{ role: 'guard' as const, text: `[${guard}]` }])];
}

/** Names, separated by commas, in lines no longer than that, where they fit. */
function wrap(names: readonly string[], longest: number): readonly string[] {
	const lines: string[] = [];
	for (const [index, name] of names.entries()) {
		const word = index < names.length - 1 ? `${name},` : name;
		const last = lines.at(-1);
		if (last !== undefined && last.length + 1 + word.length <= longest) lines[lines.length - 1] = `${last} ${word}`;
		else lines.push(word);
	}
	return lines;
}
