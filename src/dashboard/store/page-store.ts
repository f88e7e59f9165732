/** The page's state: resources as the stream tells them, and how the connection is. */

import { createStore } from '@xstate/store';
import type { Scopes } from '../components/rights.ts';
import type { StreamStatus } from '../connection/stream-status.ts';
import { applyChanges, type Change, emptyResources, type ResourceMaps, replaceAll } from './resources.ts';

export interface PageContext {
	readonly resources: ResourceMaps;
	/** Whether a snapshot has come: before it, "none" means "not known". */
	readonly isLoaded: boolean;
	readonly connection: StreamStatus;
	/** Server time minus ours, milliseconds. */
	readonly skewMs: number;
	/** What our token may do; null until that is known. */
	readonly scopes: Scopes | null;
}

const initial: PageContext = {
	resources: emptyResources,
	isLoaded: false,
	connection: { state: 'connecting', lostSince: null, attempt: 0 },
	skewMs: 0,
	scopes: null,
};

export function createPageStore() {
	return createStore({
		context: initial,
		on: {
			/** A whole snapshot; `serverTime` is epoch ms, `now` ours at that moment. */
			snapshotCame: (
				context,
				event: { changes: readonly Change[]; serverTime: number | null; now: number },
			): PageContext => ({
				...context,
				resources: replaceAll(event.changes),
				isLoaded: true,
				skewMs: event.serverTime === null ? context.skewMs : event.serverTime - event.now,
			}),
			resourcesChanged: (context, event: { changes: readonly Change[] }): PageContext => {
				const resources = applyChanges(context.resources, event.changes);
				return resources === context.resources ? context : { ...context, resources };
			},
			rightsTold: (context, { scopes }: { scopes: Scopes }): PageContext => ({ ...context, scopes }),
			connectionChanged: (context, event: { connection: StreamStatus }): PageContext => ({
				...context,
				connection: event.connection,
			}),
		},
	});
}

export type PageStore = ReturnType<typeof createPageStore>;
