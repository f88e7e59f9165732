/**
 * What is read out of a transcript to those who do not see it: whole messages, requests and the ends of
 * turns, once each. Chunks, thoughts and tools would never let them get a word in. Pure.
 */

import { showOnOneLine } from '../../content/visible-text.ts';
import type { Entry } from './entry.ts';
import type { Transcript } from './transcript.ts';

/** What came before that many entries ago is not looked at again. */
const lookBack = 100;
/** So much of a message is read out; the rest is there to be read. */
const messageLimit = 400;

/** Null when there is nothing to say. */
export function announceNews(before: Transcript, after: Transcript): string | null {
	const from = Math.max(0, before.entries.length - lookBack);
	const news = after.entries
		.slice(from)
		.filter((entry, index) => entry !== before.entries[from + index])
		.map((entry) => announceEntry(entry, findOld(before, from, entry.key)))
		.filter((words) => words !== null);
	return news.length === 0 ? null : news.slice(-3).join('. ');
}

function findOld(before: Transcript, from: number, key: string): Entry | undefined {
	return before.entries.slice(from).find((entry) => entry.key === key);
}

function announceEntry(entry: Entry, old: Entry | undefined): string | null {
	switch (entry.kind) {
		case 'message': {
			const wasFinished = old?.kind === 'message' && old.isFinished;
			return entry.isFinished && !wasFinished ? `Agent: ${showOnOneLine(entry.text, messageLimit)}` : null;
		}
		case 'request':
			return old === undefined ? `The agent asks: ${showOnOneLine(entry.title)}` : null;
		case 'turn-end':
			return old === undefined ? `Turn ${entry.outcome}` : null;
		default:
			return null;
	}
}
