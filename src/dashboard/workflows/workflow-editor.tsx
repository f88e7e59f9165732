/** Makes a workflow, or changes one: its trigger as a form, its template with a preview. */

import { type FormEvent, useMemo, useState } from 'react';
import { AgentOptions } from '../components/agent-options.tsx';
import { Button } from '../components/button.tsx';
import { DialogActions } from '../components/dialog.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { Field } from '../components/field.tsx';
import { useProblemSight } from '../components/first-problem.ts';
import { createKey } from '../connection/api.ts';
import { useApi, usePage } from '../connection/session-context.ts';
import type { Workflow } from '../store/resources.ts';
import { selectAgents } from '../store/selectors.ts';
import { TemplateEditor } from './template-editor.tsx';
import { TriggerFields } from './trigger-fields.tsx';
import {
	type DraftProblems,
	draftOfWorkflow,
	findWorkflowProblems,
	newWorkflowDraft,
	readWorkflow,
	type WorkflowDraft,
} from './workflow-draft.ts';
import { clearProblems, readRefusal } from './workflow-problems.ts';

export interface WorkflowEditorProps {
	/** Undefined: a new one. */
	readonly workflow?: Workflow;
	readonly onSaved: (workflow: Workflow) => void;
	readonly onCancel: () => void;
}

export function WorkflowEditor({ workflow, onSaved, onCancel }: WorkflowEditorProps) {
	const api = useApi();
	const agents = usePage(selectAgents);
	// As it was when editing began: what others change meanwhile is not to be undone unseen.
	const [before] = useState(workflow);
	const [draft, setDraft] = useState<WorkflowDraft>(() =>
		before === undefined ? newWorkflowDraft(agents[0]?.id ?? '') : draftOfWorkflow(before),
	);
	const [problems, setProblems] = useState<DraftProblems | null>(null);
	const [error, setError] = useState<unknown>(null);
	const [isSaving, setIsSaving] = useState(false);
	const key = useMemo(createKey, []);
	const { form, showProblem } = useProblemSight<HTMLFormElement>();

	function set(change: Partial<WorkflowDraft>): void {
		setDraft({ ...draft, ...change });
		setProblems(problems && clearProblems(problems, draft, change));
		setError(null);
	}

	function save(): Promise<Workflow> {
		const body = readWorkflow(draft, before);
		if (before === undefined) return api.post<Workflow>('/workflows', body, { key });
		return api.put<Workflow>(`/workflows/${encodeURIComponent(before.id)}`, body, { ifVersion: before.version });
	}

	async function submit(event: FormEvent): Promise<void> {
		event.preventDefault();
		const found = findWorkflowProblems(draft);
		setProblems(found);
		if (found !== null) showProblem();
		if (found !== null || isSaving) return;
		setError(null);
		setIsSaving(true);
		try {
			onSaved(await save());
		} catch (thrown) {
			const refusal = readRefusal(thrown, draft.trigger);
			setProblems(refusal.problems);
			setError(refusal.rest);
			showProblem();
		} finally {
			setIsSaving(false);
		}
	}

	const isOutdated = before !== undefined && workflow !== undefined && workflow.version !== before.version;
	return (
		<form ref={form} className="form" onSubmit={submit}>
			{isOutdated && (
				<p className="detail-notes" role="status">
					Somebody has changed it meanwhile.{' '}
					<Button size="small" onClick={onCancel}>
						Begin from what it is now
					</Button>
				</p>
			)}
			<div className="workflow-pair">
				<Field label="Name" problem={problems?.name}>
					<input
						type="text"
						maxLength={100}
						value={draft.name}
						onChange={(event) => set({ name: event.target.value })}
					/>
				</Field>
				<Field label="Agent" hint="Whom it prompts." problem={problems?.agentId}>
					<select value={draft.agentId} onChange={(event) => set({ agentId: event.target.value })}>
						<AgentOptions agents={agents} />
					</select>
				</Field>
			</div>
			<TriggerFields
				draft={draft.trigger}
				problems={problems?.trigger ?? {}}
				onChange={(trigger) => set({ trigger })}
			/>
			<TemplateEditor
				template={draft.template}
				agentId={draft.agentId}
				workflowName={draft.name}
				problem={problems?.template}
				onChange={(template) => set({ template })}
			/>
			<div className="workflow-pair">
				<Field label="Attempts" hint="In all, for a dispatch whose prompt fails." problem={problems?.maxAttempts}>
					<input
						type="text"
						inputMode="numeric"
						value={draft.maxAttempts}
						onChange={(event) => set({ maxAttempts: event.target.value })}
					/>
				</Field>
				<Field label="After a crash in mid-turn" hint="The turn may have done half of its work.">
					<select
						value={draft.interrupted}
						onChange={(event) => set({ interrupted: event.target.value as WorkflowDraft['interrupted'] })}
					>
						<option value="retry">Try again</option>
						<option value="leave">Leave it to a person</option>
					</select>
				</Field>
			</div>
			<ErrorNote error={error} />
			{before === undefined ? (
				<DialogActions>
					<Button onClick={onCancel}>Cancel</Button>
					<Button type="submit" look="primary" busy={isSaving}>
						Create
					</Button>
				</DialogActions>
			) : (
				<div className="detail-actions">
					<Button type="submit" look="primary" busy={isSaving}>
						Save
					</Button>
					<Button onClick={onCancel}>Undo changes</Button>
				</div>
			)}
		</form>
	);
}
