/**
 * An agent's journal on the page: its latest lines, earlier ones when asked for, and new ones whenever
 * the agent's version says that there are some.
 *
 * 1. Lines are in order and without gaps between the first and the last that are held.
 */

import { createStore } from '@xstate/store';
import type { z } from 'zod';
import type { transitionResource } from '../../../agents/schemas.ts';
import type { Api } from '../../connection/api.ts';

export type JournalLine = z.output<typeof transitionResource>;

export interface JournalContext {
	/** Oldest first. */
	readonly lines: readonly JournalLine[];
	/** How many lines come before the first that is held. */
	readonly earlier: number;
	readonly isLoaded: boolean;
	readonly isLoading: boolean;
	readonly error: unknown;
}

const initial: JournalContext = { lines: [], earlier: 0, isLoaded: false, isLoading: false, error: null };

function createJournalStore() {
	return createStore({
		context: initial,
		on: {
			changed: (context, { change }: { change: Partial<JournalContext> }): JournalContext => ({
				...context,
				...change,
			}),
		},
	});
}

export interface Journal {
	readonly store: ReturnType<typeof createJournalStore>;
	/** Fetches what is new up to this version of the agent. Told again while it fetches, it goes on. */
	follow(version: number): void;
	loadEarlier(): void;
	close(): void;
}

interface Page {
	readonly items: readonly JournalLine[];
	readonly total: number;
}

export const journalPageSize = 50;
const catchUpSize = 200;

export function createJournal(api: Pick<Api, 'get'>, agentId: string): Journal {
	const store = createJournalStore();
	const closing = new AbortController();
	let wanted = -1;
	let isBusy = false;

	const held = () => store.getSnapshot().context;
	const change = (changed: Partial<JournalContext>) => store.trigger.changed({ change: changed });

	function load(offset: number, limit: number): Promise<Page> {
		const path = `/agents/${encodeURIComponent(agentId)}/transitions`;
		return api.get<Page>(path, { query: { offset, limit }, signal: closing.signal });
	}

	/** One thing at a time: what is fetched depends on what is held. */
	async function busily(work: () => Promise<void>): Promise<void> {
		if (isBusy) return;
		isBusy = true;
		change({ isLoading: true, error: null });
		try {
			await work();
			// Whoever told of more meanwhile was sent away.
			while (lastVersion(held()) < wanted) await catchUp();
			change({ isLoading: false });
		} catch (error) {
			if (!closing.signal.aborted) change({ isLoading: false, error });
		} finally {
			isBusy = false;
		}
	}

	async function begin(): Promise<void> {
		const { total } = await load(0, 1);
		const earlier = Math.max(0, total - journalPageSize);
		const { items } = await load(earlier, journalPageSize);
		change({ lines: items, earlier, isLoaded: true });
	}

	async function catchUp(): Promise<void> {
		if (!held().isLoaded) await begin();
		while (lastVersion(held()) < wanted) {
			const { lines, earlier } = held();
			const { items } = await load(earlier + lines.length, catchUpSize);
			// There is no more, whatever was told.
			if (items.length === 0) wanted = lastVersion(held());
			change({ lines: [...held().lines, ...items] });
		}
	}

	return {
		store,
		follow(version) {
			if (version <= wanted && held().error === null) return;
			wanted = Math.max(wanted, version);
			// What was told meanwhile is fetched by the loop that is under way.
			void busily(catchUp);
		},
		loadEarlier: () =>
			void busily(async () => {
				const { earlier } = held();
				if (earlier === 0) return;
				const offset = Math.max(0, earlier - journalPageSize);
				const { items } = await load(offset, earlier - offset);
				change({ lines: [...items, ...held().lines], earlier: offset });
			}),
		close: () => closing.abort(),
	};
}

function lastVersion({ lines }: JournalContext): number {
	return lines.at(-1)?.version ?? -1;
}
