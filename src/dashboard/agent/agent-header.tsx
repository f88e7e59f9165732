/** Who the agent is, how it is and what it does now, and what may be done with it. */

import { type ReactElement, useState } from 'react';
import { CopyButton } from '../components/copy-button.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { Fact } from '../components/facts.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { Fold } from '../content/fold.tsx';
import { KeptScope } from '../content/kept-state.tsx';
import { showInvisible, showOnOneLine } from '../content/visible-text.ts';
import { AgentMenu } from '../fleet/agent-menu.tsx';
import { AgentStateBadge } from '../fleet/agent-state-badge.tsx';
import { awaitsDialIn, awaitsDialInWords } from '../fleet/dial-in.ts';
import type { Agent } from '../store/resources.ts';
import { AgentTies } from './agent-ties.tsx';
import { describeUsage } from './entries/usage.ts';

export function AgentHeader({ agent }: { readonly agent: Agent }): ReactElement {
	const [error, setError] = useState<unknown>(null);
	const usage = agent.usage === null ? '' : describeUsage(agent.usage);
	return (
		<header className="agent-header">
			<div className="agent-title">
				<h1>{showOnOneLine(agent.name, 120)}</h1>
				<AgentStateBadge agent={agent} />
				{agent.staleness !== 'ok' && (
					<StateBadge
						state={agent.staleness}
						label={stalenessWords[agent.staleness]}
						title="No sign of life for long"
					/>
				)}
				<span className="agent-header-actions">
					<AgentMenu agent={agent} onError={setError} />
				</span>
			</div>
			<p className="agent-activity truncate">
				{agent.currentActivity ? showOnOneLine(agent.currentActivity, 300) : restingWords(agent)}
			</p>
			<AgentTies agentId={agent.id} />
			<ErrorNote error={error} onDismiss={() => setError(null)} />
			{agent.error && agent.executionState === 'failed' && (
				<p className="failure-note">
					<strong>It failed:</strong> {showInvisible(agent.error.message.slice(0, 2_000))}
					{readHint(agent.error) && <span className="failure-hint">{showInvisible(readHint(agent.error))}</span>}
				</p>
			)}
			<KeptScope name="header">
				<Fold
					summary={
						<span className="agent-summary truncate">
							{[agent.driver.kind, agent.generation === 0 ? '' : `run ${agent.generation}`, usage]
								.filter(Boolean)
								.join(' · ')}
						</span>
					}
				>
					{() => <AgentFacts agent={agent} usage={usage} />}
				</Fold>
			</KeptScope>
		</header>
	);
}

const stalenessWords: Readonly<Record<Agent['staleness'], string>> = {
	ok: '',
	warn: 'quiet',
	stale: 'silent',
	dead: 'no sign of life',
};

function restingWords(agent: Agent): string {
	const { executionState, queuedPrompts } = agent;
	if (executionState === 'busy') return 'At work';
	if (executionState === 'starting') return 'Launching';
	const waiting = queuedPrompts === 1 ? '1 prompt waits' : `${queuedPrompts} prompts wait`;
	if (awaitsDialIn(agent)) return queuedPrompts > 0 ? `${awaitsDialInWords}; ${waiting}` : awaitsDialInWords;
	return queuedPrompts > 0 ? waiting : 'Nothing to do';
}

/** What to do about it, where the server knows. */
function readHint({ detail }: NonNullable<Agent['error']>): string {
	const { hint, last } = (detail ?? {}) as { hint?: unknown; last?: { detail?: { hint?: unknown } } | null };
	// Who has given up says so of its last failure.
	const told = hint ?? last?.detail?.hint;
	return typeof told === 'string' ? told.slice(0, 1_000) : '';
}

function AgentFacts({ agent, usage }: { readonly agent: Agent; readonly usage: string }): ReactElement {
	const labels = Object.entries(agent.labels);
	return (
		<dl className="agent-fact-list agent-facts">
			<Fact name="Directory">
				<code>{showInvisible(agent.cwd)}</code>
			</Fact>
			<Fact name="Session">
				{agent.sessionId === null ? (
					'none yet'
				) : (
					<>
						<code>{showOnOneLine(agent.sessionId, 200)}</code> <CopyButton text={agent.sessionId} what="session id" />
					</>
				)}
			</Fact>
			<Fact name="Last sign of life">
				<Time at={agent.lastSeenAt} />
			</Fact>
			<Fact name="Process">{agent.pid === null ? 'none' : `pid ${agent.pid}`}</Fact>
			<Fact name="Used">{usage || 'nothing reported'}</Fact>
			<Fact name="Labels">
				{labels.length === 0
					? 'none'
					: labels.map(([name, value]) => (
							<span key={name} className="label-chip">
								{showOnOneLine(`${name}=${value}`, 120)}
							</span>
						))}
			</Fact>
			<Fact name="Created">
				<Time at={agent.createdAt} />
			</Fact>
		</dl>
	);
}
