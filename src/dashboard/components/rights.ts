/** What the token of this page may do, so that what it may not do is not offered. The server decides all the same. */

import { createContext, useContext } from 'react';
import type { Scope } from '../../http/route.ts';

export type Scopes = readonly Scope[];

/** Null until the server has told: then everything is offered. */
export const RightsContext = createContext<Scopes | null>(null);

export function mayDo(scopes: Scopes | null, scope: Scope): boolean {
	return scopes === null || scopes.includes('admin') || scopes.includes(scope);
}

export function useMay(scope: Scope): boolean {
	return mayDo(useContext(RightsContext), scope);
}

/** What is said on top of the page to whoever may not do everything; null for those who may. */
export function describeRights(scopes: Scopes | null): string | null {
	if (mayDo(scopes, 'admin')) return null;
	const more = [
		...(mayDo(scopes, 'prompt') ? ['send prompts'] : []),
		...(mayDo(scopes, 'answer') ? ['answer requests'] : []),
	];
	return more.length === 0
		? 'This token may only look.'
		: `This token may look and ${more.join(' and ')}, nothing more.`;
}
