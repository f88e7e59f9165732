/** What one agent's screen keeps beyond the page's own state, for as long as it is open. */

import { useEffect, useState } from 'react';
import type { Session } from '../connection/session.ts';
import { useSession } from '../connection/session-context.ts';
import { openStream } from '../connection/stream.ts';
import { createPageStore, type PageStore } from '../store/page-store.ts';
import type { OpenRequest, Prompt } from '../store/resources.ts';
import type { TranscriptLookups } from './entries/transcript-context.ts';
import { createJournal, type Journal } from './panels/journal.ts';
import { createTranscriptFeed, type TranscriptFeed } from './transcript/feed.ts';
import { createLookup } from './transcript/lookup.ts';

export interface AgentLive {
	readonly feed: TranscriptFeed;
	readonly journal: Journal;
	readonly lookups: TranscriptLookups;
	/** The agent's prompts, runs and live statechart. */
	readonly store: PageStore;
	close(): void;
}

/** Null before the first drawing is done. */
export function useAgentLive(agentId: string): AgentLive | null {
	const session = useSession();
	const [live, setLive] = useState<AgentLive | null>(null);
	useEffect(() => {
		const opened = openAgentLive(session, agentId);
		setLive(opened);
		return () => opened.close();
	}, [session, agentId]);
	return live;
}

function openAgentLive({ api, token }: Session, agentId: string): AgentLive {
	const store = createPageStore();
	const stream = openStream({
		token,
		// No event has this topic: events come on the transcript's own stream, which has a cursor.
		subscribe: { agents: [agentId], resources: ['prompt', 'run', 'actor'], topics: ['none'] },
		onSnapshot: ({ changes, serverTime }) => store.trigger.snapshotCame({ changes, serverTime, now: Date.now() }),
		onChanges: (changes) => store.trigger.resourcesChanged({ changes }),
	});
	const feed = createTranscriptFeed({ api, token, agentId, openStream });
	const journal = createJournal(api, agentId);
	return {
		feed,
		journal,
		store,
		lookups: {
			store,
			prompts: createLookup((id) => api.get<Prompt>(`/prompts/${encodeURIComponent(id)}`)),
			requests: createLookup((id) => api.get<OpenRequest>(`/requests/${encodeURIComponent(id)}`)),
		},
		close() {
			stream.close();
			feed.close();
			journal.close();
		},
	};
}
