/**
 * What the history of an agent shows and fetches: which version is chosen, what it was, what is around it.
 *
 * 1. While the slider moves nothing is fetched until it rests a moment; what is no longer wanted is aborted.
 * 2. Who looks at the latest version goes on with the agent; who looks at an earlier one stays there.
 */

import { createStore } from '@xstate/store';
import type { z } from 'zod';
import type { transitionResource } from '../../agents/schemas.ts';
import type { comparisonResource, momentResource } from '../../history/schemas.ts';
import type { Api } from '../connection/api.ts';
import { clampVersion, type Overview } from './slider.ts';

export type PastMoment = z.output<typeof momentResource>;
export type Comparison = z.output<typeof comparisonResource>;
export type JournalLine = z.output<typeof transitionResource>;
export type Shown = PastMoment['contextShown'];

export interface HistoryContext {
	readonly overview: Overview | null;
	/** The latest version that is known of; 0 before the first answer. */
	readonly last: number;
	readonly version: number;
	/** Of `version`, or of the one before while that is on its way. */
	readonly moment: PastMoment | null;
	/** Lines of the journal that were fetched, by version. */
	readonly lines: ReadonlyMap<number, JournalLine>;
	readonly isPlaying: boolean;
	readonly isLoading: boolean;
	readonly error: unknown;
	readonly shown: Shown;
	/** The version that the chosen one is compared with; null while it is with none. */
	readonly against: number | null;
	readonly comparison: Comparison | null;
}

const initial: HistoryContext = {
	overview: null,
	last: 0,
	version: 0,
	moment: null,
	lines: new Map(),
	isPlaying: false,
	isLoading: true,
	error: null,
	shown: 'redacted',
	against: null,
	comparison: null,
};

function createHistoryStore() {
	return createStore({
		context: initial,
		on: {
			changed: (context, { change }: { change: Partial<HistoryContext> }): HistoryContext => ({
				...context,
				...change,
			}),
		},
	});
}

export interface HistoryModel {
	readonly store: ReturnType<typeof createHistoryStore>;
	choose(version: number): void;
	/** The agent has reached this version. */
	follow(version: number): void;
	/** From the chosen version on, or from the first where that is the latest. */
	play(): void;
	pause(): void;
	show(shown: Shown): void;
	compareWith(version: number | null): void;
	retry(): void;
	close(): void;
}

export interface HistoryModelDeps {
	readonly api: Pick<Api, 'get'>;
	readonly agentId: string;
	/** Which version to begin with; the latest unless told. */
	readonly version?: number;
	/** How long the slider has to rest before anything is fetched, milliseconds. */
	readonly restMs?: number;
	/** How long each version stays while it plays. */
	readonly playMs?: number;
	/** How often at most the strip is drawn anew while the agent goes on. */
	readonly overviewMs?: number;
}

/** Lines are fetched in pages, so that most moves need none. */
const pageSize = 50;

