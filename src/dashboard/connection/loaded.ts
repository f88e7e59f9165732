/** What the stream does not tell and a screen asks for once: a diff, a page of history. */

import { useCallback, useEffect, useState } from 'react';
import type { Api } from './api.ts';
import { useApi } from './session-context.ts';

export interface Loaded<T> {
	/** The last that came; undefined before the first. Stays while another is on its way. */
	readonly data: T | undefined;
	/** Why the last try failed; null otherwise. */
	readonly error: unknown;
	readonly isLoading: boolean;
	/** Asks again. */
	readonly reload: () => void;
}

interface State<T> {
	readonly key: string | null;
	readonly data: T | undefined;
	readonly error: unknown;
}

/**
 * Loads when it is first shown and whenever `key` is another one; null loads nothing. `load` is called
 * for a key, so it depends on nothing that the key does not name. What an older key was loading is aborted.
 */
export function useLoaded<T>(key: string | null, load: (api: Api, signal: AbortSignal) => Promise<T>): Loaded<T> {
	const api = useApi();
	const [state, setState] = useState<State<T>>({ key: null, data: undefined, error: null });
	const [round, setRound] = useState(0);
	const asked = key === null ? null : `${key} ${round}`;

	// biome-ignore lint/correctness/useExhaustiveDependencies: the key names what is loaded
	useEffect(() => {
		if (asked === null) return;
		const abort = new AbortController();
		load(api, abort.signal).then(
			(data) => !abort.signal.aborted && setState({ key: asked, data, error: null }),
			(error: unknown) => !abort.signal.aborted && setState(({ data }) => ({ key: asked, data, error })),
		);
		return () => abort.abort();
	}, [api, asked]);

	const reload = useCallback(() => setRound((count) => count + 1), []);
	return { data: state.data, error: state.error, isLoading: asked !== null && state.key !== asked, reload };
}
