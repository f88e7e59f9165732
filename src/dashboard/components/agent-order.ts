/** Agents in the order in which people look for them. Pure. */

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

interface Named {
	readonly id: string;
	readonly name: string;
}

/** `agent-9` before `agent-10`. */
export function compareByName(a: Named, b: Named): number {
	return collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}

export function sortByName<T extends Named>(agents: readonly T[]): readonly T[] {
	return [...agents].sort(compareByName);
}
