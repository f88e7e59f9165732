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

type AskedAgent = Pick<Agent, 'executionState' | 'substate'> & Partial<Pick<Agent, 'policy'>>;

/**
 * Whether the turn that asked has been cut off: nobody waits for the answer then. One that was raised again
 * is waited for again, and of several only some may be; false where it cannot be told.
 */
export function isCutOff({ delivery }: Pick<OpenRequest, 'delivery'>, agent: AskedAgent | undefined): boolean {
	return delivery === 'turn' && agent !== undefined && agent.substate !== 'awaitingInput';
}

/** What happens when nobody answers, and where the answer goes if that is not to the turn that waits for it. */
export function describeSilence(request: OpenRequest, agent: AskedAgent | undefined): string {
	if (isCutOff(request, agent)) return cutOffWords;
	const silence = describeDeadline(request, agent?.policy);
	return request.delivery === 'prompt' ? `The answer reaches the agent as a prompt of its own. ${silence}` : silence;
}

const cutOffWords =
	'The turn that asked was cut off: nobody waits for the answer now. It is kept, and given if the agent asks the same again for this prompt; else it is dropped when the next turn of the agent ends.';

function describeDeadline(request: OpenRequest, policy: Agent['policy'] | undefined): string {
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
