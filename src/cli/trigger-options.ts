/** A trigger from flags: one that says its type, and those that go with it. */

import { type Command, Option } from 'commander';
import { StatecraftError } from '../errors.ts';
import { collectTexts, parseObject, parseSeconds } from './arguments.ts';
import { readText } from './item-options.ts';
import type { TriggerResource } from './workflow-resources.ts';

export interface TriggerOptions {
	readonly cron?: string;
	readonly at?: string;
	readonly githubIssues?: string;
	readonly githubPullRequests?: string;
	readonly webhook?: boolean;
	readonly manual?: boolean;
	readonly queue?: string;
	readonly triggerJson?: Readonly<Record<string, unknown>>;
	readonly timeZone?: string;
	readonly missed?: string;
	readonly label?: readonly string[];
	readonly state?: string;
	readonly poll?: number;
	readonly secretFile?: string;
	readonly source?: string;
	readonly visibilityTimeout?: number;
}

interface Kind {
	/** The flag that says it. */
	readonly flag: keyof TriggerOptions;
	readonly takes: ReadonlyArray<keyof TriggerOptions>;
	build(options: TriggerOptions): TriggerResource;
}

const ofRepository = ['label', 'state', 'poll'] as const;

const kinds: readonly Kind[] = [
	{
		flag: 'cron',
		takes: ['timeZone', 'missed'],
		build: ({ cron, timeZone, missed }) => ({ type: 'cron', expression: cron, timeZone, missed }),
	},
	{ flag: 'at', takes: [], build: ({ at = '' }) => ({ type: 'delay', runAt: toIsoTime(at) }) },
	{
		flag: 'githubIssues',
		takes: ofRepository,
		build: (options) => ({ type: 'github_issues', ...readRepository(options.githubIssues, options) }),
	},
	{
		flag: 'githubPullRequests',
		takes: ofRepository,
		build: (options) => ({ type: 'github_pull_requests', ...readRepository(options.githubPullRequests, options) }),
	},
	{
		flag: 'webhook',
		takes: ['secretFile', 'source'],
		build: ({ secretFile, source }) => ({ type: 'webhook', secret: readSecret(secretFile), source }),
	},
	{ flag: 'manual', takes: [], build: () => ({ type: 'manual' }) },
	{
		flag: 'queue',
		takes: ['visibilityTimeout'],
		build: ({ queue, visibilityTimeout }) => ({ type: 'queue', queue, visibilityTimeoutSeconds: visibilityTimeout }),
	},
	{ flag: 'triggerJson', takes: [], build: ({ triggerJson }) => ({ ...triggerJson }) as TriggerResource },
];

export function addTriggerOptions(command: Command): Command {
	return command
		.optionsGroup('Trigger, one of:')
		.option('--cron <expression>', 'at these times: five fields, or six with seconds first')
		.option('--at <time>', 'once, at this time (ISO 8601)')
		.option('--github-issues <owner/repo>', 'for each issue')
		.option('--github-pull-requests <owner/repo>', 'for each pull request')
		.option('--webhook', 'for each signed delivery to /webhooks/{id}')
		.option('--queue <name>', 'for each item of a queue')
		.option('--manual', 'when it is told to: `statecraft workflows trigger`')
		.option('--trigger-json <json>', 'any other, as the API takes it', parseObject)
		.optionsGroup('With a trigger:')
		.option('--time-zone <zone>', '--cron: IANA time zone; UTC by default')
		.addOption(new Option('--missed <policy>', '--cron: fires missed while down').choices(['skip', 'once']))
		.option('--label <label>', '--github-…: only with this label (repeatable)', collectTexts)
		.addOption(new Option('--state <state>', '--github-…: in this state').choices(['open', 'closed', 'all']))
		.option('--poll <seconds>', '--github-…: how often to look', parseSeconds)
		.option('--secret-file <path>', '--webhook: file with the secret deliveries are signed with; - for stdin')
		.addOption(new Option('--source <source>', '--webhook: who sends').choices(['github', 'any']))
		.option('--visibility-timeout <seconds>', '--queue: after this long an item is up again', parseSeconds)
		.optionsGroup('Options:');
}

/** The trigger that the flags say; undefined when they say none. Fails with `invalid_request` on what does not fit. */
export function readTrigger(options: TriggerOptions): TriggerResource | undefined {
	const [kind, other] = kinds.filter(({ flag }) => options[flag] !== undefined);
	if (kind !== undefined && other !== undefined)
		throw refuse(`${flagText(kind.flag)} and ${flagText(other.flag)} do not go together: give one trigger`);
	const modifiers = new Set(kinds.flatMap(({ takes }) => takes));
	const stray = [...modifiers].find((flag) => options[flag] !== undefined && !kind?.takes.includes(flag));
	if (stray !== undefined) throw refuse(`${flagText(stray)} goes with ${homesOf(stray)}`);
	return kind === undefined ? undefined : withoutGaps(kind.build(options));
}

function readRepository(text = '', { label, state, poll }: TriggerOptions): Readonly<Record<string, unknown>> {
	const [, owner, repo] = /^([^/\s]+)\/([^/\s]+)$/.exec(text) ?? [];
	if (owner === undefined) throw refuse(`"${text}" is not of the form owner/repo`);
	return { owner, repo, labels: label, state, pollSeconds: poll };
}

function readSecret(path: string | undefined): string {
	if (path === undefined) throw refuse('--webhook needs --secret-file: deliveries are signed with what is in it');
	return readText(path).trim();
}

function toIsoTime(text: string): string {
	const at = Date.parse(text);
	if (Number.isNaN(at)) throw refuse(`"${text}" is not a time such as 2030-01-31T09:00:00+01:00`);
	return new Date(at).toISOString();
}

function homesOf(flag: keyof TriggerOptions): string {
	const homes = kinds.filter(({ takes }) => takes.includes(flag));
	return homes.map((home) => flagText(home.flag)).join(' and ');
}

/** `timeZone` as it is written: `--time-zone`. */
function flagText(name: string): string {
	return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function withoutGaps(trigger: TriggerResource): TriggerResource {
	const given = Object.entries(trigger).filter(([, value]) => value !== undefined);
	return Object.fromEntries(given) as unknown as TriggerResource;
}

function refuse(detail: string): StatecraftError {
	return new StatecraftError('invalid_request', detail, { hint: 'add --help to see the triggers' });
}
