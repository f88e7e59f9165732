/**
 * The transcript on the screen: only what is in sight is there. It follows what comes while one reads its
 * end, stays where it is while one reads earlier entries, and says then that there is more below.
 */

import './transcript.css';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useSelector } from '@xstate/store-react';
import { type ReactElement, useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EntryView } from '../entries/entry-view.tsx';
import type { Entry } from './entry.ts';
import type { TranscriptFeed } from './feed.ts';

/** Within so many pixels of the end one reads the end. */
const endThreshold = 48;
/** So near the top, earlier entries are fetched. */
const topThreshold = 200;

/** Heights before an entry was ever drawn, in pixels. */
const expectedHeights: Readonly<Record<Entry['kind'], number>> = {
	prompt: 84,
	message: 90,
	thought: 32,
	tool: 32,
	plan: 120,
	log: 32,
	request: 96,
	'turn-end': 28,
	milestones: 28,
	other: 32,
};

export function TranscriptView({ feed }: { readonly feed: TranscriptFeed }): ReactElement {
	const { history, isLoaded, isLoadingEarlier, error, announcement } = useSelector(
		feed.store,
		({ context }) => context,
	);
	const { entries } = history.transcript;
	const scroller = useRef<HTMLDivElement>(null);
	const getItemKey = useCallback((index: number) => entries[index]?.key ?? index, [entries]);
	const list = useVirtualizer({
		count: entries.length,
		getScrollElement: () => scroller.current,
		estimateSize: (index) => expectedHeights[entries[index]?.kind ?? 'message'],
		getItemKey,
		overscan: 8,
		paddingStart: 12,
		paddingEnd: 12,
		anchorTo: 'end',
		followOnAppend: true,
		scrollEndThreshold: endThreshold,
	});
	const { isAtEnd, look } = useReadingPlace(feed, scroller);

	// biome-ignore lint/correctness/useExhaustiveDependencies: once, when there is something to see
	useEffect(() => {
		if (isLoaded) list.scrollToEnd();
	}, [isLoaded]);

	function onScroll(): void {
		look();
		const element = scroller.current;
		if (element && element.scrollTop < topThreshold && element.scrollHeight > element.clientHeight * 1.5)
			feed.loadEarlier();
	}

	const rows = list.getVirtualItems();
	return (
		<div className="transcript">
			<h2 className="visually-hidden">Transcript</h2>
			<ErrorNote error={error} onRetry={feed.retry} />
			{history.hasEarlier && isLoaded && (
				<EarlierButton isLoading={isLoadingEarlier} isShown={(rows[0]?.index ?? 0) === 0} onClick={feed.loadEarlier} />
			)}
			<div
				ref={scroller}
				className="transcript-scroll"
				role="log"
				aria-live="off"
				aria-label="Transcript"
				aria-busy={!isLoaded}
				// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
				tabIndex={0}
				onScroll={onScroll}
			>
				{!isLoaded && !error && <p className="muted transcript-note">Loading…</p>}
				{isLoaded && entries.length === 0 && (
					<p className="muted transcript-note">Nothing yet. What the agent says and does appears here.</p>
				)}
				<div className="transcript-list" style={{ height: list.getTotalSize() }}>
					<div style={{ transform: `translateY(${rows[0]?.start ?? 0}px)` }}>
						{rows.map(({ key, index }) => {
							const entry = entries[index];
							return (
								entry && (
									<div key={key} ref={list.measureElement} data-index={index} className="transcript-row">
										<EntryView entry={entry} />
									</div>
								)
							);
						})}
					</div>
				</div>
			</div>
			<NewsButton lastKey={entries.at(-1)?.key} isAtEnd={isAtEnd} onClick={() => list.scrollToEnd()} />
			<p className="visually-hidden" aria-live="polite">
				{announcement}
			</p>
		</div>
	);
}

/** Whether the end is in sight, told to the feed as well: it drops nothing that somebody reads. */
function useReadingPlace(feed: TranscriptFeed, scroller: React.RefObject<HTMLDivElement | null>) {
	const [isAtEnd, setAtEnd] = useState(true);
	function look(): void {
		const element = scroller.current;
		if (!element) return;
		const isThere = element.scrollHeight - element.scrollTop - element.clientHeight <= endThreshold;
		setAtEnd(isThere);
		feed.setReading(!isThere);
	}
	return { isAtEnd, look };
}

interface EarlierButtonProps {
	readonly isLoading: boolean;
	/** The first entry is in sight. */
	readonly isShown: boolean;
	readonly onClick: () => void;
}

function EarlierButton({ isLoading, isShown, onClick }: EarlierButtonProps): ReactElement | null {
	if (!isShown) return null;
	return (
		<Button className="transcript-pill transcript-earlier" size="small" busy={isLoading} onClick={onClick}>
			{isLoading ? 'Loading earlier…' : 'Load earlier'}
		</Button>
	);
}

interface NewsButtonProps {
	readonly lastKey: string | undefined;
	readonly isAtEnd: boolean;
	readonly onClick: () => void;
}

/** Leads to the end, and says whether something has come there since one left it. */
function NewsButton({ lastKey, isAtEnd, onClick }: NewsButtonProps): ReactElement | null {
	const [seen, setSeen] = useState(lastKey);
	useEffect(() => {
		if (isAtEnd) setSeen(lastKey);
	}, [isAtEnd, lastKey]);
	if (isAtEnd) return null;
	return (
		<Button
			className="transcript-pill transcript-latest"
			size="small"
			look={seen === lastKey ? 'plain' : 'primary'}
			onClick={onClick}
		>
			{seen === lastKey ? '↓ To the end' : '↓ New messages'}
		</Button>
	);
}
