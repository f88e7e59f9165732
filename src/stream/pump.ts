/**
 * Moves events from a cursor to a client at the client's pace.
 *
 * 1. Nothing more is written while the client's connection has no room: what waits then waits in the
 *    cursor, which is bounded.
 */

import type { CursorReader } from './cursor.ts';
import type { WireEvent } from './wire-event.ts';

export interface EventSink {
	write(events: readonly WireEvent[]): void;
	/** Resolves when the connection has room again, or is closed. */
	room(): Promise<void>;
	/** Tells the client that it lost its place and may take up again after this seq. */
	gap(after: number): void;
}

/** Told after each step of the reader that was written, before the client's room is waited for. */
type AfterEvents = () => 'go on' | 'gap';

/** Runs until the reader is closed or the client was too slow; rejects when the store cannot be read. */
export async function pumpEvents(
	reader: CursorReader,
	sink: EventSink,
	afterEvents?: AfterEvents,
): Promise<'closed' | 'gap'> {
	function endAtGap(position: number): 'gap' {
		reader.close();
		sink.gap(position);
		return 'gap';
	}

	for (;;) {
		const step = await reader.next();
		if (step.type === 'closed') return 'closed';
		if (step.type === 'gap') return endAtGap(step.after);
		if (step.events.length > 0) sink.write(step.events);
		if (afterEvents?.() === 'gap') return endAtGap(step.after);
		await sink.room();
	}
}
