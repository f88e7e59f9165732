/** One operator at one server: the API, the page's state, and the stream that feeds it. */

import type { z } from 'zod';
import type { principalResource } from '../../http/system-routes.ts';
import { createPageStore, type PageStore } from '../store/page-store.ts';
import type { ResourceKind } from '../store/resources.ts';
import { type Api, createApi } from './api.ts';
import { openStream } from './stream.ts';

export interface Session {
	readonly token: string;
	readonly api: Api;
	readonly store: PageStore;
	/** Connects now instead of at the next try. */
	retry(): void;
	/** Forgets the token: this browser is let in no more. */
	leave(): void;
	close(): void;
}

export interface SessionDeps {
	readonly token: string;
	/** Told that the token is none of this server's. */
	readonly onRefused: () => void;
	readonly onLeave: () => void;
}

/** What the whole page is about; an agent's own screen asks for more on a stream of its own. */
const kinds: readonly ResourceKind[] = ['agent', 'request', 'workflow', 'dispatch', 'task', 'supervisor', 'group'];

export function openSession({ token, onRefused, onLeave }: SessionDeps): Session {
	const store = createPageStore();
	const api = createApi({ token, onUnauthorized: onRefused });

	/** Without an answer everything is offered, and the server refuses what it has to. */
	async function askRights(): Promise<void> {
		if (store.getSnapshot().context.scopes !== null) return;
		const { scopes } = await api.get<z.output<typeof principalResource>>('/whoami');
		store.trigger.rightsTold({ scopes });
	}

	const stream = openStream({
		token,
		// Resources tell all there is to know here: no event has this topic.
		subscribe: { resources: kinds, topics: ['none'] },
		onSnapshot({ changes, serverTime }) {
			store.trigger.snapshotCame({ changes, serverTime, now: Date.now() });
			askRights().catch(() => undefined);
		},
		onChanges: (changes) => store.trigger.resourcesChanged({ changes }),
		onStatus(connection) {
			store.trigger.connectionChanged({ connection });
			if (connection.state === 'refused' && connection.reason === 'token') onRefused();
		},
	});
	return {
		token,
		api,
		store,
		retry: stream.retry,
		leave: onLeave,
		close: stream.close,
	};
}
