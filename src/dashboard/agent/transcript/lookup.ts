/** Things that entries name by id alone: asked for when an entry is first shown, once each. */

import { useEffect, useSyncExternalStore } from 'react';

export interface Lookup<T> {
	/** Undefined while it is not known. */
	get(id: string): T | undefined;
	/** Asks for it, unless it is known or on its way. What fails is asked for again next time. */
	want(id: string): void;
	subscribe(onChange: () => void): () => void;
}

export function createLookup<T>(load: (id: string) => Promise<T>): Lookup<T> {
	const known = new Map<string, T>();
	const wanted = new Set<string>();
	const listeners = new Set<() => void>();

	async function fetch(id: string): Promise<void> {
		wanted.add(id);
		try {
			known.set(id, await load(id));
			for (const listener of listeners) listener();
		} catch {
			// The entry says that it is not known; whoever scrolls back to it asks again.
		} finally {
			wanted.delete(id);
		}
	}

	return {
		get: (id) => known.get(id),
		want(id) {
			if (!known.has(id) && !wanted.has(id)) void fetch(id);
		},
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
	};
}

/** What is looked up under `id`; asked for unless `isKnown` otherwise. */
export function useLookup<T>(lookup: Lookup<T>, id: string, isKnown: boolean): T | undefined {
	const found = useSyncExternalStore(lookup.subscribe, () => lookup.get(id));
	useEffect(() => {
		if (!isKnown) lookup.want(id);
	}, [lookup, id, isKnown]);
	return found;
}
