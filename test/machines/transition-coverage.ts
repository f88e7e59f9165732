/** Which of a machine's declared transitions were taken. */

import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** Every transition a machine declares: by events, by delays (`after`), and `always`. */
export function declaredTransitions(machine: AnyStateMachine): readonly AnyTransitionDefinition[] {
	return allNodes(machine.root).flatMap((node) => [...[...node.transitions.values()].flat(), ...(node.always ?? [])]);
}

/** The root and every state below it, in the order of the source. */
export function allNodes(node: AnyStateNode): readonly AnyStateNode[] {
	return [node, ...Object.values(node.states).flatMap(allNodes)];
}

export interface TransitionCoverage {
	add(taken: readonly AnyTransitionDefinition[]): void;
	/** Declared transitions that were not taken, in words. */
	missing(): readonly string[];
}

export function createTransitionCoverage(machine: AnyStateMachine): TransitionCoverage {
	const missing = new Set(declaredTransitions(machine));
	return {
		add(taken) {
			for (const transition of taken) missing.delete(transition);
		},
		missing: () => [...missing].map(describeTransition),
	};
}

function describeTransition({ source, eventType, guard, target }: AnyTransitionDefinition): string {
	const name = typeof guard === 'object' && 'type' in guard ? guard.type : guard;
	const to = target?.map(({ path }) => path.join('.')).join() ?? 'stays';
	return `${source.path.join('.') || 'any'} on ${eventType || 'always'} if ${String(name ?? 'always')} to ${to}`;
}
