/**
 * How far the relay is, kept in the database: saved after what it stands for was written to Valkey, and
 * at most about once a second, so that a kill repeats a second's events at the most.
 */

import type { Clock } from '../durable/clock.ts';

export interface PlaceDeps {
	readonly clock: Clock;
	readonly reads: { lastEventSeq(): Promise<number>; setting(id: string): Promise<string | undefined> };
	saveSetting(id: string, value: string): Promise<void>;
}

export interface Place {
	/** Seq with which this installation's relay began: nothing up to there is ever relayed. */
	readonly since: number;
	/** Seq up to which everything is in the stream. */
	readonly reached: number;
}

export interface PlaceKeeper {
	/** What is stored; on a first start that is the end of the journal, which is stored then. */
	load(): Promise<Place>;
	/** Stores it, unless that was done within the last second; true when nothing is left to be stored. */
	save(place: Place, options?: { readonly atOnce: boolean }): Promise<boolean>;
}

const settingId = 'relayed:valkey';
export const saveIntervalMs = 1_000;

export function createPlaceKeeper({ clock, reads, saveSetting }: PlaceDeps): PlaceKeeper {
	let stored: Place | undefined;
	let storedAt = Number.NEGATIVE_INFINITY;

	async function store(place: Place): Promise<void> {
		await saveSetting(settingId, JSON.stringify(place));
		stored = place;
		storedAt = clock.now();
	}

	return {
		async load() {
			const text = await reads.setting(settingId);
			if (text !== undefined) stored = JSON.parse(text) as Place;
			else {
				const last = await reads.lastEventSeq();
				await store({ since: last, reached: last });
			}
			return stored ?? { since: 0, reached: 0 };
		},
		async save(place, { atOnce } = { atOnce: false }) {
			if (place.reached === stored?.reached) return true;
			if (!atOnce && Math.abs(clock.now() - storedAt) < saveIntervalMs) return false;
			await store(place);
			return true;
		},
	};
}
