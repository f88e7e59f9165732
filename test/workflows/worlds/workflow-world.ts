/**
 * Agents, orchestrator and runners on one store: all real but the agents' programs and the repository.
 * Processes come and go; what a dead one had asked for is never answered.
 */

import type { AgentService } from '../../../src/agents/service.ts';
import type { DurableDefinition, EffectDefinition } from '../../../src/durable/definition.ts';
import type { DurableStore } from '../../../src/durable/store.ts';
import type { WorkflowService } from '../../../src/workflows/service.ts';
import { createDurabilityWatch, type DurabilityWatch } from '../../support/durability-watch.ts';
import { createWorld, type World } from '../../support/durable-world.ts';
import { createMortalReads, type MortalReads } from './mortal-reads.ts';
import { createOutside, type Outside } from './outside.ts';
import { type AllReads, createProcess, type Process } from './process.ts';

/** A store, and what can be asked of it. */
export interface Disk {
	readonly store: DurableStore;
	readonly reads: AllReads;
}

export interface WorkflowWorld {
	readonly world: World<DurableStore>;
	readonly outside: Outside;
	readonly watch: DurabilityWatch;
	/** What is on disk, whoever lives. */
	readonly reads: AllReads;
	/** Of the process that lives now. */
	readonly agents: AgentService;
	readonly workflows: WorkflowService;
	/** Times a process died. */
	readonly crashes: number;
	/** Called when an effect has been run, before anybody learns of it; numbered from 1 over all processes. */
	afterEffect: ((index: number) => void) | undefined;
	crash(): void;
	/** Unless one lives, starts processes until one has come up. */
	revive(): Promise<void>;
	/** Resolves when nothing moves any more until time does. */
	settle(): Promise<void>;
	advance(ms: number): Promise<void>;
}

interface Life {
	readonly process: Process;
	readonly mortal: MortalReads<AllReads>;
}

const most = 6;
const never = new Promise<never>(() => {});

export function createWorkflowWorld({ store, reads }: Disk): WorkflowWorld {
	const outside = createOutside();
	const watch = createDurabilityWatch();
	const world = createWorld([], { disk: store, watch, onBatch: ({ events }) => life?.process.bus.publish(events) });
	let life: Life | undefined;
	let crashes = 0;
	let effects = 0;

	/** The definition with every effect, and every child's, told of when it has been run. */
	function noteEffects(definition: DurableDefinition): DurableDefinition {
		const { effects = {}, children = {} } = definition;
		return { ...definition, effects: mapValues(effects, noteEffect), children: mapValues(children, noteEffects) };
	}

	function noteEffect(effect: EffectDefinition): EffectDefinition {
		return {
			...effect,
			async run(params, context) {
				const own = life;
				const outcome = await effect.run(params, context);
				const isAlive = () => own === life && !world.dead;
				if (isAlive()) self.afterEffect?.(++effects);
				return isAlive() ? outcome : never;
			},
		};
	}

	function crash(): void {
		crashes++;
		life?.mortal.die();
		life?.process.stop();
		world.crash();
	}

	async function boot(): Promise<void> {
		const { clock, errors } = world;
		const onError = (where: string, error: Error) => errors.push(`${where}: ${error.message}`);
		const mortal = createMortalReads(reads);
		const process = createProcess({ clock, reads: mortal.reads, outside, isOver: () => mortal.dead, onError });
		life = { process, mortal };
		await world.restoreOnly(process.definitions.map(noteEffects));
		await process.boot(world.system);
	}

	function current(): Process {
		if (!life) throw new Error('no process was started');
		return life.process;
	}

	async function settle(): Promise<void> {
		for (let calls = -1; life && !world.dead && calls !== life.mortal.calls; ) {
			calls = life.mortal.calls;
			await world.settle();
			while (life.mortal.pending > 0) await new Promise((resolve) => setImmediate(resolve));
		}
	}

	const self: WorkflowWorld = {
		...{ world, outside, watch, reads, crash, settle },
		afterEffect: undefined,
		get agents() {
			return current().agents;
		},
		get workflows() {
			return current().workflows;
		},
		get crashes() {
			return crashes;
		},
		async revive() {
			for (let lives = 0; life === undefined || world.dead; lives++) {
				if (lives > most) throw new Error('it dies at every start');
				const booted = boot().catch(() => {
					// A process that cannot boot ends.
					if (!world.dead) crash();
				});
				// The world's process is another one once the boot has begun.
				await Promise.race([booted, world.ended()]);
				await settle();
			}
		},
		async advance(ms) {
			await world.advance(ms);
			await settle();
		},
	};
	return self;
}

function mapValues<From, To>(
	record: Readonly<Record<string, From>>,
	to: (value: From) => To,
): Readonly<Record<string, To>> {
	return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
}
