import { setImmediate as endOfTurn } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import { listSegments } from '../../src/history/overview.ts';
import { createTimeline, type Timeline } from '../../src/history/timeline.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';
import { address, type LongJournal, writeLongJournal } from './long-journal.ts';
import { agentOfAnotherRelease, agentThatForgets } from './other-release.ts';

async function openTimeline(
	{ reads }: Pick<LongJournal, 'reads'>,
	definition: DurableDefinition = inertAgentDefinition,
): Promise<Timeline> {
	const timeline = createTimeline({ definition, address, reads });
	await timeline.catchUp();
	return timeline;
}

/** The context at a version; undefined where it cannot be told. */
async function contextAt(timeline: Timeline, version: number): Promise<unknown> {
	const moment = await timeline.moment(version);
	return moment && 'standing' in moment.replayed ? moment.replayed.standing.snapshot.context : undefined;
}

describe('20,000 transitions', { timeout: 60_000 }, () => {
	const length = 20_000;
	let journal: LongJournal;
	let timeline: Timeline;
	let turns = 0;

	beforeAll(async () => {
		journal = writeLongJournal(length);
		let watching = true;
		const watch = (async () => {
			for (; watching; turns += 1) await endOfTurn();
		})();
		timeline = await openTimeline(journal);
		watching = false;
		await watch;
	}, 60_000);

	test('are replayed as they were, and hold up nobody meanwhile', async () => {
		expect([timeline.last, timeline.departures, timeline.doubt]).toEqual([length, [], null]);
		for (const version of [1, 2, 99, 100, 101, 12_345, 19_999, length]) {
			expect(await contextAt(timeline, version), `${version}`).toEqual(journal.snapshots[version - 1]?.context);
		}
		// Others had their turn after every few hundred lines.
		expect(turns).toBeGreaterThan(length / 500);
	});

	test('take a move of the slider no more than a hundred lines', async () => {
		const before = journal.reads.linesRead;
		await timeline.catchUp();
		await timeline.moment(12_399);
		expect(journal.reads.linesRead - before).toBe(99);
	});

	test('are shown in 400 parts, none of which is lost', () => {
		const segments = listSegments(timeline);
		expect([segments.length, segments[0]?.from, segments.at(-1)?.to]).toEqual([400, 1, length]);
		const failures = journal.lines.filter(({ to, from }) => to.startsWith('failed') && !from?.startsWith('failed'));
		expect(segments.reduce((sum, part) => sum + part.failures, 0)).toBe(failures.length);
		expect(failures.length).toBeGreaterThan(100);
	});
});

describe('a timeline', () => {
	test('grows with the journal, and is one however many ask', async () => {
		const journal = writeLongJournal(700);
		journal.knownUpTo(620);
		const timeline = await openTimeline(journal);
		expect([timeline.last, await timeline.moment(650)]).toEqual([620, undefined]);
		journal.knownUpTo(700);
		await Promise.all([timeline.catchUp(), timeline.catchUp(), timeline.catchUp()]);
		expect([timeline.last, journal.reads.linesRead]).toEqual([700, 700]);
		expect(await contextAt(timeline, 650)).toEqual(journal.snapshots[649]?.context);
		expect(await timeline.moment(701)).toBeUndefined();
	});

	test('goes on over a fresh beginning in the middle', async () => {
		const journal = writeLongJournal(300, { resets: [150, 201] });
		const timeline = await openTimeline(journal);
		expect(timeline.departures).toEqual([]);
		for (const version of [149, 150, 151, 200, 201, 202, 300]) {
			expect(await contextAt(timeline, version), `${version}`).toEqual(journal.snapshots[version - 1]?.context);
		}
		expect([timeline.isBeginning(150), timeline.isBeginning(151)]).toEqual([true, false]);
		expect(listSegments(timeline).filter(({ beginnings }) => beginnings > 0)).toMatchObject([
			{ from: 1 },
			{ from: 150 },
			{ from: 201 },
		]);
	});

	test('links a timer that fired to the step that set it, both ways', async () => {
		const journal = writeLongJournal(60);
		const timeline = await openTimeline(journal);
		const fired = journal.lines.find(({ cause }) => cause.startsWith('timer:'));
		const moment = await timeline.moment(fired?.version ?? 0);
		const replayed = moment?.replayed;
		const timer = replayed && 'standing' in replayed ? replayed.timer : null;
		const crashed = journal.lines.find(({ event }) => event.type === 'PROCESS_EXITED');
		expect(timer?.setBy).toBe(crashed?.version);
		expect(timeline.firingOf(timer?.id ?? '', crashed?.version ?? 0)).toBe(fired?.version);
	});

	test('of a machine that has changed says from where on it cannot tell, until the actor began afresh', async () => {
		const journal = writeLongJournal(300, { resets: [120] });
		const timeline = await openTimeline(journal, agentOfAnotherRelease());
		expect(timeline.departures).toEqual([
			{ since: 3, until: 119, reason: 'it leads to stopped, where the journal says idle.ready' },
			{ since: 122, until: null, reason: 'it leads to stopped, where the journal says idle.ready' },
		]);
		expect(await contextAt(timeline, 2)).toEqual(journal.snapshots[1]?.context);
		expect(await contextAt(timeline, 3)).toBeUndefined();
		expect(await contextAt(timeline, 119)).toBeUndefined();
		expect(await contextAt(timeline, 121)).toEqual(journal.snapshots[120]?.context);
		// The journal's own facts are there all the same.
		expect((await timeline.moment(119))?.line).toMatchObject({ version: 119, to: journal.lines[118]?.to });
		expect(timeline.stateOf(119)).toBe(journal.lines[118]?.to);
	});

	test('that ends elsewhere than the store, in the same states, says where', async () => {
		const timeline = await openTimeline(writeLongJournal(40), agentThatForgets());
		expect(timeline.departures).toEqual([]);
		expect(timeline.doubt).toEqual({ version: 40, paths: ['context.usage'] });
	});

	test("names no key that may be somebody's words", async () => {
		const { reads } = writeLongJournal(40);
		const snapshot = async () => {
			const stored = await reads.snapshot(address);
			if (!stored) return undefined;
			const { context, ...rest } = stored.snapshot as { context: object };
			return { ...stored, snapshot: { ...rest, context: { ...context, usage: { 'sk-secret': 1 } } } };
		};
		const timeline = await openTimeline({ reads: { ...reads, snapshot } }, agentThatForgets());
		expect(timeline.doubt?.paths).toEqual(['context.usage.…', 'context.usage.begun']);
	});

	test('of a journal with a gap, or without a beginning, tells no more than it knows', async () => {
		const journal = writeLongJournal(40);
		const without = (...gone: readonly number[]) => ({
			...journal,
			reads: {
				...journal.reads,
				journal: async (_: string, { after, limit }: { after: number; limit: number }) =>
					journal.lines.filter(({ seq, version }) => seq > after && !gone.includes(version)).slice(0, limit),
			},
		});
		const gap = await openTimeline(without(20));
		expect(gap.departures).toEqual([{ since: 21, until: null, reason: 'the journal lacks version 20' }]);
		const headless = await openTimeline(without(1));
		expect(headless.departures).toMatchObject([{ since: 2, until: null }]);
		expect((await headless.moment(30))?.line.version).toBe(30);
	});
});
