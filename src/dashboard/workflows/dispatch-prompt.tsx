/** One attempt at a dispatch: what the agent was sent, and the way to the agent. */

import { Disclosure } from '../components/disclosure.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { useLoaded } from '../connection/loaded.ts';
import { useResource } from '../connection/session-context.ts';
import { showInvisible, showOnOneLine } from '../content/visible-text.ts';
import { linkTo } from '../shell/router.ts';
import type { Prompt } from '../store/resources.ts';
import type { WholeDispatch } from './whole-dispatch.ts';

type Attempt = WholeDispatch['prompts'][number];

export function DispatchPrompt({ attempt: { id, status, createdAt, error } }: { readonly attempt: Attempt }) {
	return (
		<Disclosure
			summary={
				<span className="dispatch-line">
					<StateBadge state={status} />
					<span>what the agent was sent</span>
					{error && <span className="trouble">{showOnOneLine(error.message, 300)}</span>}
					<span className="dispatch-time muted">
						<Time at={createdAt} />
					</span>
				</span>
			}
		>
			{() => <SentPrompt id={id} />}
		</Disclosure>
	);
}

function SentPrompt({ id }: { readonly id: string }) {
	const path = `/prompts/${encodeURIComponent(id)}`;
	const { data, error, reload } = useLoaded(path, (api, signal) => api.get<Prompt>(path, { signal }));
	const agent = useResource('agent', data?.agentId);
	if (error) return <ErrorNote error={error} onRetry={reload} />;
	if (data === undefined) return <p className="muted">Loading…</p>;
	return (
		<>
			<pre className="dispatch-body">{showInvisible(data.text.slice(0, 20_000))}</pre>
			<p>
				<a href={linkTo(['agents', data.agentId])}>What {agent?.name ?? data.agentId} did</a>
			</p>
		</>
	);
}
