/** One group: who is in it, what a failure means for them, and what may be done with it. */

import '../components/detail.css';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { ConfirmWithReason } from '../components/confirm-with-reason.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { useApi, useResource } from '../connection/session-context.ts';
import { showOnOneLine } from '../content/visible-text.ts';
import { AgentStateBadge } from '../fleet/agent-state-badge.tsx';
import { linkTo } from '../shell/router.ts';
import { showToast } from '../shell/toast-store.ts';
import type { Group } from '../store/resources.ts';
import { strategyWords } from './group-draft.ts';
import { GroupForm } from './group-form.tsx';

export function GroupCard({ group }: { readonly group: Group }) {
	const { name, state, strategy, members, maxRestarts, withinSeconds } = group;
	const [error, setError] = useState<unknown>(null);
	return (
		<article className="card group-card" aria-label={showOnOneLine(name, 100)}>
			<header className="group-card-head">
				<h2>{showOnOneLine(name, 100)}</h2>
				<StateBadge state={state} />
				<GroupActions group={group} onError={setError} />
			</header>
			<ErrorNote error={error} onDismiss={() => setError(null)} />
			<p className="muted">
				When one fails, {strategyWords[strategy]}; at most {maxRestarts} times in {withinSeconds} s.
			</p>
			{state === 'resting' && (
				<p className="group-rests">Its members failed too often: each is on its own until you let the group go on.</p>
			)}
			<ol className="group-members">
				{members.map(({ id, name: member }) => (
					<li key={id}>
						<Member id={id} name={member} />
					</li>
				))}
			</ol>
		</article>
	);
}

function Member({ id, name }: { readonly id: string; readonly name: string | null }) {
	const agent = useResource('agent', id);
	if (agent === undefined && name === null) return <span className="muted">{id}, which is gone</span>;
	return (
		<>
			<a href={linkTo(['agents', id])}>{agent?.name ?? name}</a>
			{agent && <AgentStateBadge agent={agent} />}
		</>
	);
}

interface GroupActionsProps {
	readonly group: Group;
	/** Told of what went wrong, and with null when somebody tries again. */
	readonly onError: (error: unknown) => void;
}

function GroupActions({ group, onError }: GroupActionsProps) {
	const api = useApi();
	const [asked, setAsked] = useState<'edit' | 'remove' | null>(null);
	const [isResetting, setIsResetting] = useState(false);
	const path = `/groups/${encodeURIComponent(group.id)}`;
	const close = () => setAsked(null);

	async function reset(): Promise<void> {
		onError(null);
		setIsResetting(true);
		try {
			await api.post(`${path}/reset`);
			showToast(`${group.name} watches again`);
		} catch (error) {
			onError(error);
		} finally {
			setIsResetting(false);
		}
	}

	return (
		<div className="detail-actions">
			{group.state === 'resting' && (
				<Button needs="admin" size="small" look="primary" busy={isResetting} onClick={reset}>
					Let it go on
				</Button>
			)}
			<Button needs="admin" size="small" onClick={() => setAsked('edit')}>
				Change…
			</Button>
			<Button needs="admin" size="small" look="quiet" onClick={() => setAsked('remove')}>
				Dissolve…
			</Button>
			{asked === 'edit' && <GroupForm group={group} onClose={close} />}
			{asked === 'remove' && (
				<ConfirmWithReason
					title={`Dissolve ${group.name}?`}
					words="Its agents stay as they are; from now on each is restarted alone."
					action="Dissolve it"
					isReasonNeeded={false}
					onConfirm={(reason) => api.delete(path, reason === '' ? undefined : { reason })}
					onClose={close}
				/>
			)}
		</div>
	);
}
