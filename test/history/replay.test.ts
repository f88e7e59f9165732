import { describe, expect, test } from 'vitest';
import { listDefinitions } from '../../src/durable/definition.ts';
import type { WriteUnit } from '../../src/durable/store.ts';
import { type ReplayedStep, replayJournal } from '../../src/history/replay.ts';
import { checkLeaksAfterEach } from '../support/durable-world.ts';
import { allDefinitions, type Life, liveAtRandom } from './random-lives.ts';

checkLeaksAfterEach();

const seeds = process.env.SEED === undefined ? [1, 2, 3] : [Number(process.env.SEED)];

describe('what is replayed is what was', () => {
	test.each(seeds)('of every machine, at every version, whatever happened (SEED=%i)', async (seed) => {
		const { lives } = await liveAtRandom(seed, 150);
		const lengths = new Map<string, number>();
		for (const life of lives()) {
			checkLife(life);
			const { id } = life.definition.machine;
			lengths.set(id, (lengths.get(id) ?? 0) + life.steps.length);
		}
		const resets = lives().flatMap(({ steps }) => steps.filter(({ line }) => line.version > 1 && line.from === null));
		expect(resets.length).toBe(3);
		const every = allDefinitions.flatMap(listDefinitions).map(({ machine }) => machine.id);
		expect([...lengths.keys()].sort()).toEqual(every.sort());
		// A few steps prove little.
		for (const [id, length] of lengths) expect(length, id).toBeGreaterThan(20);
	});
});

function checkLife({ address, definition, steps }: Life): void {
	const replayed = [
		...replayJournal(
			definition,
			steps.map(({ line }) => line),
		),
	];
	const pending = new Map<string, number>();
	for (const [index, { line, row, unit }] of steps.entries()) {
		const where = `${address} version ${line.version} (${line.event.type})`;
		const step = replayed[index];
		if (!step || 'departure' in step) throw new Error(`${where}: ${step?.departure.reason}`);
		expect(JSON.parse(rowOf(step)), where).toEqual(JSON.parse(row.snapshot));
		expect(asked(step.plan.unit, address), where).toEqual({
			...asked(unit, address),
			// A reset clears what the life before it had set, which is none of the machine's doing.
			...(line.from === null && { timersCleared: [] }),
		});
		for (const timer of unit.timersCleared ?? []) if (timer.address === address) pending.delete(timer.id);
		for (const timer of unit.timersSet ?? []) if (timer.address === address) pending.set(timer.id, timer.dueAt);
		const due = [...step.standing.timers.values()].map(({ id, dueAt }) => [id, dueAt] as const);
		expect(new Map(due), where).toEqual(pending);
	}
}

function rowOf({ plan, line }: ReplayedStep): string {
	return plan.unit.actors?.find(({ address }) => address === line.address)?.snapshot ?? '';
}

/** All that one actor's step asked for. Ids of a child's actions name its incarnation, which its own journal does not. */
function asked(unit: WriteUnit, address: string) {
	const own = (id: string) => id.replace(/~\d+\//, '/');
	const mine = (of: { readonly address: string }) => of.address === address;
	return {
		effects: (unit.effectsAsked ?? [])
			.filter(mine)
			.map((effect) => ({ ...effect, id: own(effect.id), params: JSON.parse(effect.params) })),
		messages: (unit.messagesSent ?? [])
			.filter(({ from }) => from === address)
			.map((message) => ({ ...message, id: own(message.id), event: JSON.parse(message.event) })),
		timersSet: (unit.timersSet ?? []).filter(mine),
		timersCleared: (unit.timersCleared ?? []).filter(mine).map(({ id }) => id),
		removed: unit.removed ?? [],
		children: (unit.actors ?? []).filter(({ parent }) => parent === address),
	};
}
