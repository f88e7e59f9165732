/** Whom the inspector is to show: as the address of the page says it, and as a `<select>` names it. */

export type Choice =
	| { readonly kind: 'some' }
	/** `name`: id or name. */
	| { readonly kind: 'agent' | 'workflow'; readonly name: string };

/** From the page's own `?agent=` or `?workflow=`; a workflow wins, as it does on the server. */
export function readChoice(search: string): Choice {
	const query = new URLSearchParams(search);
	for (const kind of ['workflow', 'agent'] as const) {
		const name = query.get(kind);
		if (name) return { kind, name };
	}
	return { kind: 'some' };
}

/** `?agent=…`, `?workflow=…`, or nothing. */
export function renderChoice(choice: Choice): string {
	return choice.kind === 'some' ? '' : `?${new URLSearchParams({ [choice.kind]: choice.name })}`;
}

/** Address of the feed. */
export function feedAddress(origin: string, token: string, choice: Choice): string {
	const url = new URL(`/inspect/ws${renderChoice(choice)}`, origin);
	url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
	url.searchParams.set('token', token);
	return url.href;
}

export interface Named {
	readonly id: string;
	readonly name: string;
}

/** The same choice by id, where it was made by name: a `<select>` has one value for each. */
export function byId(choice: Choice, agents: readonly Named[], workflows: readonly Named[]): Choice {
	if (choice.kind === 'some') return choice;
	const { kind, name } = choice;
	const known = kind === 'agent' ? agents : workflows;
	const found = known.find(({ id }) => id === name) ?? known.find((one) => one.name === name);
	return found ? { kind, name: found.id } : choice;
}
