/**
 * The bundle: an actor's journal as a file that replays on another machine, for reports of bugs. JSON
 * lines: a header, every transition, an end.
 *
 * 1. No text of people, agents or the environment is in it: every one is replaced, see `redaction.ts`.
 * 2. It is replayed while it is written; its end says whether it leads where the journal does.
 */

import { arch, platform, release } from 'node:os';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { Reads } from '../agents/views.ts';
import { type DurableDefinition, serializeDefinition } from '../durable/definition.ts';
import { discloseContext } from '../durable/disclosure.ts';
import { packageVersion } from '../package.ts';
import type { BundleEnd, BundleHeader, BundleLine, BundleTransition } from './bundle-format.ts';
import { bundleFormat } from './bundle-format.ts';
import { renderAllDiffers, renderMachine } from './moments.ts';
import { redactQuotes, redactReason } from './quarantine-reason.ts';
import { createPseudonyms } from './redaction.ts';
import { type Departure, follow, type JournalLine, type Standing } from './replay.ts';
import { type StoredLine, type Timeline, toLine } from './timeline.ts';

export interface BundleParts {
	readonly address: string;
	readonly definition: DurableDefinition;
	/** Caught up with the journal. */
	readonly timeline: Timeline;
	readonly reads: Pick<Reads, 'journal' | 'quarantined'>;
	/** Epoch milliseconds. */
	readonly now: number;
}

const pageSize = 200;

export async function* writeBundle(parts: BundleParts): AsyncGenerator<BundleLine> {
	const { definition, timeline } = parts;
	const redact = createPseudonyms(definition);
	const { last } = timeline;
	yield await describe(parts, last);
	const replay = createCheck(definition);
	for await (const { event, seq: _, ...line } of readLines(parts, last)) {
		const transition: JournalLine = { ...line, event: redact(event) };
		replay.take(transition);
		yield { type: 'transition', ...transition } satisfies BundleTransition;
	}
	yield conclude(parts, last, replay.outcome());
}

/** The journal up to a version, page by page. */
export async function* readLines(
	{ address, timeline, reads }: Pick<BundleParts, 'address' | 'timeline'> & { readonly reads: Pick<Reads, 'journal'> },
	last: number,
): AsyncGenerator<StoredLine> {
	let after = timeline.startSeq;
	for (;;) {
		const page = await reads.journal(address, { after, limit: pageSize });
		for (const view of page) {
			if (view.version > last) return;
			after = view.seq;
			yield toLine(view);
		}
		if (page.length < pageSize) return;
		await endOfTurn();
	}
}

async function describe(
	{ address, definition, timeline, reads, now }: BundleParts,
	last: number,
): Promise<BundleHeader> {
	const quarantined = (await reads.quarantined()).find((actor) => actor.address === address);
	return {
		type: 'header',
		format: bundleFormat,
		statecraft: packageVersion,
		node: process.version,
		system: `${platform()} ${release()} ${arch()}`,
		madeAt: new Date(now).toISOString(),
		actor: address,
		machine: renderMachine(definition),
		definition: JSON.parse(serializeDefinition(definition.machine)),
		quarantine: quarantined ? redactReason(definition, quarantined.reason) : null,
		transitions: last,
		differs: renderAllDiffers(timeline).map((differs) => {
			return { ...differs, reason: redactQuotes(definition, differs.reason) };
		}),
	};
}

function conclude({ definition, timeline }: BundleParts, last: number, replay: BundleEnd['replay']): BundleEnd {
	const { head } = timeline;
	const isWhole = head?.version === last;
	return {
		type: 'end',
		transitions: last,
		state: timeline.stateOf(last),
		tags: isWhole ? [...head.snapshot.tags].sort() : null,
		context: isWhole ? discloseContext(definition, head.snapshot.context) : null,
		replay,
	};
}

/** Replays what is written, as whoever reads it will. */
function createCheck(definition: DurableDefinition) {
	let standing: Standing | null = null;
	let departure: Departure | null = null;
	let first: Departure | null = null;
	let agreed = 0;
	return {
		take(line: JournalLine): void {
			const replayed = follow(definition, line, standing, departure);
			standing = 'standing' in replayed ? replayed.standing : null;
			departure = 'standing' in replayed ? null : replayed.departure;
			first ??= departure;
			if (standing) agreed++;
		},
		outcome: (): BundleEnd['replay'] => ({ agreed, departure: first }),
	};
}
