/** Reads the audit, newest first. */
import type { AuditReads, AuditView } from '../audit/views.ts';
import type { AuditEntry } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import { parseJson, toNumber } from './row-values.ts';

export function createAuditQueries(client: ReadClient): AuditReads {
	return {
		async audit({ agentId, action, by }, { after, limit }) {
			const rows = await client.auditEntry.findMany({
				where: {
					...(agentId !== undefined && { agentId }),
					...(action !== undefined && { action: action.endsWith('.') ? { startsWith: action } : action }),
					...(by !== undefined && { by }),
					// Ids are in the order of time.
					...(after !== undefined && { id: { lt: after } }),
				},
				orderBy: { id: 'desc' },
				take: limit,
			});
			return rows.map(toAuditView);
		},
	};
}

function toAuditView({ at, detail, ...row }: AuditEntry): AuditView {
	return { ...row, at: toNumber(at), detail: parseJson(detail) };
}
