import { describe, expect, test } from 'vitest';
import { createSettings } from '../../../src/agents/agent-settings.ts';
import { parseScript } from '../../../src/agents/demo/script.ts';
import { createAgentBody } from '../../../src/agents/schemas.ts';
import { ApiError } from '../../../src/dashboard/connection/api.ts';
import { demoAgent } from '../../../src/dashboard/fleet/demo-agent.ts';
import {
	beginForm,
	chooseDriver,
	emptyForm,
	findProblems,
	findServerProblems,
	type NewAgentForm,
	parseAmount,
	parseLabels,
	renderBody,
	splitArguments,
	suggestName,
} from '../../../src/dashboard/fleet/new-agent.ts';

const filled: NewAgentForm = { ...emptyForm, driver: { type: 'preset', kind: 'demo' }, name: 'ada', cwd: '/work' };

describe('the form', () => {
	test('filled in has no problems, and makes a body that the server takes', () => {
		expect(findProblems(filled)).toEqual({});
		expect(createAgentBody.safeParse(renderBody(filled)).error).toBeUndefined();
		expect(renderBody(filled)).toMatchObject({ name: 'ada', driver: { kind: 'demo' }, cwd: '/work' });
	});

	test('with everything said makes a body that the server takes', () => {
		const form: NewAgentForm = {
			...filled,
			...{ driver: { type: 'program' }, command: ' node ', args: '--flag "two words"', prompt: ' hello ' },
			...{ labels: 'team=web, role=review=x', restart: 'permanent', interruptedTurn: 'resume', tools: 'allow_all' },
			...{ costLimit: '2.5', tokenLimit: '', turnSeconds: '600' },
		};
		const body = renderBody(form);
		expect(createAgentBody.safeParse(body).error).toBeUndefined();
		expect(body).toEqual({
			name: 'ada',
			driver: { kind: 'acp', command: 'node', args: ['--flag', 'two words'] },
			cwd: '/work',
			restart: { policy: 'permanent' },
			interruptedTurn: 'resume',
			prompt: 'hello',
			policy: { mode: 'allow_all' },
			labels: { team: 'web', role: 'review=x' },
			budget: { cost: { hard: 2.5 }, turnSeconds: { hard: 600 } },
		});
	});

	test('of an agent that dials in says how', () => {
		const body = renderBody({ ...filled, driver: { type: 'dial-in' }, protocol: 'stream-json' });
		expect(body.driver).toEqual({ kind: 'stream-json', transport: 'websocket' });
		expect(body.autoStart).toBe(false);
		expect(createAgentBody.safeParse(body).error).toBeUndefined();
	});

	test('begins with what the server does with an interrupted turn when it is told nothing', () => {
		const limits = { startupTimeoutMs: 1, reconnectGraceMs: 1, cancelTimeoutMs: 1, maxQueuedPrompts: 1 };
		const settings = createSettings({ name: 'ada', driver: { kind: 'demo' }, cwd: '/work' } as never, limits as never);
		expect(emptyForm.interruptedTurn).toBe(settings.interruptedTurn);
	});

	test('says what is missing, field by field', () => {
		expect(Object.keys(findProblems(emptyForm))).toEqual(['driver', 'name', 'cwd']);
		const wrong = {
			driver: { type: 'program' },
			cwd: 'relative',
			labels: 'x',
			costLimit: '-1',
			turnSeconds: 'soon',
		} as const;
		expect(Object.keys(findProblems({ ...filled, ...wrong }))).toEqual([
			...['command', 'cwd', 'labels', 'costLimit', 'turnSeconds'],
		]);
	});
});

describe('the choice of what runs', () => {
	const drivers = [
		{ kind: 'claude', installed: false },
		{ kind: 'demo', installed: true },
	];

	test('begins with something that is there, under a name that is free', () => {
		const form = beginForm(drivers, '/work', new Set(['demo']));
		expect(form).toMatchObject({ driver: { type: 'preset', kind: 'demo' }, name: 'demo-2', cwd: '/work' });
		expect(beginForm([], '/work', new Set()).driver).toBeNull();
	});

	test('brings its name along, unless another one was typed', () => {
		const form = beginForm(drivers, '/work', new Set());
		const claude = { type: 'preset', kind: 'claude' } as const;
		expect(chooseDriver(form, claude, new Set(), '/work')).toMatchObject({ driver: claude, name: 'claude' });
		const typed = { ...form, name: 'bob', cwd: '/other' };
		expect(chooseDriver(typed, claude, new Set(), '/work')).toEqual({ driver: claude });
	});

	test('puts in no directory of the server for a program on another machine', () => {
		const form = beginForm(drivers, '/work', new Set());
		const far = { ...form, ...chooseDriver(form, { type: 'dial-in' }, new Set(), '/work') };
		expect(far.cwd).toBe('');
		expect(chooseDriver(far, { type: 'program' }, new Set(), '/work')).toMatchObject({ cwd: '/work' });
	});
});

test('the demo agent of the first run is one that the server takes, and speaks its language', () => {
	const body = demoAgent('/work');
	expect(createAgentBody.safeParse(body).error).toBeUndefined();
	const verbs = parseScript(body.prompt ?? '')?.map(({ verb }) => verb);
	expect(verbs).toEqual(['think', 'plan', 'say', 'wait', 'tool', 'wait', 'permission', 'say']);
});

test.each([
	['', []],
	['acp --flag=1', ['acp', '--flag=1']],
	[`say 'two words' "and 'three' more" a"b c"d`, ['say', 'two words', "and 'three' more", 'ab cd']],
])('%j is parted into %j', (text, parts) => {
	expect(splitArguments(text)).toEqual(parts);
});

test('amounts and labels', () => {
	expect(['', ' ', '2.5', '0', '-1', 'x', 'Infinity'].map(parseAmount)).toEqual([
		...[undefined, undefined, 2.5, null, null, null, null],
	]);
	expect([parseLabels(''), parseLabels('a=1,, b = 2 '), parseLabels('a=1, b'), parseLabels('=1')]).toEqual([
		...[{}, { a: '1', b: '2' }, null, null],
	]);
});

test('a suggested name is nobody else’s', () => {
	expect(suggestName('demo', new Set(['demo', 'demo-2']))).toBe('demo-3');
	expect(suggestName('demo', new Set())).toBe('demo');
});

test('what the server complains about is told at its field', () => {
	const complain = (part: object) =>
		findServerProblems(new ApiError({ status: 422, title: '', detail: 'No', ...part } as never));
	expect(complain({ code: 'agent_name_taken' })).toEqual({ name: 'No' });
	expect(complain({ code: 'cwd_not_found' })).toEqual({ cwd: 'No' });
	expect(complain({ code: 'invalid_request', issues: [{ path: 'body.name', message: 'Too long' }] })).toEqual({
		name: 'Too long',
	});
	expect(complain({ code: 'internal' })).toEqual({});
});
