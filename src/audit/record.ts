/**
 * The audit: who or what decided something, when and why. A part adds a record to the transaction of
 * what it is about, so that there is neither a deed without its entry nor an entry without its deed.
 */

import type { DomainRecord } from '../durable/store.ts';
import { createId } from '../ids.ts';

/** Something that a person, a token or a rule did. */
export interface Deed {
	/** Name of the token, or of the rule that decided: `policy`, `deadline`, `budget`. */
	readonly by: string;
	/** What was done, dotted, named after the thing first: `agent.kill`, `request.answer`, `policy.change`. */
	readonly action: string;
	/** The agent it is about. */
	readonly agentId?: string | null;
	/** What it was done to: id of a request, prompt, task, workflow. */
	readonly subject?: string | null;
	/** Why, where it was said. */
	readonly reason?: string | null;
	/** What else is to be known. */
	readonly detail?: Readonly<Record<string, unknown>>;
}

/** @param at epoch milliseconds */
export function auditRecord(at: number, { by, action, agentId, subject, reason, detail }: Deed): DomainRecord {
	const row = {
		id: createId('audit', at),
		at,
		by,
		action,
		agent_id: agentId ?? null,
		subject: subject ?? null,
		reason: reason ?? null,
		detail: JSON.stringify(detail ?? {}),
	};
	return { op: 'insert', table: 'audit_entries', row };
}
