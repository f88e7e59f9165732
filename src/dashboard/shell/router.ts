/** Addresses in the page: `#/agents/agt_1?tab=journal`. Pure parsing, and a hook that follows the address. */

import { useSyncExternalStore } from 'react';

export interface Address {
	/** Decoded, without empty ones. */
	readonly segments: readonly string[];
	readonly query: URLSearchParams;
}

/** Undecodable segments stay as they are written. */
export function parseHash(hash: string): Address {
	const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
	const segments = path.split('/').filter((segment) => segment !== '');
	return { segments: segments.map(decode), query: new URLSearchParams(query) };
}

function decode(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

/** `linkTo(['agents', id], { tab: 'journal' })`: for `href`. Empty values are left out. */
export function linkTo(segments: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
	const fields = Object.entries(query).filter((field): field is [string, string] => Boolean(field[1]));
	const tail = fields.length === 0 ? '' : `?${new URLSearchParams(fields)}`;
	return `#/${segments.map(encodeURIComponent).join('/')}${tail}`;
}

/** Goes there; the browser's back button comes back. */
export function navigate(link: string): void {
	window.location.hash = link;
}

/** Changes the address of what is in sight without going anywhere: a filter, an open tab. */
export function replaceAddress(link: string): void {
	window.history.replaceState(window.history.state, '', link);
}

export function useHash(): string {
	return useSyncExternalStore(listen, () => window.location.hash);
}

function listen(onChange: () => void): () => void {
	window.addEventListener('hashchange', onChange);
	return () => window.removeEventListener('hashchange', onChange);
}
