/** What the inspector costs: nothing while nobody looks, and what a viewer is worth. */

import type { InspectionEvent } from 'xstate';
import { systemClock } from '../../src/durable/clock.ts';
import type { DurableStore, UnitOutcome } from '../../src/durable/store.ts';
import { createDurableSystem } from '../../src/durable/system.ts';
import { createInspectorHub } from '../../src/inspector/hub.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { atLeast, type Bench, type BenchSize, type Figure } from './bench.ts';
import { counterDefinition } from './counter.ts';
import { alternate, compare } from './statistics.ts';
import { failLoudly } from './world.ts';

const sizes = {
	full: { actors: 200, rounds: 25, sends: 75 },
	tiny: { actors: 2, rounds: 1, sends: 2 },
} as const;

const written: UnitOutcome = { ok: true, events: [] };

interface Fleet {
	/** Transitions for each second of CPU time: what else runs on the host would drown two percent of a clock's. */
	measure(): Promise<number>;
	stop(): Promise<void>;
}

/** Into a store that only counts: what there is besides costs the least there, and so weighs the most. */
async function openFleet(
	size: BenchSize,
	hub: 'none' | 'idle' | 'watched',
	inspect?: (event: InspectionEvent) => void,
): Promise<Fleet> {
	const { actors, sends } = sizes[size];
	const store: DurableStore = { ...createMemoryStore(), commit: async (units) => units.map(() => written) };
	const system = createDurableSystem({
		store,
		clock: systemClock,
		definitions: [counterDefinition],
		onError: failLoudly,
		...(inspect && { inspect }),
	});
	if (hub !== 'none') {
		const made = createInspectorHub({ system, now: systemClock.now, limit: actors });
		const sink = { send: () => {}, hasRoom: () => true, room: async () => {} };
		if (hub === 'watched') made.show(sink, null, () => '{}');
	}
	await Promise.all(Array.from({ length: actors }, (_, index) => system.spawn('counter', `${index}`, {})));
	async function send(actor: number): Promise<void> {
		for (let sent = 0; sent < sends; sent++) await system.send(`counter:${actor}`, { type: 'TICK' });
	}
	return {
		async measure() {
			const before = process.cpuUsage();
			await Promise.all(Array.from({ length: actors }, (_, actor) => send(actor)));
			const { user, system: kernel } = process.cpuUsage(before);
			return (actors * sends * 1_000_000) / (user + kernel);
		},
		stop: () => system.stop(),
	};
}

async function compareFleets(
	size: BenchSize,
	label: Pick<Figure, 'id' | 'what'>,
	ours: Fleet,
	least?: number,
): Promise<Figure> {
	const without = await openFleet(size, 'none');
	try {
		const rounds = await alternate(sizes[size].rounds, ours.measure, without.measure);
		const { value, baseline, ratio } = compare(rounds, (rate) => rate);
		const figure = { ...label, unit: '/CPU s', value, baseline: { what: 'without it', value: baseline }, ratio };
		return least === undefined ? figure : { ...figure, target: atLeast(least, ratio, ' ×') };
	} finally {
		await without.stop();
		await ours.stop();
	}
}

async function measureInspector(size: BenchSize): Promise<readonly Figure[]> {
	const idle = { id: 'inspector.idle', what: 'transitions with an inspector at which nobody looks' };
	const watched = { id: 'inspector.watched', what: 'the same with a viewer who sees every actor' };
	const builtIn = {
		id: 'inspector.xstate',
		what: 'the same with XState’s own inspection and a listener that does nothing',
	};
	return [
		await compareFleets(size, idle, await openFleet(size, 'idle'), 0.98),
		await compareFleets(size, watched, await openFleet(size, 'watched')),
		await compareFleets(size, builtIn, await openFleet(size, 'none', () => {})),
	];
}

export const inspectorBench: Bench = {
	name: 'inspector',
	title: 'The inspector',
	about:
		'Gated sends into a store that only counts, so that nothing hides what the inspector costs. With nobody looking ' +
		'the core is not watched; XState’s own inspection, which would have to be there from each actor’s start, is ' +
		'measured for comparison. A second is one of CPU time.',
	run: measureInspector,
};
