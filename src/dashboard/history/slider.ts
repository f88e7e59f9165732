/** Where keys lead on the slider of versions, and what it shows of the whole journal. Pure. */

import type { z } from 'zod';
import type { overviewResource } from '../../history/schemas.ts';
import { type Tone, toneOf } from '../components/state-tones.ts';

export type Overview = z.output<typeof overviewResource>;

/** Versions with states of one tone, one after the other. */
export interface ToneRun {
	readonly from: number;
	readonly to: number;
	readonly tone: Tone;
}

export interface Mark {
	readonly version: number;
	readonly kind: 'failure' | 'beginning';
}

/** Page keys go a twentieth of the journal, and ten versions at least. */
export function versionForKey(key: string, version: number, last: number): number | null {
	const page = Math.max(10, Math.round(last / 20));
	const target = moves[key]?.(version, last, page);
	return target === undefined ? null : clampVersion(target, last);
}

const moves: Readonly<Record<string, (version: number, last: number, page: number) => number>> = {
	ArrowLeft: (version) => version - 1,
	ArrowDown: (version) => version - 1,
	ArrowRight: (version) => version + 1,
	ArrowUp: (version) => version + 1,
	PageDown: (version, _, page) => version - page,
	PageUp: (version, _, page) => version + page,
	Home: () => 1,
	End: (_, last) => last,
};

export function clampVersion(version: number, last: number): number {
	return Math.min(Math.max(1, version), Math.max(1, last));
}

/** The journal as a strip of colours. */
export function listRuns({ segments }: Pick<Overview, 'segments'>): readonly ToneRun[] {
	const runs: ToneRun[] = [];
	for (const { from, to, state } of segments) {
		const tone = toneOf(state);
		const before = runs.at(-1);
		if (before?.tone === tone) runs[runs.length - 1] = { ...before, to };
		else runs.push({ from, to, tone });
	}
	return runs;
}

/** Which states have which colour there, in the order in which they first come. */
export function listTones({ segments }: Pick<Overview, 'segments'>): ReadonlyArray<{ tone: Tone; states: string[] }> {
	const tones = new Map<Tone, Set<string>>();
	for (const { state } of segments) {
		const tone = toneOf(state);
		const [top = state] = state.split('.');
		// What gives a state its colour may be a part of it.
		tones.set(
			tone,
			(tones.get(tone) ?? new Set()).add(toneOf(top) === tone ? top : (state.split('.').at(-1) ?? state)),
		);
	}
	return [...tones].map(([tone, states]) => ({ tone, states: [...states] }));
}

/** What is worth going to, at the end of the part it lies in. */
export function listMarks({ segments }: Pick<Overview, 'segments'>): readonly Mark[] {
	return segments.flatMap(({ from, to, failures, beginnings }): Mark[] => [
		...(failures > 0 ? [{ version: to, kind: 'failure' } as const] : []),
		// That it began with its first version goes without saying.
		...(beginnings > 0 && from > 1 ? [{ version: to, kind: 'beginning' } as const] : []),
	]);
}

/** The nearest mark before or after a version; null where there is none. */
export function findMark(marks: readonly Mark[], version: number, direction: 'before' | 'after'): number | null {
	const found =
		direction === 'after'
			? marks.find((mark) => mark.version > version)
			: marks.findLast((mark) => mark.version < version);
	return found?.version ?? null;
}
