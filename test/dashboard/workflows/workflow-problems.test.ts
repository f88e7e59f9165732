import { expect, test } from 'vitest';
import { ApiError, type Problem } from '../../../src/dashboard/connection/api.ts';
import { formatInZone } from '../../../src/dashboard/workflows/next-runs.ts';
import { newTriggerDraft } from '../../../src/dashboard/workflows/trigger-form.ts';
import { newWorkflowDraft } from '../../../src/dashboard/workflows/workflow-draft.ts';
import { clearProblems, readRefusal } from '../../../src/dashboard/workflows/workflow-problems.ts';

const refusal = (problem: Partial<Problem>) =>
	new ApiError({ type: '', title: 'No', status: 400, code: 'invalid_request', detail: 'No', ...problem } as Problem);
const issuesAt = (...paths: readonly string[]) =>
	refusal({ issues: paths.map((path) => ({ path, message: `wrong: ${path}` })) });

test.each([
	['body.trigger.expression', { trigger: { expression: 'wrong: body.trigger.expression' } }],
	['body.trigger.labels.0', { trigger: { labels: 'wrong: body.trigger.labels.0' } }],
	['body.name', { name: 'wrong: body.name', trigger: {} }],
	['template:3', { template: 'Line 3: wrong: template:3', trigger: {} }],
	['template', { template: 'wrong: template', trigger: {} }],
	['body.agent', { agentId: 'wrong: body.agent', trigger: {} }],
	['body.retry.maxAttempts', { maxAttempts: 'wrong: body.retry.maxAttempts', trigger: {} }],
])('what is wrong at %s is told at its field, and nowhere else', (path, problems) => {
	expect(readRefusal(issuesAt(path), { type: 'cron' })).toEqual({ problems, rest: null });
});

test('a part of several together is told beside the JSON', () => {
	const { problems, rest } = readRefusal(issuesAt('body.trigger.triggers.0.expression'), { type: 'composite' });
	expect([problems.trigger.json, rest]).toEqual([expect.stringMatching(/^triggers\.0\.expression: wrong/), null]);
});

test('several fields are told of at once, and what has no field beside them', () => {
	const error = issuesAt('body.trigger.owner', 'body.trigger.repo', 'body.policy.mode');
	const { problems, rest } = readRefusal(error, { type: 'github_issues' });
	expect([Object.keys(problems.trigger), rest]).toEqual([['owner', 'repo'], error]);
});

test('a name that is taken is said plainly; anything else is told as it came', () => {
	const { problems, rest } = readRefusal(refusal({ code: 'workflow_name_taken' }), { type: 'manual' });
	expect([problems.name, rest]).toEqual(['Another workflow has this name already: choose another one.', null]);
	const lost = new Error('No connection');
	expect(readRefusal(lost, { type: 'manual' })).toEqual({ problems: { trigger: {} }, rest: lost });
});

test('a problem goes when its field is changed, and only then', () => {
	const draft = { ...newWorkflowDraft('agt_1'), trigger: newTriggerDraft('cron') };
	const problems = { name: 'a', template: 'b', trigger: { expression: 'c', timeZone: 'd' } };
	expect(clearProblems(problems, draft, { name: 'x' })).toEqual({ template: 'b', trigger: problems.trigger });
	const trigger = { ...draft.trigger, texts: { ...draft.trigger.texts, expression: '* * * * *' } };
	expect(clearProblems(problems, draft, { trigger })).toEqual({ ...problems, trigger: { timeZone: 'd' } });
	expect(clearProblems(problems, draft, { trigger: newTriggerDraft('manual') }).trigger).toEqual({});
});

test('the next runs are told by the clock of their zone', () => {
	const at = '2026-11-20T08:00:00.000Z';
	expect(formatInZone(at, 'Europe/Berlin', 'en')).toBe('Fri, Nov 20, 09:00');
	expect(formatInZone(at, '', 'en')).toBe('Fri, Nov 20, 08:00');
	expect(formatInZone('2026-11-20T08:00:30.000Z', 'No/Where', 'en')).toBe('Fri, Nov 20, 08:00:30 UTC');
});
