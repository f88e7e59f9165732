/**
 * A prompt being written, kept for each agent in this tab, and the attempts to submit it. Pure.
 *
 * 1. The same text submitted again after an answer that never came is the same attempt, under the same
 *    key: the server takes it once.
 * 2. An attempt ends when the server has answered, yes or no; what comes then is another one.
 */

export interface Attempt {
	/** Idempotency key, for ever. */
	readonly key: string;
	readonly text: string;
	/** The agent was to be started for it. */
	readonly start: boolean;
}

export interface Draft {
	readonly text: string;
	/** Submitted, and not known to have arrived. */
	readonly attempt: Attempt | null;
}

export const emptyDraft: Draft = { text: '', attempt: null };

/**
 * The attempt to submit the draft as it stands: the one under way if the text is the same, as it was made.
 * Whether the agent is to be started may be another question by now, and the prompt there already.
 */
export function beginAttempt({ text, attempt }: Draft, start: boolean, createKey: () => string): Attempt {
	return attempt?.text === text ? attempt : { key: createKey(), text, start };
}

/** What is left of a draft whose attempt was accepted: what was written since. */
export function settleAttempt(draft: Draft, accepted: Attempt): Draft {
	return draft.text === accepted.text ? emptyDraft : { ...draft, attempt: null };
}

/** Whether an error leaves it open if the prompt was taken: then the attempt is to be repeated as it was. */
export function isUndecided(status: number): boolean {
	return status === 0 || status >= 500;
}

/** What a draft is kept in: `sessionStorage`, mostly. */
export interface DraftStorage {
	getItem(key: string): string | null;
	setItem(key: string, value: string): void;
	removeItem(key: string): void;
}

const prefix = 'statecraft.draft.';

/** An empty one where nothing is kept, or nothing that can be read. */
export function readDraft(storage: DraftStorage, agentId: string): Draft {
	try {
		const kept: unknown = JSON.parse(storage.getItem(prefix + agentId) ?? 'null');
		return isDraft(kept) ? kept : emptyDraft;
	} catch {
		return emptyDraft;
	}
}

/** A full storage keeps nothing; the page goes on without. */
export function keepDraft(storage: DraftStorage, agentId: string, draft: Draft): void {
	try {
		if (draft.text === '' && draft.attempt === null) storage.removeItem(prefix + agentId);
		else storage.setItem(prefix + agentId, JSON.stringify(draft));
	} catch {
		// Too long a text for what the browser lets us keep.
	}
}

function isDraft(value: unknown): value is Draft {
	if (typeof value !== 'object' || value === null) return false;
	const { text, attempt } = value as Partial<Draft>;
	return typeof text === 'string' && (attempt === null || typeof attempt?.key === 'string');
}
