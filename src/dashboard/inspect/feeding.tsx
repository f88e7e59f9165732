/** The inspector once it is opened: a frame of this page, or a window beside it, and how its feed is. */

import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type Choice, feedAddress } from './choice.ts';
import { type FeedStatus, type FeedTarget, openFeed } from './feed.ts';
import { describeStatus } from './status-words.ts';
import { frameTarget, onReady, windowTarget } from './targets.ts';

/** Whatever it needs to be itself; but it cannot lead this page elsewhere. */
const sandbox =
	'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads';

export interface FeedingProps {
	readonly inspectorUrl: string;
	readonly token: string;
	readonly choice: Choice;
	/** Null: in a frame. */
	readonly opened: Window | null;
	/** The server does not take the token. */
	readonly onRefused: () => void;
	/** The window was closed. */
	readonly onClosed: () => void;
	readonly children: ReactNode;
}

/** To be given another key for another choice: what the inspector shows is then loaded anew. */
export function Feeding(props: FeedingProps) {
	const { inspectorUrl, token, choice, opened, onRefused, onClosed, children } = props;
	const [status, setStatus] = useState<FeedStatus>({ state: 'loading', late: false });
	const frame = useRef<HTMLIFrameElement>(null);
	const { host } = new URL(inspectorUrl);

	useEffect(() => {
		const target = createTarget(opened, frame.current, inspectorUrl);
		if (target === null) return;
		const feed = openFeed({
			target,
			inspectorUrl,
			openSocket: () => new WebSocket(feedAddress(window.location.origin, token, choice)),
			onStatus(next) {
				setStatus(next);
				if (next.state === 'ended' && next.reason === 'token') onRefused();
			},
		});
		const stopListening = onReady(() => opened ?? frame.current?.contentWindow, inspectorUrl, feed.ready);
		return () => {
			stopListening();
			feed.close();
		};
	}, [opened, inspectorUrl, token, choice, onRefused]);

	useEffect(() => {
		if (opened === null) return;
		const timer = setInterval(() => opened.closed && onClosed(), 500);
		return () => clearInterval(timer);
	}, [opened, onClosed]);

	return (
		<>
			<div className="inspect-bar">
				<p role="status" className="inspect-status" data-state={status.state}>
					{describeStatus(status, host)}
				</p>
				{children}
			</div>
			{opened === null ? (
				<iframe
					ref={frame}
					className="inspect-frame"
					title={`Inspector of ${host}`}
					src={inspectorUrl}
					sandbox={sandbox}
					allow=""
				/>
			) : (
				<p className="inspect-elsewhere">The inspector is in a window of its own. This page feeds it: leave it open.</p>
			)}
		</>
	);
}

function createTarget(opened: Window | null, frame: HTMLIFrameElement | null, inspectorUrl: string): FeedTarget | null {
	if (opened !== null) return windowTarget(opened, inspectorUrl);
	return frame && frameTarget(frame, inspectorUrl);
}
