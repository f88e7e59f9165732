/**
 * How a connection to `/stream` is, as a small state machine. Pure.
 *
 *     connecting ──live──▶ live ──lost──▶ waiting ──retry──▶ connecting
 *          └──lost──▶ waiting                 refused ──retry──▶ connecting
 *          └──refused──▶ refused
 */

export type StreamStatus =
	/** `lostSince`: since when the data is old, epoch ms; null when there never was any. */
	| { readonly state: 'connecting'; readonly lostSince: number | null; readonly attempt: number }
	| { readonly state: 'live' }
	| {
			readonly state: 'waiting';
			readonly lostSince: number | null;
			readonly attempt: number;
			readonly nextTryAt: number;
	  }
	/** It makes no sense to try again with this token. */
	| { readonly state: 'refused'; readonly reason: 'token' | 'forbidden'; readonly lostSince: number | null };

export type StreamSignal =
	| { readonly type: 'live' }
	/** The socket closed, or was silent for too long. `delayMs` is waited for before the next try. */
	| { readonly type: 'lost'; readonly at: number; readonly code: number; readonly delayMs: number }
	| { readonly type: 'retry' };

const refusals: Readonly<Record<number, 'token' | 'forbidden'>> = { 4401: 'token', 4403: 'forbidden' };

export function nextStatus(status: StreamStatus, signal: StreamSignal): StreamStatus {
	switch (signal.type) {
		case 'live':
			return status.state === 'connecting' ? { state: 'live' } : status;
		case 'retry':
			if (status.state === 'waiting') return { ...pickLoss(status), state: 'connecting' };
			return status.state === 'refused' ? { state: 'connecting', lostSince: status.lostSince, attempt: 0 } : status;
		case 'lost':
			return status.state === 'live' || status.state === 'connecting' ? lose(status, signal) : status;
	}
}

function lose(
	status: Extract<StreamStatus, { state: 'live' | 'connecting' }>,
	{ at, code, delayMs }: Extract<StreamSignal, { type: 'lost' }>,
): StreamStatus {
	const { lostSince, attempt } = status.state === 'live' ? { lostSince: at, attempt: 0 } : status;
	const reason = refusals[code];
	if (reason !== undefined) return { state: 'refused', reason, lostSince };
	return { state: 'waiting', lostSince: lostSince ?? at, attempt: attempt + 1, nextTryAt: at + delayMs };
}

function pickLoss({ lostSince, attempt }: Extract<StreamStatus, { state: 'waiting' }>) {
	return { lostSince, attempt };
}

const firstDelayMs = 400;
const longestDelayMs = 15_000;

/**
 * How long to wait before try number `attempt` (from 0), milliseconds: between half and all of a doubled
 * delay, so that many pages do not return at once. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
	const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 20));
	return Math.round(ceiling / 2 + (random * ceiling) / 2);
}
