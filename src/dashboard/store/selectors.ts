/** What screens ask of the page's state. Each remembers its last answer while what it reads is the same. */

import type { PageContext } from './page-store.ts';
import type { OpenRequest, ResourceKind, Resources } from './resources.ts';

/** A selector that is computed again only when the part it reads is another one. */
export function remember<P, T>(
	pick: (context: PageContext) => P,
	compute: (part: P) => T,
): (context: PageContext) => T {
	let last: { readonly part: P; readonly value: T } | undefined;
	return (context) => {
		const part = pick(context);
		if (last === undefined || last.part !== part) last = { part, value: compute(part) };
		return last.value;
	};
}

/** All of a kind, as a list. */
export function listOf<K extends ResourceKind>(kind: K) {
	return remember(
		({ resources }): ReadonlyMap<string, Resources[K]> => resources[kind],
		(map): ReadonlyArray<Resources[K]> => [...map.values()],
	);
}

export const selectAgents = listOf('agent');

export const selectOpenRequests = remember(
	({ resources }) => resources.request,
	(requests): readonly OpenRequest[] => [...requests.values()].filter(({ status }) => status === 'open'),
);

export const selectOpenCount = (context: PageContext): number => selectOpenRequests(context).length;
