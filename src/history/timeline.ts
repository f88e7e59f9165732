/**
 * The timeline of one actor: its journal replayed once, and kept as checkpoints from which any version is
 * a short replay away. Grows with the journal; holds no event.
 *
 * 1. Replays in slices, and yields to the event loop between them: a long journal holds up nobody.
 * 2. Where a new actor has the address of one that ended, the timeline is that of the new one.
 */

import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { Reads, TransitionView } from '../agents/views.ts';
import type { DurableDefinition } from '../durable/definition.ts';
import { beginning, type Departure, follow, type JournalLine, type Replayed, type Standing } from './replay.ts';
import { compareWithStore, type Doubt } from './verification.ts';

export type StoredLine = JournalLine & { readonly seq: number };

export interface TimelineDeps {
	readonly definition: DurableDefinition;
	readonly address: string;
	readonly reads: Pick<Reads, 'journal' | 'snapshot'>;
	/** Lines between two checkpoints, and lines replayed in one go. */
	readonly checkpointEvery?: number;
	readonly sliceSize?: number;
}

/** Versions whose past cannot be told, and why: up to `until`, or to the end where that is null. */
export interface DepartedRange extends Departure {
	readonly until: number | null;
}

/** One version: its line, where the replay stood before it, and what it did. */
export interface Moment {
	readonly line: StoredLine;
	readonly before: Standing | null;
	readonly replayed: Replayed;
}

export interface Timeline {
	/** Reads and replays what the journal has got since. */
	catchUp(): Promise<void>;
	/** Versions there are; 0 for none. */
	readonly last: number;
	/** State after each version, nested states joined by dots: that of version 1 first. */
	stateOf(version: number): string;
	/** Whether the actor was begun, or begun afresh, by this version. */
	isBeginning(version: number): boolean;
	/** The version; undefined where there is none. */
	moment(version: number): Promise<Moment | undefined>;
	/** Where the replay stands after the last version; null where it cannot be told. */
	readonly head: Standing | null;
	readonly departures: readonly DepartedRange[];
	/** What the stored snapshot says that the replay does not. */
	readonly doubt: Doubt | null;
	/** The version that brought the outcome of an effect; null while there is none. */
	outcomeOf(effectId: string): number | null;
	/** The version in which a timer fired that was set by `setBy`; null while it has not. */
	firingOf(timerId: string, setBy: number): number | null;
	/** Seq of the journal before the first line: what the whole journal comes after. */
	readonly startSeq: number;
}

interface Checkpoint {
	readonly version: number;
	readonly seq: number;
	readonly standing: Standing | null;
	readonly departure: Departure | null;
}

export function createTimeline(deps: TimelineDeps): Timeline {
	const { definition, address, reads, checkpointEvery = 100, sliceSize = 200 } = deps;
	let startSeq = 0;
	let tip: Checkpoint = { version: 0, seq: 0, standing: null, departure: null };
	let checkpoints: Checkpoint[] = [tip];
	let states: string[] = [];
	let beginnings = new Set<number>();
	let departures: DepartedRange[] = [];
	let outcomes = new Map<string, number>();
	let firings = new Map<string, number>();
	let doubt: Doubt | null = null;
	let working: Promise<void> = Promise.resolve();

	/** Another actor has the address now. */
	function restart(seq: number): void {
		startSeq = seq;
		tip = { version: 0, seq, standing: null, departure: null };
		checkpoints = [tip];
		states = [];
		beginnings = new Set();
		departures = [];
		outcomes = new Map();
		firings = new Map();
		doubt = null;
	}

	function absorb(line: StoredLine): Replayed {
		if (line.version === 1) restart(line.seq - 1);
		const replayed = follow(definition, line, tip.standing, tip.departure);
		noteDeparture(line, replayed);
		noteLinks(line, replayed);
		states[line.version - 1] = line.to;
		tip = 'standing' in replayed ? settle(line, replayed.standing, null) : settle(line, null, replayed.departure);
		if (line.version % checkpointEvery === 0) checkpoints.push(tip);
		return replayed;
	}

	function noteDeparture(line: StoredLine, replayed: Replayed): void {
		if (line.event.type === beginning) {
			beginnings.add(line.version);
			departures = departures.map((range) => ({ ...range, until: range.until ?? line.version - 1 }));
		}
		const isNew = 'departure' in replayed && (tip.departure === null || line.event.type === beginning);
		if (isNew) departures.push({ ...replayed.departure, until: null });
	}

	function noteLinks({ cause, version }: StoredLine, replayed: Replayed): void {
		if (cause.startsWith('effect:')) outcomes.set(cause.slice('effect:'.length), version);
		if ('standing' in replayed && replayed.timer) {
			firings.set(`${replayed.timer.setBy} ${replayed.timer.id}`, version);
		}
	}

	async function grow(): Promise<void> {
		let latest: Replayed | undefined;
		for (;;) {
			const lines = await reads.journal(address, { after: tip.seq, limit: sliceSize });
			for (const line of lines) latest = absorb(toLine(line));
			if (lines.length < sliceSize) break;
			await endOfTurn();
		}
		if (!latest || 'departure' in latest) return;
		const compared = compareWithStore(definition, latest, await reads.snapshot(address));
		if (compared !== undefined) doubt = compared;
	}

	async function moment(version: number): Promise<Moment | undefined> {
		const base = checkpoints[Math.floor((version - 1) / checkpointEvery)];
		if (!base || version > tip.version) return undefined;
		let { standing, departure }: Pick<Checkpoint, 'standing' | 'departure'> = base;
		for (const view of await reads.journal(address, { after: base.seq, limit: version - base.version })) {
			const line = toLine(view);
			const replayed = follow(definition, line, standing, departure);
			if (line.version === version) return { line, before: standing, replayed };
			standing = 'standing' in replayed ? replayed.standing : null;
			departure = 'standing' in replayed ? null : replayed.departure;
		}
		return undefined;
	}

	return {
		catchUp() {
			// One after the other, whoever asks; who comes late finds it done.
			working = working.catch(() => {}).then(grow);
			return working;
		},
		get last() {
			return tip.version;
		},
		stateOf: (version) => states[version - 1] ?? '',
		isBeginning: (version) => beginnings.has(version),
		moment,
		get head() {
			return tip.standing;
		},
		get departures() {
			return departures;
		},
		get doubt() {
			return doubt;
		},
		outcomeOf: (effectId) => outcomes.get(effectId) ?? null,
		firingOf: (timerId, setBy) => firings.get(`${setBy} ${timerId}`) ?? null,
		get startSeq() {
			return startSeq;
		},
	};
}

/** What the journal says of an event may lack nothing but what JSON cannot carry. */
export function toLine(view: TransitionView): StoredLine {
	return view as StoredLine;
}

function settle({ version, seq }: StoredLine, standing: Standing | null, departure: Departure | null): Checkpoint {
	return { version, seq, standing, departure };
}
