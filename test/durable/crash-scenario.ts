/**
 * A day at the office, played from beginning to end whatever happens on the way: commands are given
 * until they have taken effect, and a process that dies is followed by another on the same store.
 */
import type { DurableDefinition } from '../../src/durable/definition.ts';
import type { DurableStore, StoredActor } from '../../src/durable/store.ts';
import { createDurabilityWatch, type DurabilityWatch } from '../support/durability-watch.ts';
import { createWorld, type World } from '../support/durable-world.ts';
import { createOffice, type Office } from './worlds/office.ts';

export interface Scene {
	readonly world: World<DurableStore>;
	readonly office: Office;
	readonly watch: DurabilityWatch;
	/** Times a process died. */
	readonly crashes: number;
	crash(): void;
}

/** What is the same however often the process died. */
export interface Outcome {
	readonly manager: unknown;
	readonly agent: unknown;
	readonly rows: readonly string[];
	readonly left: readonly unknown[];
	readonly praised: readonly string[];
}

interface Command {
	readonly isDone: (world: World<DurableStore>) => boolean;
	readonly give: (world: World<DurableStore>) => Promise<unknown>;
}

export function createScene(disk: DurableStore): Scene {
	const office = createOffice();
	const watch = createDurabilityWatch();
	const definitions: readonly DurableDefinition[] = office.definitions;
	const world = createWorld(definitions, { disk, watch });
	let crashes = 0;
	return {
		world,
		office,
		watch,
		get crashes() {
			return crashes;
		},
		crash() {
			crashes++;
			world.crash();
		},
	};
}

const context = (world: World<DurableStore>, address: string): Record<string, readonly string[]> =>
	world.system.get(address)?.getSnapshot().context ?? {};

const lists = (world: World<DurableStore>, address: string, key: string, item: string): boolean =>
	context(world, address)[key]?.includes(item) ?? false;

const commands: readonly Command[] = [
	{
		isDone: ({ system }) => system.get('manager:m') !== undefined,
		give: ({ system }) => system.spawn('manager', 'm', undefined),
	},
	{
		isDone: ({ system }) => system.get('agent:a') !== undefined,
		give: ({ system }) => system.spawn('agent', 'a', undefined),
	},
	{
		isDone: (world) => lists(world, 'manager:m', 'hired', 'c'),
		give: ({ system }) => system.send('manager:m', { type: 'HIRE', id: 'c' }),
	},
	{
		isDone: (world) => lists(world, 'manager:m', 'praise', 'c'),
		give: async () => {},
	},
	{
		isDone: ({ system }) => system.get('manager:m')?.getSnapshot().status === 'done',
		give: ({ system }) => system.send('manager:m', { type: 'CLOSE' }),
	},
];

/** Plays the day to its end. */
export async function play(scene: Scene): Promise<void> {
	await revive(scene, true);
	for (const command of commands) {
		for (let round = 0; !command.isDone(scene.world); round++) {
			if (round > 60) throw new Error(`the day does not go on: ${command.give}`);
			const given = command.give(scene.world).then(
				(ack) => noteAcknowledgement(scene, ack),
				// Given again until it has taken effect.
				() => {},
			);
			await Promise.race([given, scene.world.settle()]);
			await scene.world.settle();
			if (!command.isDone(scene.world)) await scene.world.advance(250);
			await revive(scene);
		}
	}
	await scene.world.advance(10_000);
	await revive(scene);
	await scene.world.advance(0);
}

async function revive(scene: Scene, first = false): Promise<void> {
	let begin = first;
	for (let lives = 0; begin || scene.world.dead; lives++) {
		if (lives > 5) throw new Error('it dies at every start');
		begin = false;
		const booted = scene.world.boot();
		await Promise.race([booted, scene.world.ended()]);
	}
}

function noteAcknowledgement({ watch }: Scene, acknowledged: unknown): void {
	const { address, version } = (acknowledged ?? {}) as { address?: string; version?: number };
	if (address !== undefined && version !== undefined) watch.told(address, version);
}

export async function outcomeOf({ world, watch }: Scene): Promise<Outcome> {
	const rows: StoredActor[] = [];
	for await (const page of world.disk.loadActors()) rows.push(...page);
	const { delivered = [], interrupted = [], ...agent } = context(world, 'agent:a');
	return {
		manager: context(world, 'manager:m'),
		agent,
		rows: rows.map(({ address, status, quarantine }) => `${address} ${status} ${quarantine}`).sort(),
		left: [await world.disk.loadTimers(), await world.disk.loadEffects(), await world.disk.loadMessages()].flat(),
		praised: [...delivered, ...interrupted, ...findGaps(watch)],
	};
}

/** Versions that are missing from, or twice in, the journal of the root actors. */
function findGaps({ journal }: DurabilityWatch): string[] {
	const last = new Map<string, number>();
	return journal
		.filter(({ address }) => !address.includes('/'))
		.flatMap(({ address, version }) => {
			const expected = (last.get(address) ?? 0) + 1;
			last.set(address, version);
			return version === expected ? [] : [`${address}: ${version} after ${expected - 1}`];
		});
}
