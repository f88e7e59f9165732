/** Triggers as they are configured: one schema for each type, the same for the API and for manifests. */

import { Cron } from 'croner';
import { z } from 'zod';
import { secretMask } from '../../http/fields.ts';

const seconds = z.number().positive().max(31_536_000);
/** Id or name of an agent; the service stores the id. */
const agentReference = z.string().min(1).max(100);
export const queueName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/i, 'Letters, digits, dots, dashes, underscores');
const repository = {
	owner: z
		.string()
		.max(100)
		.regex(/^[\w-]+$/, 'Not the name of an owner'),
	repo: z
		.string()
		.max(100)
		// Dots alone would lead to another path of the API.
		.regex(/^(?!\.{1,2}$)[\w.-]+$/, 'Not the name of a repository'),
	labels: z.array(z.string().min(1).max(100)).max(50).exactOptional().describe('All of them must be there.'),
	state: z.enum(['open', 'closed', 'all']).exactOptional().describe('`open` by default.'),
	pollSeconds: z.number().min(10).max(86_400).exactOptional().describe('60 by default.'),
};

const webhookSecret = z
	.union([z.literal(secretMask), z.string().min(8).max(1_000)], {
		error: `8 to 1,000 characters, or ${secretMask} for the stored one`,
	})
	.describe('Answered as `***`; `***` sent back keeps the stored one.');

const timeZone = z.string().max(100).refine(isTimeZone, 'Not an IANA time zone');

/** Triggers that are read by asking now and then: what a composite may be made of. */
const readableTriggers = [
	z.strictObject({ type: z.literal('github_issues'), ...repository }),
	z.strictObject({ type: z.literal('github_pull_requests'), ...repository }),
	z
		.strictObject({
			type: z.literal('cron'),
			expression: z.string().max(200).describe('Five fields, or six with seconds first.'),
			timeZone: timeZone.exactOptional().describe('`UTC` by default.'),
			missed: z.enum(['skip', 'once']).exactOptional().describe('Fires that were missed: `skip` by default.'),
		})
		.superRefine(({ expression }, context) => {
			const problem = findCronProblem(expression);
			if (problem !== undefined) context.addIssue({ code: 'custom', path: ['expression'], message: problem });
		}),
	z.strictObject({ type: z.literal('delay'), runAt: z.iso.datetime({ offset: true }).describe('Fires once.') }),
	z.strictObject({ type: z.literal('agent_idle'), seconds, agent: agentReference.exactOptional() }),
	z.strictObject({
		type: z.literal('agent_lifecycle'),
		events: z
			.array(z.enum(['connected', 'restarted', 'stopped', 'failed', 'escalated']))
			.min(1)
			.max(50),
		agent: agentReference.exactOptional().describe("The workflow's own by default; `*` for any."),
	}),
	z.strictObject({
		type: z.literal('dispatch_result'),
		workflow: z.string().min(1).max(100).describe('Id or name.'),
		status: z
			.array(z.enum(['completed', 'failed', 'interrupted', 'skipped']))
			.min(1)
			.max(50),
	}),
	z.strictObject({
		type: z.literal('request_answered'),
		agent: agentReference.exactOptional().describe("The workflow's own by default; `*` for any."),
		kind: z.enum(['permission', 'question']).exactOptional(),
		contains: z.string().min(1).max(200).exactOptional().describe('Text in the title, in any case.'),
	}),
] as const;

/** Triggers whose items come in by themselves, or are claimed one by one: each has a workflow of its own. */
const arrivingTriggers = [
	z.strictObject({
		type: z.literal('webhook'),
		secret: webhookSecret,
		source: z.enum(['github', 'any']).exactOptional().describe('`any` by default.'),
		events: z.array(z.string().min(1).max(100)).max(50).exactOptional().describe('GitHub: only these events.'),
	}),
	z.strictObject({ type: z.literal('manual') }),
	z.strictObject({
		type: z.literal('queue'),
		queue: queueName,
		visibilityTimeoutSeconds: seconds.exactOptional().describe('1,800 by default.'),
	}),
] as const;

const part = z.discriminatedUnion('type', [...readableTriggers], { error: findPartProblem });

export const triggerSchema = z.discriminatedUnion('type', [
	...readableTriggers,
	...arrivingTriggers,
	z.strictObject({
		type: z.literal('composite'),
		mode: z.enum(['all', 'any']),
		triggers: z.array(part).min(2).max(10),
		withinSeconds: seconds.exactOptional().describe('`all`: how far apart they may be; 3,600 by default.'),
	}),
]);

export type Trigger = z.output<typeof triggerSchema>;
export type TriggerType = Trigger['type'];
export type TriggerOf<T extends TriggerType> = Extract<Trigger, { readonly type: T }>;

function isTimeZone(name: string): boolean {
	try {
		return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
	} catch {
		// The only thing it throws: a RangeError for a zone it does not know.
		return false;
	}
}

function findPartProblem({ input }: { readonly input?: unknown }): string | undefined {
	const type = (input as { readonly type?: unknown } | null | undefined)?.type;
	if (!['composite', ...arrivingTriggers.map(({ shape }) => shape.type.value)].includes(String(type))) return undefined;
	const types = readableTriggers.map(({ shape }) => shape.type.value);
	return `A composite cannot have a part of type ${type}: give that a workflow of its own. A part is one of ${types.join(', ')}`;
}

function findCronProblem(expression: string): string | undefined {
	try {
		const job = new Cron(expression, { paused: true, mode: '5-or-6-parts' });
		return job.nextRun() === null ? 'Never fires' : undefined;
	} catch (thrown) {
		return `Not a cron expression: ${(thrown as Error).message}`;
	}
}
