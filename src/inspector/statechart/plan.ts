/**
 * What a picture of a chart consists of, before anything has a place: boxes within boxes, and connections
 * between them.
 *
 * 1. A transition that leaves its state as it is, or enters it again, is a line in the state's box.
 * 2. A transition from a state into its own inside begins at a box in there, which stands for whatever
 *    state is active: so do those of the root.
 * 3. Transitions between the same two states share one connection, a line of its label for each.
 */

import { describeAnyBox, describeBox, describeLabel, type Line } from './boxes.ts';
import type { Chart, ChartState, ChartTransition } from './chart.ts';

export interface PlannedBox {
	readonly id: string;
	/** A region is a state of a parallel one. */
	readonly kind: 'state' | 'region' | 'any' | 'initial';
	/** The state it is, or is inside of. */
	readonly state: ChartState;
	readonly lines: readonly Line[];
	readonly children: readonly PlannedBox[];
}

export interface PlannedConnection {
	readonly id: string;
	/** Ids of boxes. */
	readonly from: string;
	readonly to: string;
	/** Path of the state that the transitions are of; null for the mark of an initial state. */
	readonly source: string | null;
	readonly target: string;
	readonly lines: readonly Line[];
}

export interface Plan {
	readonly chart: Chart;
	readonly root: PlannedBox;
	readonly connections: readonly PlannedConnection[];
}

export function planPicture(chart: Chart): Plan {
	return { chart, root: planBox(chart.root, 'state'), connections: connect(chart.root) };
}

function planBox(state: ChartState, kind: 'state' | 'region'): PlannedBox {
	const reactions = state.transitions.filter((transition) => isReaction(state, transition));
	const hasAny = needsAnyBox(state);
	const children = state.children.map((child) => planBox(child, state.kind === 'parallel' ? 'region' : 'state'));
	return {
		id: stateId(state.path),
		kind,
		state,
		lines: describeBox(state, hasAny ? [] : reactions),
		children: [
			...(state.initial !== null && state.kind === 'compound' ? [markInitial(state)] : []),
			...(hasAny ? [planAnyBox(state, reactions)] : []),
			...children,
		],
	};
}

function markInitial(state: ChartState): PlannedBox {
	return { id: initialId(state.path), kind: 'initial', state, lines: [], children: [] };
}

function planAnyBox(state: ChartState, reactions: readonly ChartTransition[]): PlannedBox {
	return { id: anyId(state.path), kind: 'any', state, lines: describeAnyBox(reactions), children: [] };
}

function isReaction({ path }: ChartState, { targets }: ChartTransition): boolean {
	return targets.every((target) => target === path);
}

function needsAnyBox(state: ChartState): boolean {
	const isRoot = state.path === '';
	return state.transitions.some(
		(transition) =>
			(isRoot && state.children.length > 0) || transition.targets.some((target) => isInside(target, state.path)),
	);
}

/** Whether the path is of a state below the other. */
function isInside(path: string, outer: string): boolean {
	return path !== outer && (outer === '' || path.startsWith(`${outer}.`));
}

function connect(root: ChartState): readonly PlannedConnection[] {
	const connections = new Map<string, PlannedConnection>();
	const add = (connection: Omit<PlannedConnection, 'id'>) => {
		const key = `${connection.from} ${connection.to}`;
		const known = connections.get(key);
		const id = known?.id ?? `connection ${connections.size}`;
		connections.set(key, { ...connection, id, lines: [...(known?.lines ?? []), ...connection.lines] });
	};
	const walk = (state: ChartState) => {
		const { path, initial, kind } = state;
		if (kind === 'compound' && initial !== null) {
			add({ from: initialId(path), to: stateId(initial), source: null, target: initial, lines: [] });
		}
		for (const transition of state.transitions) {
			for (const target of transition.targets.filter((target) => target !== path)) {
				const from = isInside(target, path) ? anyId(path) : stateId(path);
				add({ from, to: stateId(target), source: path, target, lines: [describeLabel(transition)] });
			}
		}
		state.children.forEach(walk);
	};
	walk(root);
	return [...connections.values()];
}

function stateId(path: string): string {
	return `state ${path}`;
}

function anyId(path: string): string {
	return `any ${path}`;
}

function initialId(path: string): string {
	return `initial ${path}`;
}
