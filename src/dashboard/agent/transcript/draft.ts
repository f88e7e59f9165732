/**
 * A transcript being added to: the entries so far, and which of them may still change. Slots name those,
 * for example `tool:call_7`; an entry without a slot is as it will ever be. Used within one fold only.
 */

import type { Entry, Milestone, SpeechEntry, Tone } from './entry.ts';

/** A merged entry is cut at so many lines, milestones or reports: what grows is copied each time. */
const mergedLimit = 200;

export interface Draft {
	readonly entries: Entry[];
	readonly slots: Map<string, number>;
}

export function pushEntry(draft: Draft, entry: Entry, slot?: string): void {
	if (slot !== undefined) draft.slots.set(slot, draft.entries.length);
	draft.entries.push(entry);
}

/** The entry in a slot, if it is there and of that kind. */
export function findEntry<K extends Entry['kind']>(
	draft: Draft,
	slot: string,
	kind: K,
): Extract<Entry, { kind: K }> | undefined {
	const entry = draft.entries[draft.slots.get(slot) ?? -1];
	return entry?.kind === kind ? (entry as Extract<Entry, { kind: K }>) : undefined;
}

/** Puts another form of an entry in its place. */
export function replaceEntry(draft: Draft, slot: string, entry: Entry): void {
	const index = draft.slots.get(slot);
	if (index !== undefined) draft.entries[index] = entry;
}

/** Ends messages and thoughts: all, or those in one slot. */
export function finishSpeech(draft: Draft, only?: string): void {
	for (const slot of [...draft.slots.keys()]) {
		const isAsked = only === undefined ? isSpeech(slot) : slot === only;
		if (!isAsked) continue;
		const entry = findSpeech(draft, slot);
		if (entry) replaceEntry(draft, slot, { ...entry, isFinished: true });
		draft.slots.delete(slot);
	}
}

export function findSpeech(draft: Draft, slot: string): SpeechEntry | undefined {
	const entry = draft.entries[draft.slots.get(slot) ?? -1];
	return entry?.kind === 'message' || entry?.kind === 'thought' ? entry : undefined;
}

function isSpeech(slot: string): boolean {
	return slot.startsWith('message:') || slot.startsWith('thought:');
}

/** Tools whose turn is over will not end any more. */
export function abandonTools(draft: Draft, at: string): void {
	for (const slot of draft.slots.keys()) {
		if (!slot.startsWith('tool:')) continue;
		const entry = findEntry(draft, slot, 'tool');
		if (entry && entry.endedAt === null) replaceEntry(draft, slot, { ...entry, status: 'abandoned', endedAt: at });
	}
}

/** Nobody waits any more for what the turn asked; what is asked about its end is asked at that moment. */
export function cutOffRequests(draft: Draft, at: string): void {
	for (const slot of draft.slots.keys()) {
		const entry = slot.startsWith('request:') ? findEntry(draft, slot, 'request') : undefined;
		if (entry && entry.at !== at) replaceEntry(draft, slot, { ...entry, isCutOff: true });
	}
}

/** Forgets what belonged to the turn before: its tools and its plan stay as they are. */
export function closeTurn(draft: Draft): void {
	for (const slot of [...draft.slots.keys()]) {
		if (slot.startsWith('tool:') || slot === 'plan' || slot === 'prompt') draft.slots.delete(slot);
	}
}

/** Adds to the last entry when it is of the same kind and has room; otherwise begins one. */
export function mergeOrPush<K extends 'log' | 'milestones' | 'other'>(
	draft: Draft,
	kind: K,
	merge: (last: Extract<Entry, { kind: K }>) => { readonly size: number; readonly entry: Entry },
	begin: () => Entry,
): void {
	const last = draft.entries.at(-1);
	if (last?.kind === kind) {
		const { size, entry } = merge(last as Extract<Entry, { kind: K }>);
		if (size <= mergedLimit) {
			draft.entries[draft.entries.length - 1] = entry;
			return;
		}
	}
	draft.entries.push(begin());
}

export function pushMilestone(
	draft: Draft,
	{ seq, at }: Pick<Milestone, 'seq' | 'at'>,
	text: string,
	tone: Tone = 'plain',
): void {
	const milestone: Milestone = { seq, at, text, tone };
	mergeOrPush(
		draft,
		'milestones',
		(last) => ({ size: last.milestones.length + 1, entry: { ...last, milestones: [...last.milestones, milestone] } }),
		() => ({ kind: 'milestones', key: `milestones:${seq}`, seq, at, milestones: [milestone] }),
	);
}
