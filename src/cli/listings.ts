/** Reads listings of the API to their end, and writes what stands in its paths. */

import type { HttpConnection, Query } from './http-connection.ts';
import type { ListingResource } from './resources.ts';

const pageSize = 200;

/** Reads page after page, and answers them as one listing. */
export async function listAll<T>(http: HttpConnection, path: string, query: Query = {}): Promise<ListingResource<T>> {
	const items: T[] = [];
	for (;;) {
		const page = await http.request<ListingResource<T>>('GET', path, {
			query: { ...query, limit: pageSize, offset: items.length },
		});
		items.push(...page.items);
		if (page.items.length === 0 || items.length >= page.total)
			return { items, total: Math.max(page.total, items.length), limit: items.length, offset: 0 };
	}
}

/** One segment of a path, whatever it holds. */
export function segment(text: string): string {
	return encodeURIComponent(text);
}
