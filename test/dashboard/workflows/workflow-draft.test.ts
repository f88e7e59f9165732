import { expect, test } from 'vitest';
import type { Dispatch, Workflow } from '../../../src/dashboard/store/resources.ts';
import { mayRetry, mergeDispatches, tallyDispatches } from '../../../src/dashboard/workflows/dispatch-list.ts';
import {
	draftOfWorkflow,
	findWorkflowProblems,
	newWorkflowDraft,
	readWorkflow,
} from '../../../src/dashboard/workflows/workflow-draft.ts';
import { saveWorkflowBody } from '../../../src/workflows/schemas.ts';

const at = '2026-01-01T00:00:00.000Z';

const workflow: Workflow = {
	id: 'wfl_1',
	name: 'triage',
	agentId: 'agt_1',
	trigger: { type: 'queue', queue: 'inbox' },
	template: 'Look at {{ item.title }}',
	enabled: false,
	policy: { allow: ['read'] } as unknown as Workflow['policy'],
	retry: { maxAttempts: 5, backoffMs: { initial: 7, max: 70 }, interrupted: 'leave' },
	version: 3,
	runner: { state: 'absent', nextAt: null, lastError: null },
	createdAt: at,
	updatedAt: at,
};

test('saved as it was shown, a workflow is what it was: also what the form does not show', () => {
	const { policy, ...body } = readWorkflow(draftOfWorkflow(workflow), workflow);
	expect(policy).toEqual(workflow.policy);
	expect(saveWorkflowBody.parse(body)).toEqual({
		name: 'triage',
		agent: 'agt_1',
		trigger: workflow.trigger,
		template: workflow.template,
		enabled: false,
		retry: workflow.retry,
	});
});

test('a new one needs a name and nothing else, and the server takes it', () => {
	const draft = newWorkflowDraft('agt_1');
	expect(findWorkflowProblems(draft)).toEqual({ name: 'Give it a name.', trigger: {} });
	const named = { ...draft, name: 'tidy' };
	expect(findWorkflowProblems(named)).toBeNull();
	expect(saveWorkflowBody.safeParse(readWorkflow(named)).success).toBe(true);
});

test('everything that is wrong is said at once', () => {
	const draft = { ...newWorkflowDraft(''), template: ' ', maxAttempts: '0' };
	expect(Object.keys(findWorkflowProblems(draft) ?? {}).sort()).toEqual(
		['agentId', 'maxAttempts', 'name', 'template', 'trigger'].sort(),
	);
});

function dispatch(id: string, fields: Partial<Dispatch> = {}): Dispatch {
	return {
		id,
		workflowId: 'wfl_1',
		sourceId: id,
		title: id,
		status: 'pending',
		attempts: 0,
		maxAttempts: 3,
		nextAttemptAt: at,
		promptId: null,
		error: null,
		url: null,
		createdAt: at,
		updatedAt: at,
		finishedAt: null,
		...fields,
	};
}

test('what the stream tells of a dispatch wins over the page that was read, the newest first', () => {
	const pages = [dispatch('dsp_2'), dispatch('dsp_1')];
	const live = [
		dispatch('dsp_3'),
		dispatch('dsp_1', { status: 'completed', nextAttemptAt: null }),
		dispatch('dsp_9', { workflowId: 'wfl_2' }),
	];
	expect(mergeDispatches('wfl_1', pages, live).map(({ id, status }) => [id, status])).toEqual([
		['dsp_3', 'pending'],
		['dsp_2', 'pending'],
		['dsp_1', 'completed'],
	]);
});

test('only what has come to its end may be sent again', () => {
	expect(mayRetry({ status: 'failed', nextAttemptAt: null })).toBe(true);
	expect(mayRetry({ status: 'failed', nextAttemptAt: at })).toBe(false);
	expect(mayRetry({ status: 'dispatched', nextAttemptAt: null })).toBe(false);
});

test('dispatches of the workflow alone are counted', () => {
	const live = [
		dispatch('a'),
		dispatch('b', { status: 'dispatched', nextAttemptAt: null }),
		dispatch('c', { status: 'failed', nextAttemptAt: at }),
		dispatch('d', { status: 'interrupted', nextAttemptAt: null }),
		dispatch('e', { workflowId: 'wfl_2' }),
	];
	expect(tallyDispatches('wfl_1', live)).toEqual({ waiting: 2, running: 1, failed: 1 });
});
