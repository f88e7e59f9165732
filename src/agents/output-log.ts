/**
 * The output log: what agents say, stored as events in batches, so that a thousand chunks a second do
 * not cost a thousand commits.
 *
 * 1. Output is stored in the order it was appended, and before anything that is sent after `flush`.
 * 2. What the store refuses for now is kept and tried again; beyond `maxBytes` the oldest is dropped
 *    and the gap is told, for output that nobody acknowledged must not exhaust the memory.
 */

import type { Clock } from '../durable/clock.ts';
import type { DomainEvent, WriteUnit } from '../durable/store.ts';
import { createEvent, type EventPayload } from '../events/catalogue.ts';
import type { AgentOutput } from './drivers/driver.ts';

/** Where output belongs. */
export interface OutputSource {
	readonly agentId: string;
	readonly generation: number;
	/** The prompt whose turn it belongs to; null outside of turns. */
	readonly promptId: string | null;
}

export interface OutputLog {
	append(source: OutputSource, output: AgentOutput): void;
	/** Puts everything appended so far in the queue of commits; resolves when it is stored. */
	flush(): Promise<void>;
	stop(): Promise<void>;
}

export interface OutputLogDeps {
	readonly clock: Clock;
	write(unit: WriteUnit): Promise<unknown>;
	onError(error: Error): void;
	/** How long output may wait for company. Default 25. */
	readonly delayMs?: number;
	/** Bytes of output kept while the store refuses. Default 16 MiB. */
	readonly maxBytes?: number;
}

interface Entry {
	readonly source: OutputSource;
	output: AgentOutput;
	readonly at: number;
}

const maxEntries = 512;
/** Merged text is cut into events of about this length, so that no row grows without bound. */
const maxMergedLength = 16_384;
const retryMs = 1_000;

export function createOutputLog(deps: OutputLogDeps): OutputLog {
	const { clock, delayMs = 25, maxBytes = 2 ** 24 } = deps;
	let entries: Entry[] = [];
	let refused: DomainEvent[] = [];
	let cancelTimer: (() => void) | undefined;

	function schedule(waitMs: number): void {
		cancelTimer ??= clock.setTimer(() => {
			cancelTimer = undefined;
			void flush();
		}, waitMs);
	}

	async function flush(): Promise<void> {
		cancelTimer?.();
		cancelTimer = undefined;
		const events = [...refused, ...entries.map(toEvent)];
		entries = [];
		refused = [];
		if (events.length === 0) return;
		try {
			await deps.write({ events });
		} catch (thrown) {
			deps.onError(thrown as Error);
			refused = keepWithin([...events, ...refused], maxBytes, clock.now());
			schedule(retryMs);
		}
	}

	return {
		append(source, output) {
			const last = entries.at(-1);
			if (last && merge(last, source, output)) return;
			entries.push({ source, output, at: clock.now() });
			if (entries.length >= maxEntries) void flush();
			else schedule(delayMs);
		},
		flush,
		async stop() {
			await flush();
			cancelTimer?.();
		},
	};
}

/** Appends a chunk of the same message to the one before it. */
function merge(last: Entry, source: OutputSource, output: AgentOutput): boolean {
	const previous = last.output;
	if (output.type !== 'message' && output.type !== 'thought') return false;
	if (previous.type !== output.type || previous.messageId !== output.messageId) return false;
	if (last.source.agentId !== source.agentId || last.source.generation !== source.generation) return false;
	if (last.source.promptId !== source.promptId) return false;
	if (previous.text.length + output.text.length > maxMergedLength) return false;
	last.output = { ...previous, text: previous.text + output.text };
	return true;
}

function toEvent({ source, output, at }: Entry): DomainEvent {
	const { agentId, generation, promptId } = source;
	const payload = { ...output, generation, promptId };
	return createEvent(
		`agent.output.${output.type}`,
		agentId,
		at,
		payload as EventPayload<'agent.output.other'> as never,
	);
}

function keepWithin(events: readonly DomainEvent[], maxBytes: number, at: number): DomainEvent[] {
	let bytes = 0;
	let first = events.length;
	while (first > 0 && bytes + (events[first - 1]?.data.length ?? 0) <= maxBytes)
		bytes += events[--first]?.data.length ?? 0;
	if (first === 0) return [...events];
	const text = `${first} output events were dropped: the database could not take them for too long.`;
	const gap = createEvent('agent.output.log', events[0]?.agentId ?? null, at, { type: 'log', stream: 'stderr', text });
	return [gap, ...events.slice(first)];
}
