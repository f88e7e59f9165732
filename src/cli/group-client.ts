/** The client's part about groups of agents. */

import type { z } from 'zod';
import type { groupResource, saveGroupBody } from '../agents/groups/schemas.ts';
import type { HttpConnection } from './http-connection.ts';
import { listAll, segment } from './listings.ts';
import type { ListingResource } from './resources.ts';

export type GroupResource = z.output<typeof groupResource>;
export type GroupBody = z.input<typeof saveGroupBody>;

export interface GroupClient {
	groups(): Promise<ListingResource<GroupResource>>;
	/** By id or by name. */
	group(reference: string): Promise<GroupResource>;
	createGroup(body: GroupBody): Promise<GroupResource>;
	/** Refused with `stale_state` unless the group still has this version. */
	replaceGroup(id: string, body: GroupBody, version: number): Promise<GroupResource>;
	removeGroup(id: string): Promise<void>;
	resetGroup(id: string, reason?: string): Promise<GroupResource>;
}

export function createGroupClient(http: HttpConnection): GroupClient {
	const path = (id: string): string => `/groups/${segment(id)}`;
	return {
		groups: () => listAll(http, '/groups'),
		group: (reference) => http.request('GET', path(reference)),
		createGroup: (body) => http.request('POST', '/groups', { body }),
		replaceGroup: (id, body, version) =>
			http.request('PUT', path(id), { body, headers: { 'if-match': `"${version}"` } }),
		removeGroup: (id) => http.request('DELETE', path(id)),
		resetGroup: (id, reason) => http.request('POST', `${path(id)}/reset`, { body: { reason } }),
	};
}
