/**
 * What there is now, for a client that starts with nothing: resources as the API answers them.
 *
 * 1. The cursor is read before the resources. What changes while they are read comes again afterwards.
 * 2. Every resource that was there when its kind was begun and still is, is told once: ids are listed in
 *    one piece, and rows read by them.
 */

import { encodeResource, type Resource } from './resource.ts';
import type { ResourceSources } from './resource-sources.ts';
import type { ResourceKind } from './views.ts';

export interface SnapshotDeps {
	readonly sources: ResourceSources;
	/** Told of what was read. */
	readonly note: (resources: readonly Resource[]) => void;
}

const chunkSize = 200;

/** Messages of `/stream`, in pieces. `agentIds` undefined: of all agents. */
export async function* readSnapshot(
	{ sources, note }: SnapshotDeps,
	kinds: Iterable<ResourceKind>,
	agentIds: readonly string[] | undefined,
): AsyncGenerator<readonly Buffer[]> {
	for (const kind of kinds) {
		const ids = await sources.present(kind, agentIds);
		for (let from = 0; from < ids.length; from += chunkSize) {
			const resources = await sources.read(kind, ids.slice(from, from + chunkSize));
			note(resources);
			yield resources.map((resource) => encodeResource(resource).message);
		}
	}
}
