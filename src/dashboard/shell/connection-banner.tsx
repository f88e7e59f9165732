/** Says that what is in sight is old: since when, and when the next try is. */

import './connection-banner.css';
import { Button } from '../components/button.tsx';
import { useNow } from '../components/clock.ts';
import { formatCountdown, formatRelative } from '../components/durations.ts';
import { MarkedText } from '../components/marked-text.tsx';
import { usePage, useSession } from '../connection/session-context.ts';
import type { StreamStatus } from '../connection/stream-status.ts';

/** A connection that comes back this soon is not worth a word. */
const quietMs = 1_200;

export function ConnectionBanner() {
	const status = usePage(({ connection }) => connection);
	const isLoaded = usePage((context) => context.isLoaded);
	if (status.state === 'live' || status.lostSince === null) return null;
	return <LostBanner status={status} lostSince={status.lostSince} isLoaded={isLoaded} />;
}

interface LostBannerProps {
	readonly status: Exclude<StreamStatus, { state: 'live' }>;
	readonly lostSince: number;
	readonly isLoaded: boolean;
}

function LostBanner({ status, lostSince, isLoaded }: LostBannerProps) {
	const { retry } = useSession();
	const now = useNow();
	if (now - lostSince < quietMs && status.state !== 'refused') return null;
	return (
		<div className="connection-banner">
			<p role="alert">
				<strong>{status.state === 'refused' ? 'The server does not let this page in.' : 'Connection lost.'}</strong>{' '}
				<MarkedText
					text={isLoaded ? 'What you see is how it was then.' : 'Is the server running? `npm start` starts it.'}
				/>
			</p>
			<p className="connection-banner-when">
				Lost {formatRelative(lostSince, now)}. <MarkedText text={describeNext(status, now)} />
			</p>
			{status.state !== 'connecting' && (
				<Button size="small" onClick={retry}>
					Try now
				</Button>
			)}
		</div>
	);
}

function describeNext(status: LostBannerProps['status'], now: number): string {
	switch (status.state) {
		case 'connecting':
			return 'Trying…';
		case 'waiting':
			return `Next try in ${formatCountdown(Math.max(1_000, status.nextTryAt - now))}.`;
		case 'refused':
			return 'Its token lacks the scope `read`, or this address is not one it is to be reached at.';
	}
}
