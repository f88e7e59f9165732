import { describe, expect, test } from 'vitest';
import {
	describeTrigger,
	draftOfTrigger,
	fieldsOf,
	findTriggerProblems,
	newTriggerDraft,
	readTrigger,
	triggerKinds,
} from '../../../src/dashboard/workflows/trigger-form.ts';
import { type Trigger, triggerSchema } from '../../../src/workflows/triggers/trigger-config.ts';

/** The fields that the API takes, by type. */
const offered = new Map(
	triggerSchema.options.map(({ shape: { type, ...fields } }) => [type.value as string, fields as Fields]),
);

type Fields = Readonly<Record<string, { readonly _zod: { readonly optin?: string | undefined } }>>;

describe('the forms', () => {
	test('there is one for every trigger but the composite', () => {
		expect(Object.keys(triggerKinds).sort()).toEqual([...offered.keys()].filter((type) => type !== 'composite').sort());
	});

	test.each(Object.entries(triggerKinds))('%s has every field that the API takes, and no other', (type, { fields }) => {
		expect(fields.map(({ name }) => name).sort()).toEqual(Object.keys(offered.get(type) ?? {}).sort());
	});

	test.each(Object.entries(triggerKinds))('%s asks for what the API needs', (type, { fields }) => {
		const needed = Object.entries(offered.get(type) ?? {}).filter(([, field]) => field._zod.optin !== 'optional');
		const asked = fields.filter(({ isNeeded }) => isNeeded === true);
		expect(asked.map(({ name }) => name).sort()).toEqual(needed.map(([name]) => name).sort());
	});
});

const triggers: readonly Trigger[] = [
	{ type: 'cron', expression: '0 9 * * 1-5', timeZone: 'Europe/Berlin', missed: 'once' },
	{ type: 'manual' },
	{ type: 'webhook', secret: '***', source: 'github', events: ['push', 'issues'] },
	{ type: 'queue', queue: 'inbox', visibilityTimeoutSeconds: 60 },
	{ type: 'github_issues', owner: 'o', repo: 'r', labels: ['a', 'b'], state: 'all', pollSeconds: 30 },
	{ type: 'github_pull_requests', owner: 'o', repo: 'r' },
	{ type: 'agent_idle', seconds: 90, agent: 'agt_1' },
	{ type: 'agent_lifecycle', events: ['failed', 'escalated'], agent: '*' },
	{ type: 'dispatch_result', workflow: 'triage', status: ['completed'] },
	{ type: 'request_answered', kind: 'question', contains: 'deploy' },
	{ type: 'delay', runAt: '2030-01-02T03:04:00.000Z' },
	{
		type: 'composite',
		mode: 'any',
		triggers: [
			{ type: 'agent_idle', seconds: 5 },
			{ type: 'delay', runAt: '2030-01-01T00:00:00.000Z' },
		],
	},
];

describe.each(triggers.map((trigger) => [trigger.type, trigger] as const))('%s', (_, trigger) => {
	test('is the same after it was shown and saved', () => {
		const draft = draftOfTrigger(trigger);
		expect(findTriggerProblems(draft)).toEqual({});
		expect(readTrigger(draft)).toEqual(trigger);
	});

	test('has a line that says what it is', () => {
		expect(describeTrigger(trigger).length).toBeGreaterThan(3);
	});
});

test('what is empty is left out, and what is needed is asked for', () => {
	const draft = { ...newTriggerDraft('github_issues'), texts: { owner: ' o ', repo: '' } };
	expect(findTriggerProblems(draft)).toEqual({ repo: 'Needed.' });
	expect(readTrigger({ ...draft, texts: { owner: ' o ', repo: 'r', pollSeconds: '' } })).toEqual({
		type: 'github_issues',
		owner: 'o',
		repo: 'r',
	});
});

test.each([
	['agent_idle', { seconds: 'soon' }, 'seconds'],
	['delay', { runAt: 'tomorrow' }, 'runAt'],
] as const)('%s: what makes no sense is said before it is sent', (type, texts, field) => {
	expect(Object.keys(findTriggerProblems({ ...newTriggerDraft(type), texts }))).toEqual([field]);
});

test('a composite that is no JSON is not sent', () => {
	expect(findTriggerProblems({ ...newTriggerDraft('composite'), json: '{' })).toHaveProperty('json');
	expect(triggerSchema.safeParse(readTrigger(newTriggerDraft('composite'))).success).toBe(true);
});

test('a new trigger begins with what is usual', () => {
	for (const type of triggers.map((trigger) => trigger.type)) {
		const initial = fieldsOf(type).filter((field) => field.initial !== undefined);
		expect(Object.keys(newTriggerDraft(type).texts)).toEqual(initial.map(({ name }) => name));
	}
});
