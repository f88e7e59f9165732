/** Cursors belong to triggers: one that was stored for another trigger, or before an edit of this one, is void. */

import { createHash } from 'node:crypto';
import type { WorkflowView } from './views.ts';

/** The same for triggers that are configured the same. */
export function triggerKey(trigger: unknown): string {
	return createHash('sha256')
		.update(JSON.stringify(sortKeys(trigger)))
		.digest('hex')
		.slice(0, 16);
}

/** The stored cursor, if it is of the trigger as it is configured now. */
export function cursorOf({ cursor, trigger }: Pick<WorkflowView, 'cursor' | 'trigger'>): unknown {
	const stored = cursor as { readonly of: string; readonly value: unknown } | null;
	return stored?.of === triggerKey(trigger) ? stored.value : null;
}

function sortKeys(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sortKeys);
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
	return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
