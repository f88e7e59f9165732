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
	{ name: 'pollSeconds', label: 'Check every (seconds)', input: 'number', hint: '60 by default.' },
];

const anyAgent: TriggerField = {
	name: 'agent',
	label: 'Agent',
	input: 'agent',
	hint: "The workflow's own by default.",
};

export const triggerKinds: Readonly<Record<Exclude<TriggerType, 'composite'>, TriggerKind>> = {
	cron: {
		title: 'Schedule',
		meaning: 'Runs at the times of a cron expression.',
		fields: [
			{
				name: 'expression',
				label: 'Cron expression',
				input: 'text',
				isNeeded: true,
				initial: '0 9 * * 1-5',
				hint: 'Minute, hour, day, month, weekday; or six fields with seconds first.',
			},
			{
				name: 'timeZone',
				label: 'Time zone',
				input: 'text',
				// Of whoever writes it: nine o'clock is nine o'clock here.
				initial: new Intl.DateTimeFormat().resolvedOptions().timeZone,
				hint: 'Such as Europe/Berlin. UTC when empty.',
			},
			{
				name: 'missed',
				label: 'Missed runs',
				input: 'choice',
				choices: ['skip', 'once'],
				hint: 'Runs that were due while the agent or Statecraft was down: skipped by default, or made up for once.',
			},
		],
	},
	delay: {
		title: 'Once, at a time',
		meaning: 'Runs a single time, at the time you choose.',
		fields: [{ name: 'runAt', label: 'When', input: 'time', isNeeded: true }],
	},
	manual: { title: 'Manual', meaning: 'Runs only when somebody hands in an item.', fields: [] },
	webhook: {
		title: 'Webhook',
		meaning: 'Runs when another program posts to its address.',
		fields: [
			{
				name: 'secret',
				label: 'Secret',
				input: 'secret',
				isNeeded: true,
				hint: 'At least 8 characters. Requests are signed with it.',
			},
			{ name: 'source', label: 'Sender', input: 'choice', choices: ['any', 'github'] },
			{
				name: 'events',
				label: 'Events',
				input: 'list',
				hint: 'GitHub only: run for these events, separated by commas. All of them when empty.',
			},
		],
	},
	queue: {
		title: 'Queue',
		meaning: 'Runs for each item that is put into a queue.',
		fields: [
			{ name: 'queue', label: 'Queue', input: 'text', isNeeded: true },
			{
				name: 'visibilityTimeoutSeconds',
				label: 'Return to the queue after (seconds)',
				input: 'number',
				hint: 'When an item was claimed and nothing came of it. 1,800 by default.',
			},
		],
	},
	github_issues: {
		title: 'GitHub issues',
		meaning: 'Runs for each issue that is opened or changed.',
		fields: repositoryFields,
	},
	github_pull_requests: {
		title: 'GitHub pull requests',
		meaning: 'Runs for each pull request that is opened or changed.',
		fields: repositoryFields,
	},
	agent_idle: {
		title: 'Agent is idle',
		meaning: 'Runs when an agent has had nothing to do for a while.',
		fields: [
			{ name: 'seconds', label: 'Idle for (seconds)', input: 'number', isNeeded: true, initial: '600' },
			anyAgent,
		],
	},
	agent_lifecycle: {
		title: 'Agent starts or stops',
		meaning: 'Runs when an agent connects, restarts, stops or fails.',
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
		title: 'Another workflow finishes',
		meaning: 'Runs when a dispatch of another workflow ends.',
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
		title: 'Request is answered',
		meaning: 'Runs when a person answers what an agent asked.',
		fields: [
			anyAgent,
			{ name: 'kind', label: 'Kind', input: 'choice', choices: ['permission', 'question'] },
			{ name: 'contains', label: 'Title contains', input: 'text', hint: 'Upper and lower case are the same.' },
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
			return `schedule ${trigger.expression} (${trigger.timeZone ?? 'UTC'})`;
		case 'delay':
			return 'once, at a set time';
		case 'queue':
			return `queue ${trigger.queue}`;
		case 'github_issues':
			return `issues of ${trigger.owner}/${trigger.repo}`;
		case 'github_pull_requests':
			return `pull requests of ${trigger.owner}/${trigger.repo}`;
		case 'agent_idle':
			return `agent idle for ${trigger.seconds} s`;
		case 'agent_lifecycle':
			return `agent ${trigger.events.join(' or ')}`;
		case 'dispatch_result':
			return `after workflow ${trigger.workflow}: ${trigger.status.join(', ')}`;
		case 'request_answered':
			return 'request answered';
		case 'composite':
			return `${trigger.mode} of ${trigger.triggers.length} triggers`;
		case 'webhook':
			return trigger.source === 'github' ? 'webhook from GitHub' : 'webhook';
		case 'manual':
			return 'manual';
		default:
			return trigger satisfies never;
	}
}
