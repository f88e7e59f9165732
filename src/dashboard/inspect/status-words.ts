/** What is going on, in words. */

import type { FeedStatus } from './feed.ts';

export function describeStatus(status: FeedStatus, host: string): string {
	switch (status.state) {
		case 'loading':
			return status.late
				? `${host} has not answered. It may want you to sign in, or may not let itself be shown in a frame: try a window.`
				: `Loading ${host} …`;
		case 'connecting':
			return 'Asking the server …';
		case 'live':
			return describeExtent(status);
		case 'waiting':
			return status.full
				? 'The server has as many viewers as it takes. Trying again …'
				: 'The server does not answer. Trying again …';
		case 'ended':
			return endings[status.reason];
		default:
			return status satisfies never;
	}
}

function describeExtent({ shown, leftOut, limit }: Extract<FeedStatus, { state: 'live' }>): string {
	const actors = shown === 1 ? '1 actor' : `${shown} actors`;
	if (leftOut === 0) return `Live: ${actors}.`;
	return `Live: ${actors}; ${leftOut} more are left out, for no more than ${limit} are shown. Choose an agent or a workflow to see others.`;
}

const endings = {
	token: 'The server does not know this token any more.',
	forbidden: 'This token may not read, or the server does not know this page’s address as its own.',
	unknown: 'There is no such agent or workflow (any more). Choose another one.',
	moved: 'The server uses another inspector now. Load this page again.',
} as const;
