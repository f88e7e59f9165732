/**
 * Reads the event stream from a cursor on: first what is stored, page by page, then live, with no seam.
 *
 * It owns one reader's position and the live events that wait for it.
 *
 * 1. Every event after the cursor that passes the filter is handed out once, in the order of `seq`.
 * 2. Nothing is lost between store and bus: live events gather before the last page is read, and what
 *    the page held already is dropped by its number.
 * 3. Memory is bounded by one page, `bufferBytes` of live events and one burst. While it still reads
 *    pages, more than that only means another page; once live, it means a gap, and the reader is at its end.
 */

import type { Reads } from '../agents/views.ts';
import type { EventFeed } from './feed.ts';
import { createEventPredicate, type EventFilter } from './filter.ts';
import { encodeView, type WireEvent } from './wire-event.ts';

export type CursorStep =
	/** `after` is where a reader that has these may take up again. */
	| { readonly type: 'events'; readonly events: readonly WireEvent[]; readonly after: number }
	/** The reader was too slow; `after` is where it may take up again. */
	| { readonly type: 'gap'; readonly after: number }
	| { readonly type: 'closed' };

export interface CursorReader {
	/** The next events, as soon as there are any. Called again only when it has resolved. */
	next(): Promise<CursorStep>;
	/** Lets the next `next` of a live reader resolve at once, be it without events. */
	nudge(): void;
	/** Whether everything stored was handed out, and events come as they happen. */
	isLive(): boolean;
	/** Ends it; a `next` that waits resolves `closed`. */
	close(): void;
}

export interface CursorDeps {
	readonly reads: Pick<Reads, 'events'>;
	readonly feed: EventFeed;
	/** Live events that may wait for a reader. */
	readonly bufferBytes: number;
	/** Events read from the store at a time; 500 by default. */
	readonly pageSize?: number;
}

export function openCursor(deps: CursorDeps, after: number, filter: EventFilter): CursorReader {
	const { reads, feed, bufferBytes, pageSize = 500 } = deps;
	const wanted = createEventPredicate(filter);
	let position = after;
	let mode: 'replaying' | 'live' | 'overrun' | 'closed' = 'replaying';
	let gathered: WireEvent[] = [];
	let gatheredBytes = 0;
	/** Live events were dropped while a page was read: the next page has them. */
	let missed = false;
	let nudged = false;
	let wake: (() => void) | undefined;

	const leave = feed.join((burst) => {
		// Judged by what waited before: a healthy reader takes a burst of any size.
		if (gatheredBytes > bufferBytes) overrun();
		for (const event of mode === 'overrun' ? [] : burst) {
			if (event.seq <= position || !wanted(event)) continue;
			gathered.push(event);
			gatheredBytes += event.bytes;
		}
		if (gathered.length > 0 || mode === 'overrun') wake?.();
	});

	function overrun(): void {
		forget();
		missed = true;
		if (mode === 'live') mode = 'overrun';
	}

	const isClosed = () => mode === 'closed';

	function forget(): void {
		gathered = [];
		gatheredBytes = 0;
	}

	function takeGathered(): readonly WireEvent[] {
		const events = gathered.filter((event) => event.seq > position);
		forget();
		return events;
	}

	/** One page, and with the last one what was published meanwhile. */
	async function readPage(): Promise<readonly WireEvent[]> {
		missed = false;
		const page = await reads.events({ after: position, limit: pageSize, ...filter });
		const events = page.map(encodeView);
		position = events.at(-1)?.seq ?? position;
		if (page.length === pageSize) forget();
		else if (!missed && mode === 'replaying') mode = 'live';
		return mode === 'live' ? [...events, ...takeGathered()] : events;
	}

	function awaitLive(): Promise<void> {
		return new Promise((resolve) => {
			wake = () => {
				wake = undefined;
				resolve();
			};
		});
	}

	async function advance(): Promise<readonly WireEvent[]> {
		if (mode === 'replaying') return readPage();
		if (gathered.length === 0 && !nudged) await awaitLive();
		return takeGathered();
	}

	return {
		async next() {
			for (;;) {
				if (mode === 'closed') return { type: 'closed' };
				if (mode === 'overrun') return { type: 'gap', after: position };
				const events = await advance();
				if (isClosed()) continue;
				const last = events.at(-1);
				if (last === undefined && !(nudged && mode === 'live')) continue;
				nudged = false;
				position = last?.seq ?? position;
				return { type: 'events', events, after: position };
			}
		},
		nudge() {
			nudged = true;
			wake?.();
		},
		isLive: () => mode === 'live',
		close() {
			mode = 'closed';
			leave();
			forget();
			wake?.();
		},
	};
}
