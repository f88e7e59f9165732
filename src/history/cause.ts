/** What led to a step, told from its journal line: who sent the event, or which step of whom asked for it. */

import { beginning, type JournalLine, type Replayed } from './replay.ts';

export interface ResolvedCause {
	readonly kind: 'created' | 'reset' | 'send' | 'timer' | 'effect' | 'message' | 'child' | 'other';
	/** Of the timer, effect or message. */
	readonly id: string | null;
	/** Who sent it, as far as the event says. */
	readonly by: string | null;
	/** Address of the actor whose step asked for it, or that has ended; the actor itself for timers and effects. */
	readonly actor: string | null;
	/** That step's version; null where it is not known. */
	readonly version: number | null;
}

const unknown = { id: null, by: null, actor: null, version: null } as const;

export function resolveCause(line: JournalLine, replayed: Replayed): ResolvedCause {
	const { cause, event, address } = line;
	if (event.type === beginning) return { ...unknown, kind: line.version === 1 ? 'created' : 'reset' };
	if (cause === 'send') return { ...unknown, kind: 'send', by: typeof event.by === 'string' ? event.by : null };
	if (cause === 'child') return { ...unknown, kind: 'child', actor: childOf(line) };
	const [kind = '', ...rest] = cause.split(':');
	const id = rest.join(':');
	if (kind === 'timer') {
		const version = 'standing' in replayed ? (replayed.timer?.setBy ?? null) : null;
		return { ...unknown, kind, id, actor: address, version };
	}
	if (kind === 'effect' || kind === 'message') return { ...unknown, kind, id, ...originOf(id) };
	return { ...unknown, kind: 'other', id: cause };
}

/** The step that asked for an effect or message, whose id is made of the step's address and version. */
export function originOf(id: string): { readonly actor: string | null; readonly version: number | null } {
	const match = /^(.*?)(?:~\d+)?\/(\d+)\/\d+(?:\/told)?$/.exec(id);
	return match ? { actor: match[1] ?? null, version: Number(match[2]) } : { actor: null, version: null };
}

function childOf({ address, event }: JournalLine): string | null {
	return typeof event.actorId === 'string' ? `${address}/${event.actorId}` : null;
}
