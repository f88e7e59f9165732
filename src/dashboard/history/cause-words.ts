/** What led to a step and what it led to, in words, with the versions these words may link to. Pure. */

import { nameEvent } from '../statechart/chart-index.ts';
import type { PastMoment } from './history-model.ts';

/** A part of a sentence; one with a version leads to it. */
export interface Words {
	readonly text: string;
	/** Of this very actor. */
	readonly version?: number;
	/** Another actor, by its address. */
	readonly actor?: string;
}

export interface Consequence {
	readonly key: string;
	readonly kind: 'effect' | 'message' | 'timer' | 'child' | 'event';
	readonly words: readonly Words[];
}

export function describeCause({ actor, cause, transition }: PastMoment): readonly Words[] {
	const from = originOf(cause.actor, cause.version, actor);
	switch (cause.kind) {
		case 'created':
			return [{ text: 'It was created.' }];
		case 'reset':
			return [{ text: 'It was begun afresh.' }];
		case 'send':
			return [{ text: cause.by === null ? `Statecraft sent ${nameOf(transition)}.` : `Sent by ${cause.by}.` }];
		case 'timer':
			return [{ text: `The timer ${nameEvent(cause.id ?? '')} fired` }, ...from, { text: '.' }];
		case 'effect':
			return [{ text: 'The outcome of an effect' }, ...from, { text: '.' }];
		case 'message':
			return [{ text: 'A message' }, ...from, { text: '.' }];
		case 'child':
			return [{ text: 'A child has ended' }, ...from, { text: '.' }];
		case 'other':
			return [{ text: `${cause.id}.` }];
	}
}

function originOf(from: string | null, version: number | null, self: string): readonly Words[] {
	if (from === self && version !== null) return [{ text: ', asked for in ' }, { text: `version ${version}`, version }];
	if (from === null || from === self) return [];
	return [
		{ text: ' of ' },
		{ text: from, actor: from },
		...(version === null ? [] : [{ text: `, version ${version}` }]),
	];
}

function nameOf({ event }: PastMoment['transition']): string {
	return String(event.type ?? 'an event');
}

export function describeConsequences({ caused }: PastMoment): readonly Consequence[] {
	if (caused === null) return [];
	return [
		...caused.effects.map(({ id, name, params, outcome }): Consequence => {
			return {
				key: id,
				kind: 'effect',
				words: [{ text: `${name}${wordsOf(params)}` }, ...later(outcome, 'answered in')],
			};
		}),
		...caused.messages.map(({ id, to, event }): Consequence => {
			return { key: id, kind: 'message', words: [{ text: `${String(event.type)} to ` }, { text: to, actor: to }] };
		}),
		...caused.timersSet.map(({ id, firedBy }): Consequence => {
			return {
				key: `set ${id}`,
				kind: 'timer',
				words: [{ text: `${nameEvent(id)}: set` }, ...later(firedBy, 'fired in')],
			};
		}),
		...caused.timersCleared.map((id): Consequence => {
			return { key: `cleared ${id}`, kind: 'timer', words: [{ text: `${nameEvent(id)}: cleared` }] };
		}),
		...caused.childrenSpawned.map(({ address }): Consequence => {
			return { key: address, kind: 'child', words: [{ text: address, actor: address }, { text: ' began' }] };
		}),
		...caused.childrenStopped.map((address): Consequence => {
			return { key: `stopped ${address}`, kind: 'child', words: [{ text: `${address} ended` }] };
		}),
		...caused.events.map((topic, index): Consequence => {
			return { key: `${index} ${topic}`, kind: 'event', words: [{ text: topic }] };
		}),
	];
}

function later(version: number | null, what: string): readonly Words[] {
	return version === null ? [] : [{ text: `, ${what} ` }, { text: `version ${version}`, version }];
}

/** Few and short values are told; the journal has the rest. */
function wordsOf(params: unknown): string {
	if (typeof params !== 'object' || params === null) return '';
	const told = Object.entries(params).flatMap(([key, value]) =>
		typeof value === 'object' || value === undefined ? [] : [`${key}: ${String(value)}`],
	);
	return told.length === 0 ? '' : ` (${told.join(', ')})`;
}
