/** Remembers an answer that is dear to find, such as which programs are installed. */

import type { Clock } from '../durable/clock.ts';

/** Finds at most once in `keepMs`, however many ask; what failed is not remembered. */
export function remember<T>(find: () => Promise<T>, keepMs: number, clock: Pick<Clock, 'now'>): () => Promise<T> {
	let found: { readonly answer: Promise<T>; readonly at: number } | undefined;
	return () => {
		if (found !== undefined && clock.now() - found.at < keepMs) return found.answer;
		const answer = find();
		const mine = { answer, at: clock.now() };
		found = mine;
		answer.catch(() => {
			if (found === mine) found = undefined;
		});
		return answer;
	};
}
