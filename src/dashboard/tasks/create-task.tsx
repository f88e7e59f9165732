/** Makes a task. */

import { useMemo, useState } from 'react';
import { AgentOptions } from '../components/agent-options.tsx';
import { Disclosure } from '../components/disclosure.tsx';
import { Field } from '../components/field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { createKey } from '../connection/api.ts';
import { useApi, usePage } from '../connection/session-context.ts';
import { linkTo, navigate } from '../shell/router.ts';
import type { Task } from '../store/resources.ts';
import { listOf, selectAgents } from '../store/selectors.ts';
import { titleOf } from './board.ts';
import { type DraftProblems, findDraftProblems, readDraft, type TaskDraft } from './new-task.ts';

const selectTasks = listOf('task');

export function CreateTask({ onClose }: { readonly onClose: () => void }) {
	const api = useApi();
	const agents = usePage(selectAgents);
	const tasks = usePage(selectTasks);
	// Most people have one repository at a time.
	const lastRepository = tasks.reduce<Task | null>(
		(last, task) => (last && last.createdAt > task.createdAt ? last : task),
		null,
	)?.repository;
	const [draft, setDraft] = useState<TaskDraft>(() => ({
		description: '',
		repository: lastRepository ?? '',
		baseBranch: '',
		agentId: agents.length === 1 ? (agents[0]?.id ?? '') : '',
		priority: '',
		dependsOn: [],
		gates: '',
	}));
	const [problems, setProblems] = useState<DraftProblems>({});
	const key = useMemo(createKey, []);
	const open = tasks.filter(({ state }) => state !== 'completed' && state !== 'failed');

	function set(change: Partial<TaskDraft>): void {
		setDraft({ ...draft, ...change });
		setProblems({});
	}

	function check(): boolean {
		const found = findDraftProblems(draft);
		setProblems(found);
		return Object.keys(found).length === 0;
	}

	async function send(): Promise<void> {
		const { id } = await api.post<Task>('/tasks', readDraft(draft), { key });
		navigate(linkTo(['tasks', id]));
	}

	return (
		<FormDialog title="New task" size="wide" action="Create" check={check} onSend={send} onClose={onClose}>
			<Field
				label="What is to be done?"
				hint="As the agent reads it; the first line is its title."
				problem={problems.description}
			>
				<textarea
					data-autofocus
					rows={6}
					value={draft.description}
					onChange={(event) => set({ description: event.target.value })}
				/>
			</Field>
			<Field
				label="Repository"
				hint="Absolute path of a git repository on the host of the server."
				problem={problems.repository}
			>
				<input
					type="text"
					spellCheck={false}
					value={draft.repository}
					onChange={(event) => set({ repository: event.target.value })}
				/>
			</Field>
			<Field label="Agent" hint="Without one it waits until somebody assigns it.">
				<select value={draft.agentId} onChange={(event) => set({ agentId: event.target.value })}>
					<option value="">Nobody yet</option>
					<AgentOptions agents={agents} />
				</select>
			</Field>
			<Field
				label="Gates"
				hint="One command a line, such as npm test or lint: npm run lint. They must pass in the worktree before you are asked to review. No shell reads them."
				problem={problems.gates}
			>
				<textarea
					rows={3}
					className="mono"
					spellCheck={false}
					value={draft.gates}
					onChange={(event) => set({ gates: event.target.value })}
				/>
			</Field>
			<Disclosure summary="More">
				<div className="form">
					<Field label="Base branch" hint="The repository's current branch by default.">
						<input
							type="text"
							spellCheck={false}
							value={draft.baseBranch}
							onChange={(event) => set({ baseBranch: event.target.value })}
						/>
					</Field>
					<Field label="Priority" hint="The highest goes first; 0 by default." problem={problems.priority}>
						<input
							type="text"
							inputMode="numeric"
							value={draft.priority}
							onChange={(event) => set({ priority: event.target.value })}
						/>
					</Field>
					{open.length > 0 && (
						<Field label="Depends on" hint="It begins once these are merged. Ctrl or ⌘ chooses several.">
							<select
								multiple
								size={Math.min(6, open.length)}
								value={[...draft.dependsOn]}
								onChange={(event) => set({ dependsOn: [...event.target.selectedOptions].map(({ value }) => value) })}
							>
								{open.map((task) => (
									<option key={task.id} value={task.id}>
										{titleOf(task).slice(0, 80)}
									</option>
								))}
							</select>
						</Field>
					)}
				</div>
			</Disclosure>
		</FormDialog>
	);
}
