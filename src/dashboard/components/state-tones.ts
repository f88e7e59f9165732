/** What kind of news a state is, for every machine here. Pure. */

export type Tone = 'busy' | 'ok' | 'idle' | 'waiting' | 'warn' | 'danger' | 'off';

const tones: Readonly<Record<Tone, readonly string[]>> = {
	busy: [
		'busy',
		'working',
		'running',
		'dispatching',
		'dispatched',
		'connecting',
		'merging',
		'restarting',
		'in_progress',
	],
	ok: ['completed', 'approved', 'answered', 'finished', 'merged', 'live', 'ok', 'ready', 'watching', 'enabled'],
	idle: ['idle', 'waiting', 'assigned', 'open'],
	waiting: ['pending', 'starting', 'spawning', 'initializing', 'queued', 'cancelling', 'waiting_for_tasks'],
	warn: [
		'awaitingInput',
		'waiting_for_user',
		'in_review',
		'blocked',
		'suspended',
		'interrupted',
		'conflicted',
		'timed_out',
		'warn',
		'stale',
		'backingOff',
		'backing_off',
		'resting',
	],
	danger: ['failed', 'killed', 'dead', 'rejected'],
	off: ['stopped', 'disabled', 'absent', 'cancelled', 'withdrawn', 'skipped', 'settled'],
};

const byState: ReadonlyMap<string, Tone> = new Map(
	Object.entries(tones).flatMap(([tone, states]) => states.map((state) => [state, tone as Tone] as const)),
);

/** Within another state they say nothing: a failed agent that rests has failed. */
const partOnly: ReadonlySet<string> = new Set(['ready', 'resting']);

/** Of a state or a dotted path of states, the innermost that is known; `idle` for strangers. */
export function toneOf(state: string): Tone {
	const parts = state.split('.');
	const known = parts.findLast((part, depth) => byState.has(part) && (depth === 0 || !partOnly.has(part)));
	return (known && byState.get(known)) || 'idle';
}
