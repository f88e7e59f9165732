/** What there is to read of the audit. */

export interface AuditView {
	/** `aud_…`. */
	readonly id: string;
	/** Epoch milliseconds. */
	readonly at: number;
	readonly by: string;
	readonly action: string;
	readonly agentId: string | null;
	readonly subject: string | null;
	readonly reason: string | null;
	readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditFilter {
	readonly agentId?: string;
	/** An action, or a prefix of actions that ends in a dot. */
	readonly action?: string;
	readonly by?: string;
}

export interface AuditReads {
	/** Newest first, those older than the entry `after`; at most `limit`. */
	audit(filter: AuditFilter, page: { readonly after?: string; readonly limit: number }): Promise<readonly AuditView[]>;
}
