/** A state by its name, its shape and its colour: never by colour alone. */

import './state-badge.css';
import { type Tone, toneOf } from './state-tones.ts';

const shapes: Readonly<Record<Tone, string>> = {
	// A full circle, a ring, a half, a triangle, a cross, a square.
	busy: 'M6 1.5a4.5 4.5 0 110 9 4.5 4.5 0 010-9z',
	ok: 'M1.5 6.5l3 3 6-7',
	idle: 'M6 2a4 4 0 110 8 4 4 0 010-8z',
	waiting: 'M6 1.5a4.5 4.5 0 100 9z M6 1.5a4.5 4.5 0 010 9',
	warn: 'M6 1l5 9.5H1z',
	danger: 'M2 2l8 8M10 2l-8 8',
	off: 'M2 2h8v8H2z',
};

const filled: ReadonlySet<Tone> = new Set(['busy', 'warn']);

export interface StateBadgeProps {
	/** As the server names it; dots and underscores become words. */
	readonly state: string;
	/** Overrides what the state's name says. */
	readonly tone?: Tone;
	/** Shown in place of the state's name. */
	readonly label?: string;
	readonly title?: string;
}

export function StateBadge({ state, tone = toneOf(state), label = wordsOfState(state), title }: StateBadgeProps) {
	return (
		<span className={`state-badge tone-${tone}`} title={title}>
			<svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true" focusable="false">
				<path
					d={shapes[tone]}
					fill={filled.has(tone) ? 'currentColor' : 'none'}
					stroke="currentColor"
					strokeWidth="1.8"
					strokeLinecap="round"
					strokeLinejoin="round"
				/>
			</svg>
			{label}
		</span>
	);
}

/** `in_review` and `backingOff` as people read them. */
export function wordsOfState(state: string): string {
	return state
		.replace(/([a-z])([A-Z])/g, '$1 $2')
		.replace(/[._]/g, ' ')
		.toLowerCase();
}
