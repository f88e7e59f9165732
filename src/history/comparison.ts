/** Differences between two moments of an actor. Worked out from what was, shown as far as it may be. */

import diff from 'microdiff';
import type { z } from 'zod';
import type { DurableDefinition } from '../durable/definition.ts';
import { renderTime } from '../http/fields.ts';
import type { Disclosing } from './disclosing.ts';
import { renderDiffers } from './moments.ts';
import type { comparisonResource } from './schemas.ts';
import type { Moment, Timeline } from './timeline.ts';

type ComparisonResource = z.input<typeof comparisonResource>;
type Difference = NonNullable<ComparisonResource['context']>[number];

export interface ComparisonParts {
	readonly address: string;
	readonly definition: DurableDefinition;
	readonly timeline: Timeline;
	readonly from: Moment;
	readonly to: Moment;
	readonly disclosing: Disclosing;
}

export function compareMoments(parts: ComparisonParts): ComparisonResource {
	const { address, timeline, from, to, disclosing } = parts;
	const before = renderSide(from, timeline);
	const after = renderSide(to, timeline);
	const [tagsBefore, tagsAfter] = [before.tags ?? [], after.tags ?? []];
	const areKnown = before.tags !== null && after.tags !== null;
	return {
		actor: address,
		from: before,
		to: after,
		tagsAdded: areKnown ? tagsAfter.filter((tag) => !tagsBefore.includes(tag)) : [],
		tagsRemoved: areKnown ? tagsBefore.filter((tag) => !tagsAfter.includes(tag)) : [],
		context: compareContexts(parts),
		contextShown: disclosing.shown,
	};
}

function renderSide({ line, replayed }: Moment, timeline: Timeline): ComparisonResource['from'] {
	const tags = 'standing' in replayed ? [...replayed.standing.snapshot.tags].sort() : null;
	const { version, at, to: state } = line;
	return { version, at: renderTime(at), state, tags, differs: renderDiffers(timeline, version) };
}

function compareContexts({ definition, from, to, disclosing }: ComparisonParts): Difference[] | null {
	if (!('standing' in from.replayed && 'standing' in to.replayed)) return null;
	const before = toJson(from.replayed.standing.snapshot.context);
	const after = toJson(to.replayed.standing.snapshot.context);
	const shownBefore = disclosing.context(definition, before);
	const shownAfter = disclosing.context(definition, after);
	const differences = diff(before, after).map(({ path }) => show(path, shownBefore, shownAfter));
	// What lies below something redacted is told of once, as that.
	return [...new Map(differences.map((difference) => [difference.path, difference])).values()];
}

/** Follows the path as far as both sides are shown: beyond, its keys may be somebody's words. */
function show(path: ReadonlyArray<string | number>, before: unknown, after: unknown): Difference {
	const walked: Array<string | number> = [];
	let [old, now] = [before, after];
	for (const key of path) {
		if (!isOpen(old) || !isOpen(now)) break;
		walked.push(key);
		[old, now] = [old[key], now[key]];
	}
	const kind = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
	return { kind, path: walked.join('.'), before: old ?? null, after: now ?? null };
}

function isOpen(value: unknown): value is Readonly<Record<string | number, unknown>> {
	return typeof value === 'object' && value !== null;
}

/** As it would have been stored. */
function toJson(context: unknown): Record<string, unknown> {
	return JSON.parse(JSON.stringify(context));
}
