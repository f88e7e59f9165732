/** What stands around every screen: navigation, connection, messages. */

import './frame.css';
import { Suspense, useEffect } from 'react';
import { classNames } from '../components/class-names.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { describeRights, RightsContext } from '../components/rights.ts';
import { usePage } from '../connection/session-context.ts';
import { selectOpenCount } from '../store/selectors.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { Navigation } from './navigation.tsx';
import { linkTo, parseHash, useHash } from './router.ts';
import { useScreenChange } from './screen-change.ts';
import { ScreenGuard } from './screen-guard.tsx';
import { findScreen, loadScreens } from './screens.tsx';
import { useTitle } from './title.ts';
import { Toasts } from './toasts.tsx';

export function Frame() {
	const { segments, query } = parseHash(useHash());
	const entry = findScreen(segments);
	const openCount = usePage(selectOpenCount);
	const isStale = usePage(({ connection }) => connection.state !== 'live' && connection.lostSince !== null);
	useScreenChange(segments.join('/'));
	useTitle(entry?.title ?? 'Not found', openCount);
	const scopes = usePage((context) => context.scopes);
	const rights = describeRights(scopes);
	const isLoaded = usePage((context) => context.isLoaded);
	useEffect(() => {
		if (isLoaded) void loadScreens();
	}, [isLoaded]);
	return (
		<RightsContext value={scopes}>
			<div className={classNames('frame', isStale && 'is-stale')}>
				<button type="button" className="skip-link" onClick={focusMain}>
					Skip to content
				</button>
				<Navigation current={entry?.path === 'agents' ? '' : entry?.path} openCount={openCount} />
				<div className="frame-side">
					<ConnectionBanner />
					{rights && <p className="frame-rights">{rights}</p>}
					<main id="main" tabIndex={-1}>
						{entry === undefined && <h1 className="visually-hidden">Not found</h1>}
						{entry === undefined ? (
							<EmptyState title="There is no such screen" actions={<a href={linkTo([])}>To the fleet</a>} />
						) : (
							<ScreenGuard key={entry.path}>
								<Suspense fallback={<p className="muted frame-loading">Loading…</p>}>
									<entry.Screen id={segments[1]} query={query} />
								</Suspense>
							</ScreenGuard>
						)}
					</main>
				</div>
				<Toasts />
			</div>
		</RightsContext>
	);
}

/** Not a link: the address names the screen. */
function focusMain(): void {
	document.getElementById('main')?.focus();
}
