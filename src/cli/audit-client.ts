/** The client's part about the audit. */

import type { z } from 'zod';
import type { auditResource } from '../audit/routes.ts';
import type { HttpConnection, Query } from './http-connection.ts';

export type AuditResource = z.output<typeof auditResource>;

interface AuditPage {
	readonly items: readonly AuditResource[];
	readonly next: string | null;
}

export interface AuditClient {
	/** The newest first, at most `limit` of them. */
	audit(filter: Query, limit: number): Promise<readonly AuditResource[]>;
}

const longestPage = 200;

export function createAuditClient(http: HttpConnection): AuditClient {
	return {
		async audit(filter, limit) {
			const entries: AuditResource[] = [];
			let after: string | undefined;
			while (entries.length < limit) {
				const size = Math.min(limit - entries.length, longestPage);
				const page: AuditPage = await http.request('GET', '/audit', { query: { ...filter, after, limit: size } });
				entries.push(...page.items);
				if (page.next === null) break;
				after = page.next;
			}
			return entries;
		},
	};
}
