/** Disclosure: what is not listed does not get out, whatever it is called and wherever it stands. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { listDefinitions } from '../../src/durable/definition.ts';
import { discloseContext, discloseEvent, redacted } from '../../src/durable/disclosure.ts';
import { recordedMachines } from '../support/recorded-machines.ts';
import { readRecordedSnapshots } from '../support/recorded-snapshots.ts';
import { counter } from './worlds/counter.ts';

function show(context: readonly string[], value: unknown): unknown {
	return discloseContext({ ...counter, disclosed: { context, event: [] } }, value);
}

test('nothing is disclosed by default but an event’s type and time', () => {
	expect(discloseContext(counter, { count: 1, name: 'secret' })).toBe(redacted);
	expect(discloseEvent(counter, { type: 'ADD', at: 7, by: 3, why: { deep: 'secret' } })).toEqual({
		type: 'ADD',
		at: 7,
		by: redacted,
		why: redacted,
	});
});

test('what is listed is shown; nulls stay, lists keep their length, the rest is redacted', () => {
	const context = {
		id: 'a',
		none: null,
		secret: 'x',
		run: { id: 'r', message: 'x', none: null },
		items: [{ id: 1, text: 'x' }, { id: 2 }],
		words: ['x', 'y'],
		nested: [['x']],
	};
	expect(show(['id', 'run.id', 'items.*.id'], context)).toEqual({
		id: 'a',
		none: null,
		secret: redacted,
		run: { id: 'r', message: redacted, none: null },
		items: [{ id: 1, text: redacted }, { id: 2 }],
		words: [redacted, redacted],
		nested: [redacted],
	});
});

test('a listed path names one value, never all that lies below it', () => {
	expect(
		show(['run', 'items.*', 'lists.*.*'], { run: { a: 'x' }, items: [['x']], lists: { a: [1, ['x'], { b: 'x' }] } }),
	).toEqual({
		run: redacted,
		items: [[redacted]],
		lists: { a: [1, [redacted], redacted] },
	});
});

test('keys of what is not listed do not get out either; those of a listed record do', () => {
	const context = { answer: { 'the secret': 1 }, members: { agt_1: { state: 'on', 'a.b': 'x' } } };
	expect(show(['members.*.state', 'members.*.a.b'], context)).toEqual({
		answer: redacted,
		members: { agt_1: { state: 'on', 'a.b': redacted } },
	});
	// Where a key is named, what is said of each key is not meant for it.
	expect(show(['members.*.state', 'members.agt_1.id'], context)).toMatchObject({
		members: { agt_1: { state: redacted } },
	});
});

test('keys named as what every object has are keys like others', () => {
	const hostile: unknown = JSON.parse(
		'{"__proto__":{"polluted":"x","id":"p"},"constructor":{"id":"c"},"toString":"x","hasOwnProperty":"x","id":"a"}',
	);
	const shown = show(['id'], hostile) as object;
	expect(Object.entries(shown)).toEqual([
		['__proto__', redacted],
		['constructor', redacted],
		['toString', redacted],
		['hasOwnProperty', redacted],
		['id', 'a'],
	]);
	expect(Object.getPrototypeOf(shown)).toBe(Object.prototype);
	expect(({} as { polluted?: string }).polluted).toBeUndefined();
	expect(JSON.stringify(show(['*.id'], hostile))).toBe(
		`{"__proto__":{"polluted":"${redacted}","id":"p"},"constructor":{"id":"c"},` +
			`"toString":"${redacted}","hasOwnProperty":"${redacted}","id":"${redacted}"}`,
	);
});

test('what is no JSON, and what is longer than any id, is redacted even where it is listed', () => {
	const circle: unknown[] = [];
	circle.push(circle);
	const context = {
		error: Object.assign(new Error('x'), { code: 'x' }),
		map: new Map([['x', 'x']]),
		run: () => 'x',
		long: 'x'.repeat(201),
		edge: 'y'.repeat(200),
		circle,
	};
	expect(show(['error.code', 'map.*', 'run', 'long', 'edge'], context)).toEqual({
		error: redacted,
		map: redacted,
		run: redacted,
		long: redacted,
		edge: 'y'.repeat(200),
		circle: [redacted],
	});
	expect(show(['id'], 'x')).toBe(redacted);
	expect(show(['id'], null)).toBe(null);
});

test('what was given is left as it was', () => {
	const context = { items: [{ id: 1, text: 'x' }] };
	const shown = show(['items.*.id'], Object.freeze(context)) as { items: unknown[] };
	expect(context).toEqual({ items: [{ id: 1, text: 'x' }] });
	expect(shown.items).not.toBe(context.items);
});

/** Fields in which people, agents or programs say something, or that open something. */
const wordsAndKeys = [
	...['message', 'detail', 'text', 'prompt', 'reply', 'note', 'summary', 'comment', 'mission', 'question', 'choices'],
	...['answer', 'optionId', 'errorMessage', 'currentActivity', 'activity', 'lost', 'name', 'output', 'conflicts'],
	...['files', 'files.*', 'conflicts.*', 'choices.*', 'token', 'key', 'by', 'cancelledBy', 'fingerprint', 'sessionId'],
	...['cursor', 'triggerKey', 'sourceId', 'usage', 'stopReason', 'processStart', 'env', 'command', 'args', 'cwd'],
];

