/** The machines' pictures, fetched once each for as long as the session lasts. */

import { useEffect, useState } from 'react';
import type { Api } from '../connection/api.ts';
import { useApi } from '../connection/session-context.ts';
import { type Picture, readPicture } from './picture.ts';

const pictures = new WeakMap<Api, Map<string, Promise<Picture>>>();

function loadPicture(api: Api, machineId: string): Promise<Picture> {
	const known = pictures.get(api) ?? new Map<string, Promise<Picture>>();
	pictures.set(api, known);
	const loaded =
		known.get(machineId) ?? api.text(`/machines/${encodeURIComponent(machineId)}/diagram.svg`).then(readPicture);
	known.set(machineId, loaded);
	// Whoever asks next tries again.
	loaded.catch(() => known.delete(machineId));
	return loaded;
}

export interface LoadedPicture {
	/** Null while it is on its way, and when it could not be had. */
	readonly picture: Picture | null;
	readonly error: Error | null;
	retry(): void;
}

export function usePicture(machineId: string): LoadedPicture {
	const api = useApi();
	const [attempt, setAttempt] = useState(0);
	const [answer, setAnswer] = useState<{ of: string; picture: Picture | null; error: Error | null } | null>(null);
	// biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is a reason of its own
	useEffect(() => {
		let isWanted = true;
		loadPicture(api, machineId).then(
			(picture) => isWanted && setAnswer({ of: machineId, picture, error: null }),
			(error: Error) => isWanted && setAnswer({ of: machineId, picture: null, error }),
		);
		return () => {
			isWanted = false;
		};
	}, [api, machineId, attempt]);
	const current = answer?.of === machineId ? answer : null;
	return {
		picture: current?.picture ?? null,
		error: current?.error ?? null,
		retry() {
			setAnswer(null);
			setAttempt(attempt + 1);
		},
	};
}
