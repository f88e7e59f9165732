/** One workflow: its dispatches, and its configuration. */

import { useState } from 'react';
import { CopyButton } from '../components/copy-button.tsx';
import { Detail } from '../components/detail.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { Tabs } from '../components/tabs.tsx';
import { Time } from '../components/time.tsx';
import { usePage, useResource } from '../connection/session-context.ts';
import { showOnOneLine } from '../content/visible-text.ts';
import { AgentStateBadge } from '../fleet/agent-state-badge.tsx';
import { linkTo, navigate } from '../shell/router.ts';
import { showToast } from '../shell/toast-store.ts';
import type { Workflow } from '../store/resources.ts';
import { Dispatches } from './dispatches.tsx';
import { RunnerBadge, RunnerNote } from './runner-badge.tsx';
import { describeTrigger } from './trigger-form.ts';
import { WorkflowActions } from './workflow-actions.tsx';
import { WorkflowEditor } from './workflow-editor.tsx';

export function WorkflowView({ id, tab }: { readonly id: string; readonly tab: string }) {
	const workflow = useResource('workflow', id);
	const isLoaded = usePage((context) => context.isLoaded);
	if (workflow !== undefined) return <Known workflow={workflow} tab={tab} />;
	if (!isLoaded) return <p className="muted">Loading…</p>;
	return (
		<EmptyState title="There is no such workflow" actions={<a href={linkTo(['workflows'])}>To the workflows</a>}>
			<p>It may have been removed.</p>
		</EmptyState>
	);
}

function Known({ workflow, tab }: { readonly workflow: Workflow; readonly tab: string }) {
	const [error, setError] = useState<unknown>(null);
	return (
		<Detail
			list={{ title: 'Workflows', link: linkTo(['workflows']) }}
			id={workflow.id}
			title={showOnOneLine(workflow.name, 100)}
			head={
				<>
					<RunnerBadge workflow={workflow} />
					<WorkflowActions workflow={workflow} onError={setError} />
				</>
			}
			notes={<ErrorNote error={error} onDismiss={() => setError(null)} />}
			facts={<WorkflowFacts workflow={workflow} />}
		>
			<Tabs
				label="Parts of the workflow"
				chosen={tab}
				onChoose={(chosen) => navigate(linkTo(['workflows', workflow.id], { tab: chosen }))}
				tabs={[
					{ id: 'dispatches', title: 'Dispatches', content: () => <Dispatches workflow={workflow} /> },
					{ id: 'edit', title: 'Trigger and template', content: () => <Edited workflow={workflow} /> },
				]}
			/>
		</Detail>
	);
}

/** Begun anew once it is saved, or undone. */
function Edited({ workflow }: { readonly workflow: Workflow }) {
	const [round, setRound] = useState(0);
	// What was saved is known a moment before the stream tells of it.
	const [saved, setSaved] = useState(workflow);
	return (
		<WorkflowEditor
			key={round}
			workflow={saved.version > workflow.version ? saved : workflow}
			onSaved={(next) => {
				showToast(`${next.name} is saved`);
				setSaved(next);
				setRound(round + 1);
			}}
			onCancel={() => setRound(round + 1)}
		/>
	);
}

function WorkflowFacts({ workflow }: { readonly workflow: Workflow }) {
	const agent = useResource('agent', workflow.agentId);
	const { trigger, runner, retry } = workflow;
	const webhook = `${window.location.origin}/webhooks/${workflow.id}`;
	return (
		<Facts>
			<Fact name="Trigger">{showOnOneLine(describeTrigger(trigger), 200)}</Fact>
			{trigger.type === 'webhook' && (
				<Fact name="Address">
					<span className="mono">{webhook}</span>
					<CopyButton text={webhook} what="address of the webhook" />
					<p className="muted">
						{trigger.source === 'github' ? (
							'GitHub signs what it posts: give it the same secret, and JSON as the content type.'
						) : (
							<>
								Sign what is posted: <code>X-Statecraft-Signature: sha256=…</code>, the HMAC-SHA256 of the body under
								the secret.
							</>
						)}
					</p>
				</Fact>
			)}
			<Fact name="Agent">
				<a href={linkTo(['agents', workflow.agentId])}>{agent?.name ?? workflow.agentId}</a>
				{agent && <AgentStateBadge agent={agent} />}
			</Fact>
			{workflow.enabled && (runner.nextAt !== null || runner.lastError !== null) && (
				<Fact name="Runner">
					<RunnerNote workflow={workflow} />
				</Fact>
			)}
			<Fact name="Attempts">
				up to {retry.maxAttempts}; what a crash cut short is {retry.interrupted === 'retry' ? 'tried again' : 'left'}
			</Fact>
			<Fact name="Changed">
				<Time at={workflow.updatedAt} />
			</Fact>
		</Facts>
	);
}
