// biome-ignore-all lint/a11y/useSemanticElements: rows are drawn only in sight and become cards; a table laid out as a grid loses its roles.
/** One agent in the list: a row of a table on wide windows, a card on narrow ones. */

import './agent-row.css';
import { memo, useState } from 'react';
import { AgentName, visibleName } from '../components/agent-name.tsx';
import { classNames } from '../components/class-names.ts';
import { ErrorNote } from '../components/error-note.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import { linkTo } from '../shell/router.ts';
import type { Agent } from '../store/resources.ts';
import { countRestarts } from './agent-list.ts';
import { AgentMenu } from './agent-menu.tsx';
import { AgentStateBadge } from './agent-state-badge.tsx';
import { formatUsage } from './amounts.ts';
import { awaitsDialIn, awaitsDialInWords } from './dial-in.ts';

export const columns = ['State', 'Agent', 'Now', 'Waiting', 'Cost', 'Restarts', 'Last seen', 'Actions'] as const;

export interface AgentRowProps {
	readonly agent: Agent;
	/** Its place among all that are listed, from 0: finds it again when the list scrolls. */
	readonly index: number;
}

export const AgentRow = memo(function AgentRow({ agent, index }: AgentRowProps) {
	const [error, setError] = useState<unknown>(null);
	const usage = formatUsage(agent.usage);
	const restarts = countRestarts(agent);
	return (
		<>
			<div role="cell" className="agent-state">
				<AgentStateBadge agent={agent} />
			</div>
			<div role="cell" className="agent-name">
				<a href={linkTo(['agents', agent.id])} data-row={index} title={visibleName(agent.name)}>
					<AgentName name={agent.name} />
				</a>
				<span className="agent-kind muted">
					{agent.driver.kind}
					{Object.entries(agent.labels).map(([name, value]) => (
						<span key={name} className="label">
							{visibleName(`${name}=${value}`)}
						</span>
					))}
				</span>
			</div>
			<div role="cell" className={classNames('agent-now', agent.executionState === 'failed' && 'row-failure')}>
				<Now agent={agent} />
			</div>
			<div role="cell" className="agent-waiting">
				<Waiting agent={agent} />
			</div>
			<div role="cell" className={classNames('agent-cost', usage === null && 'agent-nothing')} data-label="Cost">
				{usage ?? '–'}
			</div>
			<div
				role="cell"
				className={classNames('agent-restarts', restarts === 0 && 'agent-nothing')}
				data-label="Restarts"
				title={describeRestart(agent)}
			>
				{restarts}
			</div>
			<div role="cell" className="agent-seen" data-label="Seen">
				{agent.lastSeenAt === null ? <span className="muted">never</span> : <Time at={agent.lastSeenAt} />}
				{agent.staleness !== 'ok' && <StateBadge {...staleness[agent.staleness]} state={agent.staleness} />}
			</div>
			<div role="cell" className="row-actions">
				<AgentMenu agent={agent} onError={setError} />
			</div>
			{error !== null && (
				<div role="cell" className="agent-error">
					<ErrorNote error={error} onDismiss={() => setError(null)} />
				</div>
			)}
		</>
	);
});

const staleness = {
	warn: { label: 'quiet', tone: 'warn', title: 'No sign of life for three heartbeats' },
	stale: { label: 'stale', tone: 'warn', title: 'No sign of life for ten heartbeats' },
	dead: { label: 'silent', tone: 'danger', title: 'No sign of life for thirty heartbeats' },
} as const;

function Now({ agent }: { readonly agent: Agent }) {
	const { currentActivity, error, executionState } = agent;
	const failure = executionState === 'failed' || executionState === 'stopped' ? error?.message : undefined;
	const text = showOnOneLine(failure ?? currentActivity ?? (awaitsDialIn(agent) ? awaitsDialInWords : ''));
	return <span title={text}>{text}</span>;
}

function Waiting({ agent: { id, openRequests, queuedPrompts } }: { readonly agent: Agent }) {
	return (
		<>
			{openRequests > 0 && (
				<a className="requests-link" href={linkTo(['inbox'], { agent: id })}>
					{openRequests === 1 ? '1 request' : `${openRequests} requests`}
				</a>
			)}
			{queuedPrompts > 0 && <span>{queuedPrompts} queued</span>}
		</>
	);
}

function describeRestart({ generation, restart }: Agent): string {
	const policy = typeof restart.policy === 'string' ? `; restart policy ${restart.policy}` : '';
	return `${generation === 1 ? '1 launch' : `${generation} launches`}${policy}`;
}
