/**
 * Walks through a machine: every situation that can be told apart, times every event, each step taken
 * twice, as it stands and after a restart from its stored text.
 */

import assert from 'node:assert/strict';
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { formatState } from '../../src/durable/state-path.ts';
import type { MachineStep, MachineSteps } from './machine-steps.ts';
import { allNodes, createTransitionCoverage } from './transition-coverage.ts';

export interface Territory<Input, Event, Step extends MachineStep<Event>> {
	readonly machine: AnyStateMachine;
	readonly steps: Pick<MachineSteps<Event>, 'persist' | 'restart'> & {
		create(input: Input, at: number): Step;
		take(before: AnyMachineSnapshot, event: Event, at: number): Step;
	};
	/** Time stands still while walking. */
	readonly at: number;
	/** What guards and rules ask of a snapshot, and no more, or there is no end. */
	readonly situationOf: (snapshot: AnyMachineSnapshot) => string;
	readonly eventsFor: (snapshot: AnyMachineSnapshot) => readonly Event[];
	/** Throws unless what must hold after every step holds. */
	readonly check: (step: Step) => void;
	/** All that can be seen of a step, in place of what is stored, asked and accepted. */
	readonly outcomeOf?: (step: Step) => unknown;
	/** A worse restart from the text, after which every step must still be right. */
	readonly maim?: (text: string) => AnyMachineSnapshot | undefined;
	/** How many events deep to go; until nothing new is found unless told. */
	readonly deepest?: number;
}

export interface Walk<Input> {
	/** Walks all that can be reached from the first step; answers what it found and took. */
	explore(input: Input): { readonly situations: number; readonly steps: number };
	/** Paths of the states that were rested in. */
	readonly reached: ReadonlySet<string>;
	/** Declared transitions that were never taken, in words. */
	missing(): readonly string[];
}

export function createWalk<Input, Event, Step extends MachineStep<Event>>(
	territory: Territory<Input, Event, Step>,
): Walk<Input> {
	const { machine, steps, at, situationOf, eventsFor, check, maim, deepest = Number.POSITIVE_INFINITY } = territory;
	const { outcomeOf = ({ after, accepted, actions }) => ({ accepted, state: read(after), actions }) } = territory;
	const coverage = createTransitionCoverage(machine);
	const reached = new Set<string>();

	/** What would be stored; a restart may put it in another order. */
	function read(snapshot: AnyMachineSnapshot): unknown {
		return JSON.parse(steps.persist(snapshot));
	}

	/** Every event in one situation, with and without a restart before it. */
	function takeEvery(situation: AnyMachineSnapshot): Step[] {
		reached.add(formatState(situation.value));
		const text = steps.persist(situation);
		const restarted = steps.restart(text);
		const maimed = maim?.(text);
		const taken = eventsFor(situation).map((event) => {
			const step = steps.take(situation, event, at);
			try {
				check(step);
				assert.deepEqual(outcomeOf(steps.take(restarted, event, at)), outcomeOf(step), 'a restart matters');
				if (maimed) check(steps.take(maimed, event, at));
			} catch (error) {
				const story = `${text}\ntakes ${JSON.stringify(event)}\nand is ${steps.persist(step.after)}`;
				throw new Error(story, { cause: error });
			}
			coverage.add(step.taken);
			return step;
		});
		assert.equal(steps.persist(situation), text, 'a step changed the situation it started from');
		assert.deepEqual(read(restarted), JSON.parse(text), 'a restart or a step after it changed what was stored');
		return taken;
	}

	return {
		explore(input) {
			const first = steps.create(input, at);
			check(first);
			coverage.add(first.taken);
			const known = new Set([situationOf(first.after)]);
			const isNew = (snapshot: AnyMachineSnapshot) => known.size < known.add(situationOf(snapshot)).size;
			let count = 0;
			let frontier = [first.after];
			for (let depth = 0; depth < deepest && frontier.length > 0; depth++) {
				const found = frontier.flatMap(takeEvery);
				count += found.length;
				frontier = found.map(({ after }) => after).filter(isNew);
			}
			return { situations: known.size, steps: count };
		},
		reached,
		missing: coverage.missing,
	};
}

/** Paths of a machine's states that have no states inside. */
export function leavesOf(machine: AnyStateMachine): readonly string[] {
	const leaves = allNodes(machine.root).filter(({ type }) => type === 'atomic' || type === 'final');
	return leaves.map(({ path }) => path.join('.'));
}
