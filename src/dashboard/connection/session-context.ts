/** The session, for every component below the shell. */

import { useSelector } from '@xstate/store-react';
import { createContext, useContext } from 'react';
import type { PageContext } from '../store/page-store.ts';
import type { ResourceKind, Resources } from '../store/resources.ts';
import type { Api } from './api.ts';
import type { Session } from './session.ts';

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
	const session = useContext(SessionContext);
	if (session === null) throw new Error('This component stands outside of a session');
	return session;
}

export function useApi(): Api {
	return useSession().api;
}

/** A part of the page's state; drawn again only when it is another one. */
export function usePage<T>(select: (context: PageContext) => T, isSame?: (a: T | undefined, b: T) => boolean): T {
	const { store } = useSession();
	return useSelector(store, ({ context }) => select(context), isSame);
}

/** One resource as it is now; undefined when the page knows of none. */
export function useResource<K extends ResourceKind>(kind: K, id: string | null | undefined): Resources[K] | undefined {
	return usePage(({ resources }) => (id == null ? undefined : resources[kind].get(id)));
}
