/** Every workflow, with how its runner and its dispatches stand. */

import { useMemo, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icons.tsx';
import { WhatIsThis } from '../components/what-is-this.tsx';
import { usePage, useResource } from '../connection/session-context.ts';
import { showOnOneLine } from '../content/visible-text.ts';
import { linkTo, navigate } from '../shell/router.ts';
import type { Workflow } from '../store/resources.ts';
import { listOf } from '../store/selectors.ts';
import { tallyDispatches } from './dispatch-list.ts';
import { Queues } from './queues.tsx';
import { RunnerBadge, RunnerNote } from './runner-badge.tsx';
import { describeTrigger } from './trigger-form.ts';
import { WorkflowEditor } from './workflow-editor.tsx';

const selectWorkflows = listOf('workflow');

const about = (
	<p>
		A workflow is a standing rule: when something happens (a time, an issue, a webhook, an item in a queue, another
		workflow), prompt this agent with that template. Each item is dispatched once, across every crash.
	</p>
);

export function WorkflowList() {
	const all = usePage(selectWorkflows);
	const isLoaded = usePage((context) => context.isLoaded);
	const [isCreating, setIsCreating] = useState(false);
	const workflows = useMemo(() => [...all].sort((a, b) => a.name.localeCompare(b.name)), [all]);
	const create = (
		<Button needs="admin" look="primary" icon={<Icon name="plus" />} onClick={() => setIsCreating(true)}>
			New workflow
		</Button>
	);
	return (
		<>
			<header className="screen-head">
				<h1>Workflows</h1>
				<div className="screen-actions">{create}</div>
			</header>
			{workflows.length > 0 && <WhatIsThis>{about}</WhatIsThis>}
			{isLoaded && workflows.length === 0 ? (
				<EmptyState title="No workflows yet" actions={create}>
					{about}
				</EmptyState>
			) : (
				<ul className="card-list">
					{workflows.map((workflow) => (
						<li key={workflow.id}>
							<WorkflowCard workflow={workflow} />
						</li>
					))}
				</ul>
			)}
			{isLoaded && <Queues />}
			{isCreating && (
				<Dialog title="New workflow" size="wide" onClose={() => setIsCreating(false)}>
					<WorkflowEditor
						onSaved={({ id }) => navigate(linkTo(['workflows', id]))}
						onCancel={() => setIsCreating(false)}
					/>
				</Dialog>
			)}
		</>
	);
}

function WorkflowCard({ workflow }: { readonly workflow: Workflow }) {
	const agent = useResource('agent', workflow.agentId);
	const dispatches = usePage(({ resources }) => resources.dispatch);
	const { waiting, running, failed } = tallyDispatches(workflow.id, dispatches.values());
	return (
		<a className="card workflow-card" href={linkTo(['workflows', workflow.id])}>
			<span className="card-line workflow-card-head">
				<strong>{showOnOneLine(workflow.name, 100)}</strong>
				<RunnerBadge workflow={workflow} />
			</span>
			<span className="card-line workflow-card-facts">
				<span>{showOnOneLine(describeTrigger(workflow.trigger), 160)}</span>
				<span aria-hidden="true">→</span>
				<span>{agent?.name ?? workflow.agentId}</span>
			</span>
			<span className="card-line workflow-card-facts muted">
				{running > 0 && <span>{running} under way</span>}
				{waiting > 0 && <span>{waiting} waiting</span>}
				{failed > 0 && <span className="trouble">{failed} failed lately</span>}
				<RunnerNote workflow={workflow} />
			</span>
		</a>
	);
}
