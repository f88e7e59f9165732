/**
 * What must hold in the end, worked out from what senders were told and what the journal says. It
 * knows nothing of how the core works.
 */
import type { JournalEntry } from '../../src/durable/store.ts';
import type { WorkerContext } from './worlds/worker.ts';

/** What a sender knows: `unknown` when the process died, or the store failed, before it was answered. */
export type Answer = 'accepted' | 'refused' | 'failed' | 'unknown';

export interface Sent {
	readonly address: string;
	readonly event: { readonly type: string; readonly token?: string; readonly to?: string };
	answer: Answer;
}

export interface Findings {
	readonly sent: readonly Sent[];
	readonly journal: readonly JournalEntry[];
	readonly contexts: ReadonlyMap<string, WorkerContext>;
	readonly shouts: readonly string[];
}

/** Where the token of an accepted event must turn up, once. */
const traces: Readonly<Record<string, keyof WorkerContext>> = {
	MARK: 'marked',
	PASS: 'got',
	ALARM: 'rang',
	SHOUT: 'shouted',
};

export function findFaults(findings: Findings): string[] {
	return [
		...findings.sent.flatMap((sent) => checkAnswer(sent, findings)),
		...checkJournal(findings.journal),
		...checkRunners(findings),
	];
}

function checkAnswer({ address, event, answer }: Sent, { journal, contexts, shouts }: Findings): string[] {
	const { type, token } = event;
	if (token === undefined) return [];
	const name = `${type} ${token} to ${address} (${answer})`;
	const steps = journal.filter((line) => line.address === address && isEvent(line, type, token)).length;
	const faults: string[] = [];
	if (answer === 'accepted' && steps !== 1) faults.push(`${name} is in the journal ${steps} times`);
	if ((answer === 'refused' || answer === 'failed') && steps !== 0) faults.push(`${name} is in the journal`);
	if (steps > 1) faults.push(`${name} was taken ${steps} times`);
	const kind = traces[type];
	const found = kind && contexts.get(event.to ?? address)?.[kind].filter((each) => each === token).length;
	if (found !== undefined && found !== steps) faults.push(`${name} left ${found} traces of ${steps}`);
	const heard = shouts.includes(token);
	if (type === 'SHOUT' && heard !== steps > 0) faults.push(`${name} was ${heard ? '' : 'not '}heard outside`);
	return faults;
}

function isEvent({ event }: JournalEntry, type: string, token: string): boolean {
	const parsed = JSON.parse(event) as { type: string; token?: string };
	return parsed.type === type && parsed.token === token;
}

/** Versions without gaps; a child begins anew at 1. */
function checkJournal(journal: readonly JournalEntry[]): string[] {
	const last = new Map<string, JournalEntry>();
	return journal.flatMap((line) => {
		const before = last.get(line.address);
		last.set(line.address, line);
		const follows = line.version === (before?.version ?? 0) + 1 && line.from === (before?.to ?? null);
		return follows ? [] : [`${line.address}@${line.version} does not follow ${before?.version} (${before?.to})`];
	});
}

/** Every runner that was hired told of its progress once and was heard to end once. */
function checkRunners({ journal, contexts }: Findings): string[] {
	return [...contexts].flatMap(([address, { progress, ended }]) => {
		const hired = journal
			.filter((line) => line.address === address && line.event.includes('"HIRE"'))
			.map(({ event }) => (JSON.parse(event) as { token: string }).token)
			.sort();
		const differs = (told: readonly string[]) => JSON.stringify([...told].sort()) !== JSON.stringify(hired);
		return [
			...(differs(progress) ? [`${address} heard of ${progress}, having hired ${hired}`] : []),
			...(differs(ended) ? [`${address} saw ${ended} end, having hired ${hired}`] : []),
		];
	});
}