// biome-ignore lint/suspicious/noExplicitAny: a JSON schema has many forms.
type JsonSchema = any;

/** Whether a context of this schema may have a value there. */
function hasPath(root: JsonSchema, path: readonly string[], schema: JsonSchema = root): boolean {
	if (schema.$ref) return hasPath(root, path, root.$defs[schema.$ref.split('/').at(-1)]);
	const forms: readonly JsonSchema[] | undefined = schema.anyOf ?? schema.oneOf;
	if (forms) return forms.some((form) => hasPath(root, path, form));
	const [first, ...rest] = path;
	if (first === undefined) return schema.type !== 'object' && schema.type !== 'array';
	const each = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})];
	const below = first === '*' ? each : [schema.properties?.[first]];
	return below.some((inner) => typeof inner === 'object' && hasPath(root, rest, inner));
}

function textsOf(value: unknown): readonly string[] {
	if (typeof value === 'string') return [value];
	return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

const definitions = [...new Set(recordedMachines.flatMap(({ definition }) => listDefinitions(definition)))];

describe.each(definitions.map((definition) => [definition.kind, definition] as const))('%s', (kind, definition) => {
	test('shows something, and no field in which somebody says something', () => {
		const paths = [...(definition.disclosed?.context ?? []), ...(definition.disclosed?.event ?? [])];
		expect(paths.length).toBeGreaterThan(0);
		const spoken = paths.filter((path) => wordsAndKeys.some((word) => path === word || path.endsWith(`.${word}`)));
		expect(spoken).toEqual([]);
		// Where people end or suspend something, its reason is theirs; elsewhere it is one of a few words of ours.
		const reasons = paths.filter((path) => path.endsWith('reason'));
		expect(reasons.every(() => kind === 'orchestrator' || kind === 'workflowRunner')).toBe(true);
	});
});

test.each(definitions.map((definition) => [definition.kind, definition] as const))(
	'%s: everything listed is something its context has',
	(_kind, { context, disclosed }) => {
		const schema = z.toJSONSchema(context as z.ZodType, { unrepresentable: 'any', io: 'input' });
		expect(disclosed?.context.filter((path) => !hasPath(schema, path.split('.')))).toEqual([]);
		expect(hasPath(schema, ['nothing', 'like', 'this'])).toBe(false);
	},
);

test('of all that was ever recorded of any machine, no text is shown that reads like a sentence', () => {
	const recorded = readRecordedSnapshots().map(([, { row, next }]) => {
		const definition = definitions.find(({ machine }) => machine.id === row.machineId);
		if (!definition) throw new Error(`nothing is known of ${row.machineId}`);
		const { context } = JSON.parse(row.snapshot) as { readonly context: unknown };
		return [discloseContext(definition, context), discloseEvent(definition, next)];
	});
	const texts = new Set(recorded.flatMap(textsOf));
	texts.delete(redacted);
	expect(recorded.length).toBeGreaterThan(50);
	expect(texts.size).toBeGreaterThan(20);
	expect([...texts].filter((text) => !/^[\w:./-]+$/.test(text))).toEqual([]);
});

test('the words in an agent’s context and events stay here', () => {
	const definition = definitions.find(({ kind }) => kind === 'agent');
	if (!definition) throw new Error('there is no agent');
	const secret = 'SECRET';
	const failure = { code: 'turn_failed', message: secret, retryable: true, detail: { [secret]: secret } };
	const context = {
		agentId: 'agt_1',
		settings: { transport: 'stdio', budget: { cost: { soft: 1 } }, [`${secret}`.toLowerCase()]: secret },
		run: { id: 'run_1_1', state: 'running', startedAt: 1, endedAt: null, failure },
		process: { pid: 4, processStart: secret },
		sessionId: secret,
		queue: [{ id: 'pmt_1', repeatable: true, replyTo: { address: 'task:tsk_1', token: secret } }],
		turn: { id: 'pmt_2', repeatable: false, cancelledBy: secret },
		requests: [
			{
				id: 'req_1',
				origin: 'agent',
				fingerprint: secret,
				answer: { [secret]: secret },
				deadline: { at: 9, answer: { a: secret } },
			},
		],
		suspension: { reason: secret, until: 5 },
		failures: [{ at: 1, code: 'turn_failed', message: secret }],
		usage: { [secret]: 1 },
		spending: { cost: 2, reported: { generation: 1, sessionId: secret, cost: 2 } },
	};
	const shown = discloseContext(definition, context);
	expect(JSON.stringify(shown)).not.toContain(secret);
	expect(shown).toMatchObject({
		agentId: 'agt_1',
		settings: { transport: 'stdio', budget: { cost: { soft: 1 } } },
		run: { id: 'run_1_1', state: 'running', failure: { code: 'turn_failed', message: redacted, detail: redacted } },
		queue: [{ id: 'pmt_1', replyTo: { address: 'task:tsk_1', token: redacted } }],
		suspension: { reason: redacted, until: 5 },
	});
	const event = { type: 'ANSWER', at: 3, requestId: 'req_1', answer: { [secret]: secret }, by: secret, reason: secret };
	expect(discloseEvent(definition, event)).toEqual({
		type: 'ANSWER',
		at: 3,
		requestId: 'req_1',
		answer: redacted,
		by: redacted,
		reason: redacted,
	});
});
