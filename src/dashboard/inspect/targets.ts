/**
 * The inspector as a frame of this page, or as a window of its own.
 *
 * 1. What it says counts only if it comes from that very window and from the inspector's origin; what we
 *    say is delivered to that origin and to no page that may have taken its place.
 */

import type { FeedTarget } from './feed.ts';

/** The frame must have its address already: it is loaded by whoever draws it. */
export function frameTarget(frame: HTMLIFrameElement, inspectorUrl: string): FeedTarget {
	const { origin } = new URL(inspectorUrl);
	return {
		post: (message) => frame.contentWindow?.postMessage(message, origin),
		reload() {
			frame.src = inspectorUrl;
		},
	};
}

export function windowTarget(opened: Window, inspectorUrl: string): FeedTarget {
	const { origin } = new URL(inspectorUrl);
	return {
		post: (message) => opened.postMessage(message, origin),
		reload: () => opened.location.replace(inspectorUrl),
	};
}

/** Calls back each time the inspector says that it is ready; answers how to stop that. */
export function onReady(
	source: () => Window | null | undefined,
	inspectorUrl: string,
	ready: () => void,
	page: Pick<Window, 'addEventListener' | 'removeEventListener'> = window,
): () => void {
	const { origin } = new URL(inspectorUrl);
	const listen = (event: MessageEvent): void => {
		if (event.origin !== origin || event.source !== source()) return;
		if ((event.data as { readonly type?: unknown } | null)?.type === '@statelyai.connected') ready();
	};
	page.addEventListener('message', listen);
	return () => page.removeEventListener('message', listen);
}
