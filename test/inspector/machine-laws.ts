/** What a machine allows, as lines of text: its states, and every transition between them. */

import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

export function listLaws(machine: AnyStateMachine): readonly string[] {
	return walk(machine.root);
}

function walk(node: AnyStateNode): readonly string[] {
	const transitions = [...node.transitions.values()].flat();
	const always = node.always ?? [];
	return [
		`state ${node.id} ${node.type}${node.initial ? ` first ${targetsOf(node.initial)}` : ''} [${node.tags.join()}]`,
		...transitions.map((transition) => describe(node, transition)),
		...always.map((transition) => describe(node, transition)),
		...Object.values(node.states).flatMap(walk),
	];
}

function describe(node: AnyStateNode, transition: AnyTransitionDefinition): string {
	const { eventType, guard, actions, reenter } = transition;
	return `${node.id} --${eventType} [${nameOf(guard)}] / ${actions.map(nameOf).join()}--> ${targetsOf(transition)}${reenter ? ' anew' : ''}`;
}

function targetsOf({ target }: { readonly target?: readonly AnyStateNode[] | undefined }): string {
	return target?.map(({ id }) => id).join() ?? '';
}

function nameOf(named: unknown): string {
	if (named === undefined) return '';
	return typeof named === 'string' ? named : String((named as { readonly type?: unknown }).type);
}
