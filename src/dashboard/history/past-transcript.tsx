/** What was said and done up to the chosen step. */

import { type ReactElement, useEffect, useState } from 'react';
import type { TranscriptFeed } from '../agent/transcript/feed.ts';
import { TranscriptView } from '../agent/transcript/transcript-view.tsx';
import { useApi } from '../connection/session-context.ts';
import { createPastFeed } from './past-feed.ts';

export interface PastTranscriptProps {
	readonly agentId: string;
	/** Null where it is not known how far the events went. */
	readonly cursor: number | null;
}

export function PastTranscript({ agentId, cursor }: PastTranscriptProps): ReactElement | null {
	const api = useApi();
	const [feed, setFeed] = useState<TranscriptFeed | null>(null);
	useEffect(() => {
		if (cursor === null) return;
		const opened = createPastFeed(api, agentId, cursor);
		setFeed(opened);
		return () => opened.close();
	}, [api, agentId, cursor]);
	if (cursor === null) return <p className="muted">The events of that time are not stored any more.</p>;
	return feed && <div className="history-transcript">{<TranscriptView key={cursor} feed={feed} />}</div>;
}
