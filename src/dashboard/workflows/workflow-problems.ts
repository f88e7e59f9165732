/** What the server refuses of a workflow, told at the fields that it is about. Pure. */

import { ApiError } from '../connection/api.ts';
import type { TriggerDraft } from './trigger-form.ts';
import type { DraftProblems, WorkflowDraft } from './workflow-draft.ts';

export interface Refusal {
	readonly problems: DraftProblems;
	/** What is to be told beside the fields; null when they say it all. */
	readonly rest: unknown;
}

export function readRefusal(error: unknown, trigger: Pick<TriggerDraft, 'type'>): Refusal {
	const none: DraftProblems = { trigger: {} };
	if (!(error instanceof ApiError)) return { problems: none, rest: error };
	if (error.code === 'workflow_name_taken') {
		const name = 'Another workflow has this name already: choose another one.';
		return { problems: { ...none, name }, rest: null };
	}
	const issues = error.problem.issues ?? [];
	const told = issues.map(({ path, message }) => placeIssue(path, message, trigger.type === 'composite'));
	const found = told.filter((one) => one !== null);
	const problems: DraftProblems = {
		...Object.assign({}, ...found),
		trigger: Object.assign({}, ...found.map((one) => one.trigger)),
	};
	return { problems, rest: told.length > 0 && !told.includes(null) ? null : error };
}

/** `body.trigger.expression`, `body.name`, `template:3`; null for what the form has no field for. */
function placeIssue(path: string, message: string, isComposite: boolean): DraftProblems | null {
	const [, line] = /^template(?::(\d+))?$/.exec(path) ?? [];
	if (path.startsWith('template')) {
		return { trigger: {}, template: line === undefined ? message : `Line ${line}: ${message}` };
	}
	const [, field = '', inner = ''] = /^body\.(\w+)(?:\.(.+))?$/.exec(path) ?? [];
	if (field === 'trigger' && isComposite) {
		return { trigger: { json: inner === '' ? message : `${inner}: ${message}` } };
	}
	if (field === 'trigger' && inner !== '') return { trigger: { [inner.split('.')[0] ?? inner]: message } };
	if (field === 'name' || field === 'template') return { trigger: {}, [field]: message };
	if (field === 'agent') return { trigger: {}, agentId: message };
	return path === 'body.retry.maxAttempts' ? { trigger: {}, maxAttempts: message } : null;
}

/** What is wrong with a field is said until that field is changed. */
export function clearProblems(
	{ trigger, ...problems }: DraftProblems,
	before: WorkflowDraft,
	change: Partial<WorkflowDraft>,
): DraftProblems {
	const isKept = ([name]: readonly [string, unknown]) => !(name in change);
	const next = change.trigger;
	const isSameText = ([name]: readonly [string, string]) =>
		name === 'json' ? next?.json === before.trigger.json : next?.texts[name] === before.trigger.texts[name];
	const keptOfTrigger = () => {
		if (next === undefined) return trigger;
		return next.type === before.trigger.type ? Object.fromEntries(Object.entries(trigger).filter(isSameText)) : {};
	};
	return { ...Object.fromEntries(Object.entries(problems).filter(isKept)), trigger: keptOfTrigger() };
}
