/**
 * The capped stream. The id of an entry is `<seq>-0`, so that Valkey itself refuses a repetition, and a
 * reader's place in the stream is a place in the journal.
 */

import type { EventView } from '../agents/views.ts';
import { typeOf } from './cloud-event.ts';
import type { Names } from './names.ts';
import { type Command, RelayObstacle, type Valkey } from './valkey.ts';

export interface StreamState {
	/** Seq of the newest event that it ever held; null where there is no stream. */
	readonly newest: number | null;
	/** What is in the way of writing to it; null: nothing. */
	readonly obstacle: string | null;
}

export interface StreamDeps {
	readonly names: Names;
	readonly source: string;
	/** How many events it is to hold, about. */
	readonly length: number;
	readonly reads: {
		events(query: { readonly after: number; readonly limit: number }): Promise<readonly EventView[]>;
		lastEventSeq(): Promise<number>;
	};
}

export interface EventStream {
	append(seq: number, event: string): Command;
	/** Looks at what is there. Rejects where it is not the stream of this database's journal. */
	inspect(valkey: Valkey): Promise<StreamState>;
}

export function createEventStream({ names, source, length, reads }: StreamDeps): EventStream {
	const advice = `give this installation a STATECRAFT_VALKEY_PREFIX of its own, or delete the keys ${names.pattern}`;

	/** Two installations that write under one prefix would each forget the other's agents. */
	async function claim(valkey: Valkey): Promise<void> {
		const [, owner] = await valkey.run([
			['set', names.source, source, 'NX'],
			['get', names.source],
		]);
		if (owner?.obstacle) throw new RelayObstacle(`${names.source}: ${owner.obstacle}`);
		if (owner?.value !== source)
			throw new RelayObstacle(`the keys ${names.pattern} are those of ${owner?.value}: ${advice}`);
	}

	/** A database that was restored from a backup gives the same numbers to other events. */
	async function compare(newest: number, last: unknown): Promise<void> {
		const otherPast = new RelayObstacle(
			`${names.stream} goes up to ${newest}, and the journal does not hold the same there: was the database replaced? ${advice}`,
		);
		if (newest > (await reads.lastEventSeq())) throw otherPast;
		const entry = readEntry(last);
		// Nothing to compare with in a stream that was trimmed to nothing.
		if (entry === undefined) return;
		const [event] = await reads.events({ after: newest - 1, limit: 1 });
		const isSame =
			event?.seq === newest &&
			entry.type === typeOf(event.topic) &&
			entry.time === new Date(event.at).toISOString() &&
			entry.source === source;
		if (!isSame) throw otherPast;
	}

	return {
		append: (seq, event) => ['xadd', names.stream, 'MAXLEN', '~', length, `${seq}-0`, 'event', event],
		async inspect(valkey) {
			await claim(valkey);
			const [type] = await valkey.run([['type', names.stream]]);
			if (type?.value === 'none') return { newest: null, obstacle: null };
			if (type?.value !== 'stream')
				return { newest: null, obstacle: `${names.stream} holds a ${type?.value}, not a stream: delete or rename it` };
			const [info] = await valkey.run([['xinfo', 'STREAM', names.stream]]);
			const facts = readPairs(info?.value);
			const newest = Number(String(facts.get('last-generated-id')).split('-')[0]);
			await compare(newest, facts.get('last-entry'));
			return { newest, obstacle: null };
		},
	};
}

/** Answers that are maps come as keys and values in turn. */
function readPairs(value: unknown): ReadonlyMap<unknown, unknown> {
	const flat = Array.isArray(value) ? value : [];
	return new Map(flat.flatMap((key, index) => (index % 2 === 0 ? [[key, flat[index + 1]] as const] : [])));
}

/** `[id, ['event', json]]`; undefined where the stream holds nothing. An empty one where it is not an entry of ours. */
function readEntry(last: unknown): Readonly<Record<string, unknown>> | undefined {
	if (!Array.isArray(last)) return undefined;
	const text = readPairs(last[1]).get('event');
	try {
		return JSON.parse(String(text));
	} catch {
		// Written by somebody else.
		return {};
	}
}
