/**
 * Triggers as forms: which fields each type has, and how what is typed becomes what the API takes. Pure.
 * A composite is written as JSON: its parts are triggers themselves.
 */

import type { Trigger, TriggerType } from '../../workflows/triggers/trigger-config.ts';

export interface TriggerField {
	readonly name: string;
	readonly label: string;
	readonly input: 'text' | 'secret' | 'number' | 'time' | 'list' | 'agent' | 'choice' | 'choices';
	readonly isNeeded?: boolean;
	readonly hint?: string;
	/** Of `choice` and `choices`. */
	readonly choices?: readonly string[];
	/** Typed in beforehand. */
	readonly initial?: string;
}

export interface TriggerKind {
	readonly title: string;
	/** When it sets its workflow off. */
	readonly meaning: string;
	readonly fields: readonly TriggerField[];
}

const repositoryFields: readonly TriggerField[] = [
	{ name: 'owner', label: 'Owner', input: 'text', isNeeded: true },
	{ name: 'repo', label: 'Repository', input: 'text', isNeeded: true },
	{ name: 'labels', label: 'Labels', input: 'list', hint: 'Separated by commas; all of them must be there.' },
	{ name: 'state', label: 'State', input: 'choice', choices: ['open', 'closed', 'all'] },
	{ name: 'pollSeconds', label: 'Look every (seconds)', input: 'number', hint: '60 by default.' },
];

const anyAgent: TriggerField = {
	name: 'agent',
	label: 'Agent',
	input: 'agent',
	hint: "The workflow's own by default.",
};

export const triggerKinds: Readonly<Record<Exclude<TriggerType, 'composite'>, TriggerKind>> = {
	cron: {
		title: 'At set times',
		meaning: 'Whenever the clock says so.',
		fields: [
			{
				name: 'expression',
				label: 'Cron expression',
				input: 'text',
				isNeeded: true,
				initial: '0 9 * * 1-5',
				hint: 'Minute, hour, day, month, weekday; or six fields with seconds first.',
			},
			{ name: 'timeZone', label: 'Time zone', input: 'text', hint: 'UTC by default; such as Europe/Berlin.' },
			{
				name: 'missed',
				label: 'What was missed',
				input: 'choice',
				choices: ['skip', 'once'],
				hint: 'While the agent or Statecraft was away: left out by default, or made up for once.',
			},
		],
	},
	delay: {
		title: 'Once, at a time',
		meaning: 'One time, then never again.',
		fields: [{ name: 'runAt', label: 'When', input: 'time', isNeeded: true }],
	},
	manual: { title: 'By hand', meaning: 'Only when somebody hands in an item.', fields: [] },
	webhook: {
		title: 'Webhook',
		meaning: 'When another program posts to its address.',
		fields: [
			{
				name: 'secret',
				label: 'Secret',
				input: 'secret',
				isNeeded: true,
				hint: 'At least 8 characters. Whoever posts signs with it.',
			},
			{ name: 'source', label: 'Who posts', input: 'choice', choices: ['any', 'github'] },
			{ name: 'events', label: 'Events', input: 'list', hint: 'GitHub: only these, separated by commas.' },
		],
	},
	queue: {
		title: 'Queue',
		meaning: 'When an item is put into a queue.',
		fields: [
			{ name: 'queue', label: 'Queue', input: 'text', isNeeded: true },
			{
				name: 'visibilityTimeoutSeconds',
				label: 'Back in the queue after (seconds)',
				input: 'number',
				hint: 'When a claim leads to nothing; 1,800 by default.',
			},
		],
	},
	github_issues: { title: 'GitHub issues', meaning: 'When an issue is opened or changes.', fields: repositoryFields },
	github_pull_requests: {
		title: 'GitHub pull requests',
		meaning: 'When a pull request is opened or changes.',
		fields: repositoryFields,
	},
	agent_idle: {
		title: 'An agent is idle',
		meaning: 'When an agent has had nothing to do for so long.',
		fields: [
			{ name: 'seconds', label: 'Idle for (seconds)', input: 'number', isNeeded: true, initial: '600' },
			anyAgent,
		],
	},
	agent_lifecycle: {
		title: 'An agent comes or goes',
		meaning: 'When an agent connects, is restarted, stops or fails.',
		fields: [
			{
				name: 'events',
				label: 'What happens to it',
				input: 'choices',
				isNeeded: true,
				choices: ['connected', 'restarted', 'stopped', 'failed', 'escalated'],
			},
			anyAgent,
		],
	},
	dispatch_result: {
		title: 'Another workflow is done',
		meaning: 'When a dispatch of another workflow ends.',
		fields: [
			{ name: 'workflow', label: 'Workflow', input: 'text', isNeeded: true, hint: 'Id or name.' },
			{
				name: 'status',
				label: 'How it ended',
				input: 'choices',
				isNeeded: true,
				choices: ['completed', 'failed', 'interrupted', 'skipped'],
				initial: 'completed',
			},
		],
	},
	request_answered: {
		title: 'A request is answered',
		meaning: 'When a person answers what an agent asked.',
		fields: [
			anyAgent,
			{ name: 'kind', label: 'Kind', input: 'choice', choices: ['permission', 'question'] },
			{ name: 'contains', label: 'With words', input: 'text', hint: 'In its title, in any case.' },
		],
	},
};

