/** Addresses of durable actors: `kind:id` for a root actor, `parent/childId` for a child. */

export function rootAddress(kind: string, id: string): string {
	return `${kind}:${id}`;
}

export function childAddress(parent: string, childId: string): string {
	return `${parent}/${childId}`;
}
