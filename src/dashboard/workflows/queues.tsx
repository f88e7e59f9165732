/** The queues: what waits in each, and which workflows take it. */

import { useCallback, useMemo, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Disclosure } from '../components/disclosure.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { usePage } from '../connection/session-context.ts';
import { showOnOneLine } from '../content/visible-text.ts';
import { linkTo } from '../shell/router.ts';
import { listOf } from '../store/selectors.ts';
import { HandIn, pathOfQueue } from './hand-in.tsx';
import { useQueueItems, useQueues } from './queue-feed.ts';
import { describeCounts, type ListedQueue, listQueues, type QueueItem, wordsOfItem } from './queue-list.ts';

const selectWorkflows = listOf('workflow');

export function Queues() {
	const [round, setRound] = useState(0);
	const { data, error, reload } = useQueues(useCallback(() => setRound((count) => count + 1), []));
	const workflows = usePage(selectWorkflows);
	const queues = useMemo(() => listQueues(data?.items ?? [], workflows), [data, workflows]);
	const [givenTo, setGivenTo] = useState<{ readonly path: string | null } | null>(null);
	return (
		<section className="queues" aria-labelledby="queues">
			<header className="screen-head">
				<h2 id="queues">Queues</h2>
				<Button size="small" onClick={() => setGivenTo({ path: null })}>
					Hand in an item…
				</Button>
			</header>
			<ErrorNote error={error} onRetry={reload} />
			{queues.length === 0 && !error && (
				<p className="muted">
					{data === undefined
						? 'Loading…'
						: 'None yet: a queue is there from its first item on, and it keeps its items.'}
				</p>
			)}
			<ul className="card-list dispatches">
				{queues.map((queue) => (
					<li key={queue.name}>
						<QueueRow queue={queue} round={round} onGive={() => setGivenTo({ path: pathOfQueue(queue.name) })} />
					</li>
				))}
			</ul>
			{givenTo && <HandIn path={givenTo.path} onClose={() => setGivenTo(null)} />}
		</section>
	);
}

interface QueueRowProps {
	readonly queue: ListedQueue;
	readonly round: number;
	readonly onGive: () => void;
}

function QueueRow({ queue: { name, counts, readers }, round, onGive }: QueueRowProps) {
	return (
		<Disclosure
			summary={
				<span className="dispatch-line">
					<strong>{name}</strong>
					<span className="muted">{describeCounts(counts)}</span>
				</span>
			}
		>
			{() => (
				<div className="dispatch-detail">
					<p>
						{readers.length === 0 ? (
							<span className="trouble">No workflow takes its items: they wait until one does.</span>
						) : (
							<>
								Taken by{' '}
								{readers.map(({ id, name: reader, enabled }, index) => (
									<span key={id}>
										{index > 0 && ', '}
										<a href={linkTo(['workflows', id])}>{showOnOneLine(reader, 100)}</a>
										{!enabled && ' (disabled)'}
									</span>
								))}
							</>
						)}
					</p>
					<QueueItems name={name} round={round} />
					<Button size="small" onClick={onGive}>
						Hand in an item to {name}…
					</Button>
				</div>
			)}
		</Disclosure>
	);
}

function QueueItems({ name, round }: { readonly name: string; readonly round: number }) {
	const { data, error, reload } = useQueueItems(name, round);
	if (error) return <ErrorNote error={error} onRetry={reload} />;
	if (data === undefined) return <p className="muted">Loading…</p>;
	if (data.items.length === 0) return <p className="muted">Nothing was ever in it.</p>;
	return (
		<>
			<ul className="plain-list queue-items">
				{data.items.map((item) => (
					<li key={item.id} className="dispatch-line">
						<QueueItemLine item={item} />
					</li>
				))}
			</ul>
			{data.total > data.items.length && (
				<p className="muted">
					The first {data.items.length} of {data.total}.
				</p>
			)}
		</>
	);
}

const tones = { ready: 'waiting', claimed: 'busy', done: 'ok', dead: 'danger' } as const;

function QueueItemLine({ item: { status, item, priority, workflowId, createdAt } }: { readonly item: QueueItem }) {
	return (
		<>
			<StateBadge state={status} tone={tones[status]} label={wordsOfItem(status)} />
			<span className="dispatch-title">{showOnOneLine(item.title || item.sourceId, 160)}</span>
			{priority !== 0 && <span title="Priority">P {priority}</span>}
			{workflowId !== null && <a href={linkTo(['workflows', workflowId])}>where it went</a>}
			<span className="dispatch-time muted">
				<Time at={createdAt} />
			</span>
		</>
	);
}
