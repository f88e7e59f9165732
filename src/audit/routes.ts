/** The route that answers who did what, when and why. */

import { z } from 'zod';
import { renderTime, timeField } from '../http/fields.ts';
import { type Route, route } from '../http/route.ts';
import type { AuditFilter, AuditReads, AuditView } from './views.ts';

export interface AuditRouteDeps {
	readonly reads: AuditReads & { agent(idOrName: string): Promise<{ readonly id: string } | undefined> };
}

const auditQuery = z.strictObject({
	agentId: z.string().min(1).optional().describe('Id or name; of an agent that was removed, its id.'),
	action: z
		.string()
		.regex(/^[\w.]+$/, 'An action such as agent.kill, or a prefix such as agent.')
		.optional()
		.describe('`agent.kill`, or with a dot at its end all that begin so: `agent.`.'),
	by: z.string().min(1).optional().describe('Name of a token, or of the rule that decided.'),
	after: z.string().min(1).optional().describe('`next` of the page before.'),
	limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const auditResource = z
	.strictObject({
		id: z.string(),
		at: timeField,
		by: z.string(),
		action: z.string(),
		agentId: z.string().nullable(),
		subject: z.string().nullable(),
		reason: z.string().nullable(),
		detail: z.record(z.string(), z.unknown()),
	})
	.meta({ id: 'AuditEntry' });

const auditPage = z.strictObject({
	items: z.array(auditResource),
	next: z.string().nullable().describe('Send it as `after` for older entries; null when there are none.'),
});

const listAudit = route(
	{
		method: 'get',
		path: '/audit',
		scope: 'admin',
		tag: 'audit',
		summary: 'Who or what decided what, when and why: newest first',
		query: auditQuery,
		responses: { 200: { description: 'A page of entries', schema: auditPage } },
	},
	async ({ query }, { reads }: AuditRouteDeps) => {
		const { agentId, action, by, after, limit } = query;
		const filter: AuditFilter = {
			...(agentId !== undefined && { agentId: (await reads.agent(agentId))?.id ?? agentId }),
			...(action !== undefined && { action }),
			...(by !== undefined && { by }),
		};
		// One more than is answered says whether there is another page.
		const found = await reads.audit(filter, { limit: limit + 1, ...(after !== undefined && { after }) });
		const items = found.slice(0, limit);
		const next = found.length > limit ? (items.at(-1)?.id ?? null) : null;
		return { status: 200, body: { items: items.map(renderEntry), next } };
	},
);

export const auditRoutes: ReadonlyArray<Route<AuditRouteDeps>> = [listAudit];

function renderEntry({ at, ...entry }: AuditView): z.input<typeof auditResource> {
	return { ...entry, at: renderTime(at) };
}
