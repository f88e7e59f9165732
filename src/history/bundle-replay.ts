/** Replays a bundle with the machines of this program, wherever it was made. */

import { type DurableDefinition, hashDefinition } from '../durable/definition.ts';
import { StatecraftError } from '../errors.ts';
import { packageVersion } from '../package.ts';
import type { Bundle } from './bundle-format.ts';
import { replayJournal } from './replay.ts';

/** One step of a bundle, and what this program's machine made of it. */
export interface BundleStep {
	readonly version: number;
	readonly event: string;
	/** State after it, as the journal says. */
	readonly expected: string;
	readonly verdict: 'agrees' | 'differs' | 'notJudged';
	/** Null where it agrees. */
	readonly reason: string | null;
}

export interface BundleReport {
	readonly actor: string;
	readonly machineId: string;
	/** Whether the machine is word for word the one that the bundle was made with. */
	readonly sameDefinition: boolean;
	readonly madeWith: string;
	readonly replayedWith: string;
	readonly quarantine: string | null;
	/** Whether the file is there to its end. */
	readonly complete: boolean;
	readonly transitions: number;
	readonly agreed: number;
	readonly steps: readonly BundleStep[];
	/** Whether every step agrees and none is missing. */
	readonly ok: boolean;
}

/** Throws `bundle_invalid` where this program has no such machine. */
export function replayBundle(
	{ header, transitions, end }: Bundle,
	definitions: readonly DurableDefinition[],
): BundleReport {
	const { machine } = header;
	const definition = definitions.find((candidate) => candidate.machine.id === machine.id);
	if (!definition) throw new StatecraftError('bundle_invalid', `There is no machine "${machine.id}" in this program`);
	const steps = [...replayJournal(definition, transitions)].map((replayed): BundleStep => {
		const { version, event, to } = replayed.line;
		const facts = { version, event: event.type, expected: to };
		if ('standing' in replayed) return { ...facts, verdict: 'agrees', reason: null };
		const { since, reason } = replayed.departure;
		return { ...facts, verdict: since === version ? 'differs' : 'notJudged', reason };
	});
	const agreed = steps.filter(({ verdict }) => verdict === 'agrees').length;
	const complete = end !== null && steps.length === header.transitions;
	return {
		actor: header.actor,
		machineId: machine.id,
		sameDefinition: hashDefinition(definition.machine) === machine.definitionHash,
		madeWith: header.statecraft,
		replayedWith: packageVersion,
		quarantine: header.quarantine,
		complete,
		transitions: header.transitions,
		agreed,
		steps,
		ok: complete && agreed === steps.length,
	};
}
