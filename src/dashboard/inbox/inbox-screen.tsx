/** The inbox: everything that agents ask of people, the most urgent first. */

import './inbox.css';
import { useEffect, useMemo, useRef } from 'react';
import { AgentName } from '../components/agent-name.tsx';
import { ButtonLink } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { usePage, useResource } from '../connection/session-context.ts';
import { linkTo } from '../shell/router.ts';
import type { ScreenProps } from '../shell/screens.tsx';
import type { OpenRequest } from '../store/resources.ts';
import { selectOpenRequests } from '../store/selectors.ts';
import { RequestCard } from './request-card.tsx';
import { nextRequest, orderRequests } from './request-list.ts';

export function InboxScreen({ query }: ScreenProps) {
	const open = usePage(selectOpenRequests);
	const isLoaded = usePage((context) => context.isLoaded);
	const agentId = query.get('agent');
	const agent = useResource('agent', agentId);
	const requests = useMemo(
		() => orderRequests(agentId === null ? open : open.filter((request) => request.agentId === agentId)),
		[open, agentId],
	);
	if (!isLoaded) return <p className="muted frame-loading">Waiting for the server…</p>;
	return (
		<div className="inbox">
			<header className="screen-head">
				<h1>Inbox</h1>
				{agentId !== null && (
					<p>
						Of <AgentName name={agent?.name ?? agentId} /> only.{' '}
						<a href={linkTo(['inbox'])}>Show all ({open.length})</a>
					</p>
				)}
				{requests.length > 0 && (
					<p className="muted inbox-keys">
						<kbd>j</kbd> <kbd>k</kbd> next and previous, <kbd>1</kbd>–<kbd>9</kbd> answer
					</p>
				)}
			</header>
			{requests.length === 0 ? (
				<EmptyState title="Nobody waits for you" actions={<ButtonLink href={linkTo([])}>To the fleet</ButtonLink>}>
					<p>When an agent needs a permission or asks a question, it is shown here, and counted in the tab's title.</p>
				</EmptyState>
			) : (
				<RequestList requests={requests} />
			)}
		</div>
	);
}

function RequestList({ requests }: { readonly requests: readonly OpenRequest[] }) {
	const list = useRef<HTMLDivElement>(null);
	useRequestKeys(list);
	useFocusKept(list, requests);
	return (
		<div ref={list} className="inbox-list">
			{requests.map((request) => (
				<RequestCard key={request.id} request={request} />
			))}
		</div>
	);
}

type ListRef = React.RefObject<HTMLDivElement | null>;

function cardsOf(list: ListRef): HTMLElement[] {
	return [...(list.current?.querySelectorAll<HTMLElement>('[data-request]') ?? [])];
}

/** `j` and `k` go from card to card, unless somebody is typing. */
function useRequestKeys(list: ListRef): void {
	useEffect(() => {
		function onKeyDown(event: KeyboardEvent): void {
			if (event.ctrlKey || event.metaKey || event.altKey) return;
			if (event.target instanceof Element && event.target.closest('input, textarea, select, dialog')) return;
			const cards = cardsOf(list);
			const at = cards.findIndex((card) => card.contains(document.activeElement));
			const to = nextRequest(event.key, at, cards.length);
			if (to === null) return;
			event.preventDefault();
			cards[to]?.focus();
			cards[to]?.scrollIntoView({ block: 'nearest' });
		}
		document.addEventListener('keydown', onKeyDown);
		return () => document.removeEventListener('keydown', onKeyDown);
	}, [list]);
}

/** Whoever was about to answer the card before is not to answer this one. */
const settlingMs = 700;

/** When the card that has the focus is answered and goes, the one that takes its place gets it. */
function useFocusKept(list: ListRef, requests: readonly OpenRequest[]): void {
	const at = useRef(-1);
	useEffect(() => {
		const onFocus = () => {
			at.current = cardsOf(list).findIndex((card) => card.contains(document.activeElement));
		};
		document.addEventListener('focusin', onFocus);
		return () => document.removeEventListener('focusin', onFocus);
	}, [list]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: looks again whenever the list is another one.
	useEffect(() => {
		if (at.current < 0 || document.activeElement !== document.body) return;
		const cards = cardsOf(list);
		const card = cards[Math.min(at.current, cards.length - 1)];
		if (card === undefined) return;
		card.focus();
		card.dataset.settling = '';
		const timer = setTimeout(() => delete card.dataset.settling, settlingMs);
		return () => clearTimeout(timer);
	}, [list, requests]);
}
