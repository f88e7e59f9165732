/** What views of entries look up beyond the entries themselves. */

import { useSelector } from '@xstate/store-react';
import { createContext, useContext } from 'react';
import { useResource } from '../../connection/session-context.ts';
import type { PageStore } from '../../store/page-store.ts';
import type { OpenRequest, Prompt } from '../../store/resources.ts';
import { type Lookup, useLookup } from '../transcript/lookup.ts';

export interface TranscriptLookups {
	/** The agent's prompts as they are. */
	readonly store: PageStore;
	readonly prompts: Lookup<Prompt>;
	readonly requests: Lookup<OpenRequest>;
}

export const LookupsContext = createContext<TranscriptLookups | null>(null);

function useLookups(): TranscriptLookups {
	const lookups = useContext(LookupsContext);
	if (lookups === null) throw new Error('This component stands outside of a transcript');
	return lookups;
}

/** As the stream tells it, or else as it was when it was asked for; undefined while it is not known. */
export function usePrompt(id: string): Prompt | undefined {
	const { store, prompts } = useLookups();
	const live = useSelector(store, ({ context }) => context.resources.prompt.get(id));
	const found = useLookup(prompts, id, live !== undefined);
	return live ?? found;
}

export function useRequest(id: string): OpenRequest | undefined {
	const live = useResource('request', id);
	const found = useLookup(useLookups().requests, id, live !== undefined);
	return live ?? found;
}
