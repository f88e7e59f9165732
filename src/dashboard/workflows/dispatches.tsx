/** The dispatches of a workflow, newest first: what became of each item. */

import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { Disclosure } from '../components/disclosure.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { useLoaded } from '../connection/loaded.ts';
import { useApi, usePage } from '../connection/session-context.ts';
import { showInvisible, showOnOneLine } from '../content/visible-text.ts';
import { showToast } from '../shell/toast-store.ts';
import type { Dispatch, Workflow } from '../store/resources.ts';
import { mayRetry, mergeDispatches } from './dispatch-list.ts';
import { DispatchPrompt } from './dispatch-prompt.tsx';
import type { WholeDispatch } from './whole-dispatch.ts';

const pageSize = 50;

export function Dispatches({ workflow }: { readonly workflow: Workflow }) {
	const [limit, setLimit] = useState(pageSize);
	const live = usePage(({ resources }) => resources.dispatch);
	const { data, error, isLoading, reload } = useLoaded(`dispatches ${workflow.id} ${limit}`, (api, signal) =>
		api.get<{ items: Dispatch[]; total: number }>(`/workflows/${encodeURIComponent(workflow.id)}/dispatches`, {
			query: { limit },
			signal,
		}),
	);
	const dispatches = mergeDispatches(workflow.id, data?.items ?? [], live.values());
	if (error) return <ErrorNote error={error} onRetry={reload} />;
	if (data === undefined) return <p className="muted">Loading…</p>;
	if (dispatches.length === 0) {
		return <p className="muted">Nothing was dispatched yet. What its trigger finds is shown here as it comes.</p>;
	}
	return (
		<>
			<ul className="card-list dispatches">
				{dispatches.map((dispatch) => (
					<li key={dispatch.id}>
						<DispatchRow dispatch={dispatch} />
					</li>
				))}
			</ul>
			{data.total > limit && limit < 200 && (
				<Button size="small" busy={isLoading} onClick={() => setLimit(Math.min(200, limit + pageSize))}>
					Show more of {data.total}
				</Button>
			)}
			{data.total > 200 && limit >= 200 && <p className="muted">The 200 newest of {data.total} are shown.</p>}
		</>
	);
}

function DispatchRow({ dispatch }: { readonly dispatch: Dispatch }) {
	const { title, sourceId, status, attempts, maxAttempts, nextAttemptAt, error, createdAt } = dispatch;
	return (
		<Disclosure
			summary={
				<span className="dispatch-line">
					<StateBadge state={status} />
					<span className="dispatch-title">{showOnOneLine(title || sourceId, 160)}</span>
					{attempts > 1 && (
						<span className="muted">
							attempt {attempts} of {maxAttempts}
						</span>
					)}
					{nextAttemptAt !== null && status !== 'pending' && (
						<span className="muted">
							again <Time at={nextAttemptAt} />
						</span>
					)}
					{error && <span className="trouble truncate">{showOnOneLine(error.message, 200)}</span>}
					<span className="dispatch-time muted">
						<Time at={createdAt} />
					</span>
				</span>
			}
		>
			{() => <DispatchDetail dispatch={dispatch} />}
		</Disclosure>
	);
}

function DispatchDetail({ dispatch }: { readonly dispatch: Dispatch }) {
	const api = useApi();
	const [failure, setFailure] = useState<unknown>(null);
	const [isRetrying, setIsRetrying] = useState(false);
	const path = `/dispatches/${encodeURIComponent(dispatch.id)}`;
	const { data, error, reload } = useLoaded(`${path} ${dispatch.updatedAt}`, (client, signal) =>
		client.get<WholeDispatch>(path, { signal }),
	);

	async function retry(): Promise<void> {
		setFailure(null);
		setIsRetrying(true);
		try {
			await api.post(`${path}/retry`);
			showToast('It waits for its turn again');
		} catch (thrown) {
			setFailure(thrown);
		} finally {
			setIsRetrying(false);
		}
	}

	if (error) return <ErrorNote error={error} onRetry={reload} />;
	if (data === undefined) return <p className="muted">Loading…</p>;
	const { item, prompts } = data;
	return (
		<div className="dispatch-detail">
			<p className="muted">
				<span className="mono">{dispatch.id}</span> for{' '}
				<span className="mono">{showOnOneLine(item.sourceId, 200)}</span>
				{item.url !== null && /^https?:/.test(item.url) && (
					<>
						{' '}
						<a href={item.url} target="_blank" rel="noreferrer noopener nofollow">
							where it comes from
						</a>
					</>
				)}
			</p>
			{item.body !== null && <pre className="dispatch-body">{showInvisible(item.body.slice(0, 20_000))}</pre>}
			{item.labels.length > 0 && (
				<p className="muted">{item.labels.map((label) => showOnOneLine(label, 60)).join(', ')}</p>
			)}
			{prompts.length > 0 && (
				<ol className="dispatch-prompts">
					{prompts.map((attempt) => (
						<li key={attempt.id}>
							<DispatchPrompt attempt={attempt} />
						</li>
					))}
				</ol>
			)}
			{mayRetry(dispatch) && (
				<Button needs="prompt" size="small" busy={isRetrying} onClick={retry}>
					Send it again
				</Button>
			)}
			<ErrorNote error={failure} />
		</div>
	);
}
