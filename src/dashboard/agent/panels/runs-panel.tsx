/** Launches of the agent and how they ended, and what is done when one fails. */

import { type ReactElement, useCallback, useEffect, useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { useApi } from '../../connection/session-context.ts';
import { showInvisible } from '../../content/visible-text.ts';
import type { Agent, Run } from '../../store/resources.ts';
import { formatSpan, Moment } from '../entries/entry-parts.tsx';
import { describeExit, describeRestart, mergeRuns } from './runs.ts';

export interface RunsPanelProps {
	readonly agent: Agent;
	/** As the stream tells them. */
	readonly live: ReadonlyMap<string, Run>;
}

const pageSize = 50;

export function RunsPanel({ agent, live }: RunsPanelProps): ReactElement {
	const { fetched, total, error, load } = useRuns(agent.id);
	const runs = useMemo(() => mergeRuns(fetched, live.values(), agent.id), [fetched, live, agent.id]);
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
		<div className="panel-body panel-scroll" tabIndex={0}>
			<section>
				<h2>Restarts</h2>
				<p>{describeRestart(agent.restart)}</p>
				{agent.error && (
					<p className="failure-note">
						<strong>Last failure:</strong> {showInvisible(agent.error.message)}{' '}
						<code className="muted">{agent.error.code}</code>
					</p>
				)}
			</section>
			<section>
				<h2>Runs</h2>
				<ErrorNote error={error} onRetry={() => load(0)} />
				{runs.length === 0 && !error && <p className="muted">It was never launched.</p>}
				<ol className="runs">
					{runs.map((run) => (
						<RunRow key={run.id} run={run} />
					))}
				</ol>
				{fetched.length < total && <Button onClick={() => load(fetched.length)}>Show earlier runs</Button>}
			</section>
		</div>
	);
}

function useRuns(agentId: string) {
	const api = useApi();
	const [fetched, setFetched] = useState<readonly Run[]>([]);
	const [total, setTotal] = useState(0);
	const [error, setError] = useState<unknown>(null);
	const load = useCallback(
		async (offset: number) => {
			try {
				setError(null);
				const query = { offset, limit: pageSize };
				const path = `/agents/${encodeURIComponent(agentId)}/runs`;
				const page = await api.get<{ items: readonly Run[]; total: number }>(path, { query });
				setFetched((known) => [...known.slice(0, offset), ...page.items]);
				setTotal(page.total);
			} catch (thrown) {
				setError(thrown);
			}
		},
		[api, agentId],
	);
	useEffect(() => void load(0), [load]);
	return { fetched, total, error, load };
}

function RunRow({ run }: { readonly run: Run }): ReactElement {
	const tookMs = run.completedAt === null ? null : Date.parse(run.completedAt) - Date.parse(run.startedAt);
	const facts = [
		tookMs === null ? '' : `lasted ${formatSpan(tookMs)}`,
		describeExit(run),
		run.pid === null ? '' : `pid ${run.pid}`,
	].filter((fact) => fact !== '');
	return (
		<li className="run">
			<div className="run-head">
				<strong>Run {run.generation}</strong>
				<StateBadge state={run.state} />
				<Moment at={run.startedAt} />
				<span className="muted">{facts.join(' · ')}</span>
			</div>
			{run.error && (
				<p className="run-error">
					{showInvisible(run.error.message)} <code className="muted">{run.error.code}</code>
				</p>
			)}
		</li>
	);
}
