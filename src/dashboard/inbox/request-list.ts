/** Which requests wait, and which is to be answered first. Pure. */

import type { Agent, OpenRequest } from '../store/resources.ts';

/** The nearest deadline first, then those without one, the oldest first. */
export function orderRequests(requests: readonly OpenRequest[]): readonly OpenRequest[] {
	return [...requests].sort(
		(a, b) => compareTimes(a.deadlineAt, b.deadlineAt) || compareTimes(a.askedAt, b.askedAt) || (a.id < b.id ? -1 : 1),
	);
}

/** ISO 8601 in UTC compares as text; null is later than any. */
function compareTimes(a: string | null, b: string | null): number {
	if (a === b) return 0;
	if (a === null) return 1;
	if (b === null) return -1;
	return a < b ? -1 : 1;
}

/** What happens when nobody answers, in a sentence. */
export function describeSilence(request: OpenRequest, policy: Agent['policy'] | undefined): string {
	if (request.deadlineAt === null) return 'It waits until somebody answers.';
	const onDeadline = policy?.requests?.onDeadline ?? 'deny';
	if (onDeadline === 'keep') return 'If nobody answers in time, it stays open.';
	if (onDeadline === 'allow' && request.kind === 'permission') return 'If nobody answers in time, it is allowed once.';
	return 'If nobody answers in time, the answer is no.';
}

/** How near the deadline is: `soon` from a minute on. */
export function judgeDeadline(deadlineAt: string | null, now: number): 'none' | 'later' | 'soon' | 'over' {
	if (deadlineAt === null) return 'none';
	const leftMs = Date.parse(deadlineAt) - now;
	if (leftMs <= 0) return 'over';
	return leftMs < 60_000 ? 'soon' : 'later';
}

/** Where `j` and `k` lead from request `at` (-1: none) among `count`; null for other keys. */
export function nextRequest(key: string, at: number, count: number): number | null {
	if (count === 0) return null;
	if (key === 'j') return Math.min(at + 1, count - 1);
	return key === 'k' ? Math.max(at - 1, 0) : null;
}
