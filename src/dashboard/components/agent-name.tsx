/** What agents and other things are called, without disguises: nothing in a name turns the words around it. */

import { showOnOneLine } from '../content/visible-text.ts';

export function AgentName({ name }: { readonly name: string }) {
	return <bdi>{visibleName(name)}</bdi>;
}

/** For titles, labels and messages. */
export function visibleName(name: string): string {
	return showOnOneLine(name, 120);
}
