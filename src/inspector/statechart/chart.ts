/**
 * A statechart as plain data, read from the machine that runs: what a picture of it has to show, and
 * nothing of how. Order is that of the source, so that the same machine always gives the same chart.
 */

import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

export interface ChartTransition {
	/** Type of the event; `always` where none is needed. */
	readonly event: string;
	/** The event as people read it: `after backoff` for `xstate.after.backoff.agent.failed.backingOff`. */
	readonly label: string;
	/** Name of the delay, or its milliseconds. */
	readonly delay: string | null;
	readonly guard: string | null;
	readonly actions: readonly string[];
	/** Paths of the states it leads to; empty if the state stays as it is. */
	readonly targets: readonly string[];
	/** Leaves and enters its own state again. */
	readonly reenter: boolean;
	readonly description: string | null;
}

export interface ChartState {
	/** Keys from the root on, joined by dots; empty for the root. */
	readonly path: string;
	readonly name: string;
	readonly kind: AnyStateNode['type'];
	readonly description: string | null;
	readonly tags: readonly string[];
	readonly entry: readonly string[];
	readonly exit: readonly string[];
	/** Actors that live as long as the state. */
	readonly invokes: readonly string[];
	/** Path of the state that is entered first; for a history state, where it leads without a history. */
	readonly initial: string | null;
	readonly transitions: readonly ChartTransition[];
	readonly children: readonly ChartState[];
}

export interface Chart {
	readonly id: string;
	readonly root: ChartState;
}

export function describeChart(machine: AnyStateMachine): Chart {
	return { id: machine.id, root: describeState(machine.root, machine) };
}

/** The state and all below it, parents first. */
export function listStates(state: ChartState): readonly ChartState[] {
	return [state, ...state.children.flatMap(listStates)];
}

function describeState(node: AnyStateNode, machine: AnyStateMachine): ChartState {
	const transitions = [...node.transitions.values(), node.always ?? []].flat();
	return {
		path: pathOf(node),
		name: node.key,
		kind: node.type,
		description: node.description ?? null,
		tags: node.tags,
		// As they are written: XState adds what sets and clears the timers of delays.
		entry: [node.config.entry ?? []].flat().map(nameOf),
		exit: [node.config.exit ?? []].flat().map(nameOf),
		invokes: node.invoke.map(({ src }) => (typeof src === 'string' ? src : '(inline)')),
		initial: findInitial(node),
		transitions: transitions.map((transition) => describeTransition(transition, machine)),
		children: Object.values(node.states).map((child) => describeState(child, machine)),
	};
}

function findInitial(node: AnyStateNode): string | null {
	if (node.type === 'history') return fallbackOf(node);
	const [target] = node.type === 'compound' ? (node.initial.target ?? []) : [];
	return target === undefined ? null : pathOf(target);
}

/** A history state without a target of its own falls back to what its parent begins with. */
function fallbackOf(node: AnyStateNode): string | null {
	const key: unknown = node.config.target;
	if (typeof key !== 'string') return node.parent === undefined ? null : findInitial(node.parent);
	const sibling = node.parent?.states[key.replace(/^\./, '')];
	return sibling === undefined ? null : pathOf(sibling);
}

function describeTransition(transition: AnyTransitionDefinition, machine: AnyStateMachine): ChartTransition {
	const { eventType, guard, actions, target = [], reenter, source, description } = transition;
	const delay = delayOf(eventType, source);
	return {
		event: eventType === '' ? 'always' : eventType,
		label: labelOf(eventType, delay, transition, machine),
		delay,
		guard: guard === undefined ? null : nameOf(guard),
		actions: actions.map(nameOf),
		targets: target.map(pathOf),
		reenter,
		description: description ?? null,
	};
}

function labelOf(
	eventType: string,
	delay: string | null,
	{ source }: AnyTransitionDefinition,
	machine: AnyStateMachine,
): string {
	if (eventType === '') return 'always';
	if (delay !== null) return `after ${labelDelay(delay, machine)}`;
	if (eventType === `xstate.done.state.${source.id}`) return 'onDone';
	for (const { id, src } of source.invoke) {
		const name = typeof src === 'string' ? src : id;
		if (eventType === `xstate.done.actor.${id}`) return `onDone of ${name}`;
		if (eventType === `xstate.error.actor.${id}`) return `onError of ${name}`;
		if (eventType === `xstate.snapshot.${id}`) return `onSnapshot of ${name}`;
	}
	return eventType === '*' ? 'any other event' : eventType;
}

/** Name or milliseconds of the delay after which the event comes; null for other events. */
function delayOf(eventType: string, source: AnyStateNode): string | null {
	const [prefix, suffix] = ['xstate.after.', `.${source.id}`];
	if (!eventType.startsWith(prefix) || !eventType.endsWith(suffix)) return null;
	return eventType.slice(prefix.length, -suffix.length);
}

function labelDelay(delay: string, machine: AnyStateMachine): string {
	if (/^\d+$/.test(delay)) return renderDuration(Number(delay));
	const meaning: unknown = machine.implementations.delays[delay];
	return typeof meaning === 'number' ? `${delay} (${renderDuration(meaning)})` : delay;
}

function renderDuration(ms: number): string {
	if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
	return ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`;
}

function pathOf(node: AnyStateNode): string {
	return node.path.join('.');
}

/** Of an action or a guard: its name, or that it is a function without one. */
function nameOf(reference: unknown): string {
	if (typeof reference === 'string') return reference;
	if (typeof reference === 'function' || (typeof reference === 'object' && reference !== null)) {
		if ('type' in reference && typeof reference.type === 'string') return reference.type;
		if ('name' in reference && typeof reference.name === 'string' && reference.name !== '') return reference.name;
	}
	return '(inline)';
}
