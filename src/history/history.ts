/**
 * History: what any actor was as of any of its transitions, for the routes that show it. Keeps the timelines
 * of the actors that were looked at last.
 */

import type { z } from 'zod';
import { agentIdOf, agentKind } from '../agents/address.ts';
import { renderTransition } from '../agents/resources.ts';
import type { transitionResource } from '../agents/schemas.ts';
import type { Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableDefinition } from '../durable/definition.ts';
import { StatecraftError } from '../errors.ts';
import { readLines, writeBundle } from './bundle.ts';
import type { BundleLine } from './bundle-format.ts';
import { compareMoments } from './comparison.ts';
import { findCursor } from './cursor.ts';
import { discloseAs, type Shown } from './disclosing.ts';
import { renderAllDiffers, renderMachine, renderMoment } from './moments.ts';
import { listSegments } from './overview.ts';
import type { comparisonResource, momentResource, overviewResource } from './schemas.ts';
import { createTimeline, type Moment, type Timeline } from './timeline.ts';

/** Every method rejects with `actor_not_found` where the address has no journal. */
export interface History {
	overview(address: string): Promise<z.input<typeof overviewResource>>;
	/** Rejects with `version_not_found`. */
	moment(address: string, version: number, shown: Shown): Promise<z.input<typeof momentResource>>;
	/** Rejects with `version_not_found`. */
	compare(
		address: string,
		versions: { readonly from: number; readonly to: number },
		shown: Shown,
	): Promise<z.input<typeof comparisonResource>>;
	/** The whole journal, as it is now. */
	journal(address: string): Promise<AsyncIterable<z.input<typeof transitionResource>>>;
	bundle(address: string): Promise<AsyncIterable<BundleLine>>;
}

export interface HistoryDeps {
	/** Of root actors; those of children hang below them. */
	readonly definitions: readonly DurableDefinition[];
	readonly reads: Pick<Reads, 'journal' | 'snapshot' | 'quarantined' | 'events' | 'lastEventSeq'>;
	readonly clock: Pick<Clock, 'now'>;
}

interface Found {
	readonly address: string;
	readonly definition: DurableDefinition;
	readonly timeline: Timeline;
}

/** A timeline of 20,000 versions takes about 3 MB. */
const mostTimelines = 16;

export function createHistory({ definitions, reads, clock }: HistoryDeps): History {
	/** The one that was looked at last comes last. */
	const timelines = new Map<string, Timeline>();

	async function find(address: string): Promise<Found> {
		const definition = definitionOf(address);
		if (!definition) throw absent(address);
		const timeline = keep(address, timelines.get(address) ?? createTimeline({ definition, address, reads }));
		await timeline.catchUp();
		if (timeline.last > 0) return { address, definition, timeline };
		timelines.delete(address);
		throw absent(address);
	}

	/** Before it is caught up: who asks meanwhile waits for the same replay. */
	function keep(address: string, timeline: Timeline): Timeline {
		timelines.delete(address);
		timelines.set(address, timeline);
		const [oldest] = timelines.keys();
		if (timelines.size > mostTimelines && oldest !== undefined) timelines.delete(oldest);
		return timeline;
	}

	function definitionOf(address: string): DurableDefinition | undefined {
		const [root = '', ...below] = address.split('/');
		const kind = root.slice(0, root.indexOf(':'));
		// A parent has children of one kind.
		return below.reduce<DurableDefinition | undefined>(
			(parent) => Object.values(parent?.children ?? {})[0],
			definitions.find((definition) => definition.kind === kind),
		);
	}

	async function demand({ address, timeline }: Found, version: number): Promise<Moment> {
		const moment = await timeline.moment(version);
		if (moment) return moment;
		const { last } = timeline;
		throw new StatecraftError('version_not_found', `${address} has no version ${version}: its last one is ${last}`, {
			expected: { from: 1, to: last },
			actual: version,
		});
	}

	async function cursorOf(address: string, { line, replayed }: Moment): Promise<number | null> {
		if (!address.startsWith(`${agentKind}:`)) return null;
		const told = 'standing' in replayed ? (replayed.plan.unit.events ?? []) : null;
		return findCursor(reads, { agentId: agentIdOf(address), version: line.version, told });
	}

	return {
		async overview(address) {
			const { definition, timeline } = await find(address);
			return {
				actor: address,
				machine: renderMachine(definition),
				last: timeline.last,
				segments: listSegments(timeline),
				differs: renderAllDiffers(timeline),
			};
		},
		async moment(address, version, shown) {
			const found = await find(address);
			const moment = await demand(found, version);
			const cursor = await cursorOf(address, moment);
			return renderMoment({ ...found, moment, cursor, definitionOf, disclosing: discloseAs(shown) });
		},
		async compare(address, versions, shown) {
			const found = await find(address);
			const from = await demand(found, versions.from);
			const to = await demand(found, versions.to);
			return compareMoments({ ...found, from, to, disclosing: discloseAs(shown) });
		},
		async journal(address) {
			const { timeline } = await find(address);
			return renderLines({ address, timeline, reads });
		},
		async bundle(address) {
			const found = await find(address);
			return writeBundle({ ...found, reads, now: clock.now() });
		},
	};
}

function absent(address: string): StatecraftError {
	return new StatecraftError('actor_not_found', `There is no journal of ${address}`);
}

async function* renderLines(of: Parameters<typeof readLines>[0]): AsyncGenerator<z.input<typeof transitionResource>> {
	for await (const line of readLines(of, of.timeline.last)) yield renderTransition(line);
}
