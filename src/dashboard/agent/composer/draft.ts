/**
 * A prompt being written, kept for each agent in this tab, and the attempts to submit it. Pure.
 *
 * 1. What was submitted leaves the box at once, so that one can write on; it comes back if it fails.
 * 2. An attempt whose answer never came is made again as it was, under the same key, before anything
 *    else: the server takes it once.
 * 3. An attempt ends when the server has answered, yes or no.
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

export interface Submission {
	readonly attempt: Attempt;
	/** What stays in the box meanwhile. */
	readonly draft: Draft;
	/** The box holds another prompt, which comes next. */
	readonly hasMore: boolean;
}

/** What to submit next, of a draft that is not empty. */
export function beginAttempt(draft: Draft, start: boolean, createKey: () => string): Submission {
	const { text } = draft;
	const attempt = draft.attempt ?? { key: createKey(), text, start };
	const hasMore = text.trim() !== '' && text !== attempt.text;
	return { attempt, draft: { text: hasMore ? text : '', attempt }, hasMore };
}

/** The attempt was accepted: what was written since is left. */
export function settleAttempt({ text }: Draft): Draft {
	return { text, attempt: null };
}

/** The attempt failed. What was refused goes back into the box, before what was written since. */
export function failAttempt({ text, attempt }: Draft, isOpen: boolean): Draft {
	if (attempt === null) return { text, attempt };
	if (text.trim() === '') return { text: attempt.text, attempt: isOpen ? attempt : null };
	return isOpen ? { text, attempt } : { text: `${attempt.text}\n\n${text}`, attempt: null };
}

/** Whether there is anything to submit. */
export function isEmptyDraft({ text, attempt }: Draft): boolean {
	return attempt === null && text.trim() === '';
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