export type TriggerTexts = Readonly<Record<string, string>>;

/** What is typed for a trigger: its type, and a text for each field; of a composite, JSON. */
export interface TriggerDraft {
	readonly type: TriggerType;
	readonly texts: TriggerTexts;
	readonly json: string;
}

const compositeStart = JSON.stringify(
	{
		type: 'composite',
		mode: 'any',
		triggers: [
			{ type: 'cron', expression: '0 9 * * 1-5' },
			{ type: 'agent_idle', seconds: 600 },
		],
	},
	null,
	2,
);

export function newTriggerDraft(type: TriggerType): TriggerDraft {
	const fields = fieldsOf(type).filter(({ initial }) => initial !== undefined);
	return {
		type,
		texts: Object.fromEntries(fields.map(({ name, initial = '' }) => [name, initial])),
		json: compositeStart,
	};
}

export function draftOfTrigger(trigger: Trigger): TriggerDraft {
	const { type, ...values } = trigger;
	const texts = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, writeValue(name, value)]));
	return { type, texts, json: JSON.stringify(trigger, null, 2) };
}

export function fieldsOf(type: TriggerType): readonly TriggerField[] {
	return type === 'composite' ? [] : triggerKinds[type].fields;
}

function writeValue(name: string, value: unknown): string {
	if (Array.isArray(value)) return value.join(', ');
	return name === 'runAt' ? toLocalTime(String(value)) : String(value);
}

export type TriggerProblems = Readonly<Record<string, string>>;

export function findTriggerProblems({ type, texts, json }: TriggerDraft): TriggerProblems {
	if (type === 'composite') return isJson(json) ? {} : { json: 'This is not valid JSON.' };
	const problems = fieldsOf(type).flatMap((field) => {
		const problem = findProblem(field, texts[field.name]?.trim() ?? '');
		return problem === null ? [] : [[field.name, problem] as const];
	});
	return Object.fromEntries(problems);
}

function findProblem({ input, isNeeded = false }: TriggerField, text: string): string | null {
	if (text === '') return isNeeded ? 'Needed.' : null;
	if (input === 'number' && Number.isNaN(Number(text))) return 'A number.';
	if (input === 'time' && Number.isNaN(Date.parse(text))) return 'A date and a time.';
	return null;
}

/** As the API takes it; the server knows whether it makes sense. */
export function readTrigger({ type, texts, json }: TriggerDraft): unknown {
	if (type === 'composite') return JSON.parse(json) as unknown;
	const values = fieldsOf(type).flatMap((field) => {
		const text = texts[field.name]?.trim() ?? '';
		return text === '' ? [] : [[field.name, readValue(field, text)] as const];
	});
	return { type, ...Object.fromEntries(values) };
}

function readValue({ input }: TriggerField, text: string): unknown {
	switch (input) {
		case 'number':
			return Number(text);
		case 'list':
		case 'choices':
			return splitList(text);
		case 'time':
			return new Date(text).toISOString();
		default:
			return text;
	}
}

export function splitList(text: string): readonly string[] {
	return text
		.split(',')
		.map((part) => part.trim())
		.filter((part) => part !== '');
}

/** As `<input type="datetime-local">` has it: in this browser's zone, to the minute. */
function toLocalTime(iso: string): string {
	const time = new Date(iso);
	if (Number.isNaN(time.getTime())) return '';
	return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}

/** A trigger in one line. */
export function describeTrigger(trigger: Trigger): string {
	switch (trigger.type) {
		case 'cron':
			return `cron ${trigger.expression} (${trigger.timeZone ?? 'UTC'})`;
		case 'delay':
			return 'once, at a set time';
		case 'queue':
			return `queue ${trigger.queue}`;
		case 'github_issues':
			return `issues of ${trigger.owner}/${trigger.repo}`;
		case 'github_pull_requests':
			return `pull requests of ${trigger.owner}/${trigger.repo}`;
		case 'agent_idle':
			return `idle for ${trigger.seconds} s`;
		case 'agent_lifecycle':
			return `agent ${trigger.events.join(', ')}`;
		case 'dispatch_result':
			return `workflow ${trigger.workflow} ${trigger.status.join(', ')}`;
		case 'request_answered':
			return 'a request is answered';
		case 'composite':
			return `${trigger.mode} of ${trigger.triggers.length} triggers`;
		case 'webhook':
			return trigger.source === 'github' ? 'webhook from GitHub' : 'webhook';
		case 'manual':
			return 'by hand';
		default:
			return trigger satisfies never;
	}
}
