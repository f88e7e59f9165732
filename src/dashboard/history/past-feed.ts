/** A transcript that ends where a step was committed: the agent's own, except that nothing after comes to it. */

import { createTranscriptFeed, type TranscriptFeed } from '../agent/transcript/feed.ts';
import type { Api } from '../connection/api.ts';

/** `cursor`: seq of the last event of that step. */
export function createPastFeed(api: Pick<Api, 'get'>, agentId: string, cursor: number): TranscriptFeed {
	return createTranscriptFeed({
		api: {
			get: (path, options = {}) => {
				const before = Math.min(Number(options.query?.before ?? Number.POSITIVE_INFINITY), cursor + 1);
				return api.get(path, { ...options, query: { ...options.query, before } });
			},
		},
		token: '',
		agentId,
		// The past does not go on.
		openStream: () => ({ close: () => {} }),
	});
}