export function createHistoryModel(deps: HistoryModelDeps): HistoryModel {
	const { api, agentId, restMs = 120, playMs = 900, overviewMs = 1_500 } = deps;
	const store = createHistoryStore();
	const closing = new AbortController();
	const path = `/agents/${encodeURIComponent(agentId)}`;
	let loading = new AbortController();
	let rest: ReturnType<typeof setTimeout> | undefined;
	let turn: ReturnType<typeof setTimeout> | undefined;
	let redraw: ReturnType<typeof setTimeout> | undefined;
	let rounds = 0;

	const held = () => store.getSnapshot().context;
	const change = (changed: Partial<HistoryContext>) => store.trigger.changed({ change: changed });

	async function begin(): Promise<void> {
		change({ error: null, isLoading: true });
		try {
			const overview = await readOverview();
			change({ overview, last: Math.max(held().last, overview.last), version: begun(overview.last) });
			await load();
		} catch (error) {
			if (!closing.signal.aborted) change({ error, isLoading: false });
		}
	}

	/** What was asked for, if there is or ever was such a version. */
	function begun(last: number): number {
		return held().version || (deps.version === undefined ? last : clampVersion(deps.version, last));
	}

	function readOverview(): Promise<Overview> {
		return api.get<Overview>(`${path}/history`, { signal: closing.signal });
	}

	/** Everything about the chosen version. Never rejects. */
	async function load(): Promise<void> {
		loading.abort();
		loading = new AbortController();
		const { signal } = loading;
		const { version, shown, against } = held();
		change({ isLoading: true, error: null });
		try {
			const query = { context: shown };
			const [moment, comparison] = await Promise.all([
				api.get<PastMoment>(`${path}/history/${version}`, { query, signal }),
				against === null
					? null
					: api.get<Comparison>(`${path}/history/compare`, { query: { ...query, from: against, to: version }, signal }),
				readLines(version, signal),
			]);
			if (!signal.aborted) change({ moment, comparison, isLoading: false, last: Math.max(held().last, moment.last) });
		} catch (error) {
			if (!signal.aborted && !closing.signal.aborted) change({ error, isLoading: false, isPlaying: false });
		}
	}

	/** The page around a version, unless all of it is held that there is. */
	async function readLines(version: number, signal: AbortSignal): Promise<void> {
		const first = Math.max(1, version - pageSize / 2);
		const until = Math.min(held().last, first + pageSize - 1);
		const near = Array.from({ length: Math.max(0, until - first + 1) }, (_, index) => first + index);
		const needed = near.filter((one) => Math.abs(one - version) <= aroundChosen && !held().lines.has(one));
		if (needed.length === 0) return;
		const query = { offset: first - 1, limit: pageSize };
		const { items } = await api.get<{ items: JournalLine[] }>(`${path}/transitions`, { query, signal });
		change({ lines: new Map([...held().lines, ...items.map((line) => [line.version, line] as const)]) });
	}

	function choose(version: number): void {
		// Before the first answer there is nothing to choose among.
		if (held().last === 0) return;
		const chosen = clampVersion(version, held().last);
		if (chosen === held().version) return;
		change({ version: chosen });
		clearTimeout(rest);
		rest = setTimeout(() => void load(), restMs);
	}

	/** `round`: that in which somebody pressed play; another one ends it. */
	function playOn(round: number): void {
		const { version, last, isPlaying } = held();
		if (!isPlaying || round !== rounds) return;
		if (version >= last) {
			change({ isPlaying: false });
			return;
		}
		change({ version: version + 1 });
		void load().then(() => {
			if (round === rounds) turn = setTimeout(() => playOn(round), playMs);
		});
	}

	function pause(): void {
		clearTimeout(turn);
		if (held().isPlaying) change({ isPlaying: false });
	}

	void begin();
	return {
		store,
		choose(version) {
			pause();
			choose(version);
		},
		follow(last) {
			const { version, last: before, isPlaying } = held();
			if (last <= before || before === 0) return;
			change({ last });
			if (version === before && !isPlaying) choose(last);
			redraw ??= setTimeout(() => {
				redraw = undefined;
				// It is drawn as it was where it cannot be had.
				readOverview().then(
					(overview) => change({ overview }),
					() => {},
				);
			}, overviewMs);
		},
		play() {
			clearTimeout(rest);
			clearTimeout(turn);
			const { version, last } = held();
			change({ isPlaying: true, version: version >= last ? 0 : version });
			rounds += 1;
			playOn(rounds);
		},
		pause,
		show(shown) {
			change({ shown });
			void load();
		},
		compareWith(against) {
			change({ against, comparison: null });
			if (against !== null) void load();
		},
		retry: () => void (held().overview === null ? begin() : load()),
		close() {
			closing.abort();
			loading.abort();
			for (const timer of [rest, turn, redraw]) clearTimeout(timer);
		},
	};
}

/** So many lines before and after the chosen one are shown. */
export const aroundChosen = 6;
