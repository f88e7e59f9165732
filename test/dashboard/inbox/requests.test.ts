import { describe, expect, test } from 'vitest';
import { describeAnswer } from '../../../src/dashboard/inbox/answering.ts';
import { explainOptions, readOwnQuestion } from '../../../src/dashboard/inbox/own-questions.ts';
import { type FieldValues, readQuestionForm, renderAnswer } from '../../../src/dashboard/inbox/question-form.ts';
import { readRequestDetail } from '../../../src/dashboard/inbox/request-detail.ts';
import {
	describeSilence,
	judgeDeadline,
	nextRequest,
	orderRequests,
} from '../../../src/dashboard/inbox/request-list.ts';
import type { OpenRequest } from '../../../src/dashboard/store/resources.ts';

function createRequest(id: string, part: Partial<OpenRequest> = {}): OpenRequest {
	return {
		...{ id, agentId: 'agt_1', runId: null, kind: 'permission', origin: 'agent', delivery: 'turn' },
		...{ title: 'Write a file', detail: {} },
		...{ options: [], status: 'open', answer: null, answeredBy: null },
		...{ askedAt: '2026-01-01T00:00:00.000Z', deadlineAt: null },
		...part,
	} as OpenRequest;
}

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

describe('the order', () => {
	test('the nearest deadline first, then the oldest', () => {
		const requests = [
			createRequest('young', { askedAt: at(9) }),
			createRequest('old', { askedAt: at(1) }),
			createRequest('later', { askedAt: at(0), deadlineAt: at(50) }),
			createRequest('soon', { askedAt: at(8), deadlineAt: at(20) }),
		];
		expect(orderRequests(requests).map(({ id }) => id)).toEqual(['soon', 'later', 'old', 'young']);
		expect(orderRequests(requests.toReversed()).map(({ id }) => id)).toEqual(['soon', 'later', 'old', 'young']);
		expect(requests[0]?.id).toBe('young');
	});

	test.each([
		['j', -1, 0],
		['j', 2, 2],
		['k', -1, 0],
		['k', 2, 1],
		['x', 1, null],
	])('%s from %i of three leads to %j', (key, from, to) => {
		expect(nextRequest(key, from, 3)).toBe(to);
	});

	test('no key leads anywhere among none', () => {
		expect(nextRequest('j', -1, 0)).toBeNull();
	});
});

describe('deadlines', () => {
	test.each([
		[null, 'none'],
		[at(61), 'later'],
		[at(59), 'soon'],
		[at(0), 'over'],
	])('%j at the full minute is %s', (deadlineAt, urgency) => {
		expect(judgeDeadline(deadlineAt, Date.parse(at(0)))).toBe(urgency);
	});

	const policy = (onDeadline?: 'deny' | 'allow' | 'keep') =>
		({ mode: 'require_approval', requests: { deadlineSeconds: 60, ...(onDeadline && { onDeadline }) } }) as const;
	const permission = createRequest('p', { deadlineAt: at(60) });
	const question = createRequest('q', { kind: 'question', deadlineAt: at(60) });

	test.each([
		['no deadline', createRequest('n'), policy('allow'), 'It waits until somebody answers.'],
		['nothing said', permission, policy(), 'If nobody answers in time, the answer is no.'],
		['no policy known', permission, undefined, 'If nobody answers in time, the answer is no.'],
		['allow', permission, policy('allow'), 'If nobody answers in time, it is allowed once.'],
		['allow, for a question', question, policy('allow'), 'If nobody answers in time, the answer is no.'],
		['keep', permission, policy('keep'), 'If nobody answers in time, it stays open.'],
	])('what happens when nobody answers: %s', (_case, request, agentPolicy, words) => {
		const agent = {
			executionState: 'busy',
			substate: 'awaitingInput',
			...(agentPolicy && { policy: agentPolicy }),
		} as const;
		expect(describeSilence(request, agent)).toBe(words);
	});

	test('of a turn that was cut off nobody waits for the answer; of a question by a tool nobody ever did', () => {
		const idle = { executionState: 'idle', substate: 'ready' } as const;
		expect(describeSilence(permission, idle)).toMatch(/^The turn that asked was cut off.*asks the same again/);
		expect(describeSilence(createRequest('s', { delivery: 'statecraft' }), idle)).toBe(
			'It waits until somebody answers.',
		);
		expect(describeSilence(createRequest('t', { delivery: 'prompt' }), idle)).toMatch(/as a prompt of its own/);
		expect(describeSilence(createRequest('u'), undefined)).toBe('It waits until somebody answers.');
	});
});

describe('questions', () => {
	const ask = (detail: Record<string, unknown>, values: FieldValues) => {
		const form = readQuestionForm({ detail });
		return { form, answer: renderAnswer(form, values) };
	};

	test('a free one is answered with a bare text', () => {
		expect(ask({ question: 'Why?' }, { answer: ' because ' }).answer).toBe('because');
		expect(ask({ question: 'Why?' }, { answer: '  ' }).answer).toBeNull();
	});

	test('the form of one text is as good as a free one', () => {
		const requestedSchema = { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] };
		expect(ask({ requestedSchema }, { answer: 'blue' }).answer).toBe('blue');
	});

	test('a form is answered by its fields, each as what it is', () => {
		const requestedSchema = {
			properties: {
				colour: { type: 'string', enum: ['red', 'blue'], enumNames: ['Red', 'Blue'], title: 'Colour' },
				size: { type: 'integer', description: 'In metres' },
				loud: { type: 'boolean' },
				sides: { type: 'array', items: { anyOf: [{ const: 'l', title: 'Left' }, { const: 'r' }] } },
				note: { type: 'string' },
			},
			required: ['colour', 'size', 'loud'],
		};
		const { form, answer } = ask({ requestedSchema }, { colour: 'blue', size: '3', sides: ['l', 'r'] });
		expect(form.fields.map(({ input, label, hint }) => [input, label, hint])).toEqual([
			['one', 'Colour', null],
			['number', 'size', 'In metres'],
			['flag', 'loud', null],
			['many', 'sides', null],
			['text', 'note', null],
		]);
		expect(form.fields[3]?.choices).toEqual([
			{ value: 'l', words: 'Left' },
			{ value: 'r', words: 'r' },
		]);
		expect(answer).toEqual({ colour: 'blue', size: 3, loud: false, sides: ['l', 'r'] });
		expect(ask({ requestedSchema }, { colour: 'blue', size: 'three' }).answer).toBeNull();
	});

	test("Claude Code's questions are answered by their texts", () => {
		const questions = [
			{ question: 'Which?', options: [{ label: 'A', description: 'the first' }, { label: 'B' }] },
			{ question: 'What else?', multiSelect: true, options: [{ label: 'C' }, { label: 'D' }] },
		];
		const { form, answer } = ask({ questions }, { 'Which?': 'A', 'What else?': ['C', 'D'] });
		expect(form.fields.map(({ input }) => input)).toEqual(['one', 'many']);
		expect(form.fields[0]?.choices[0]).toEqual({ value: 'A', words: 'A: the first' });
		expect(answer).toEqual({ 'Which?': 'A', 'What else?': ['C', 'D'] });
		expect(ask({ questions }, { 'Which?': 'A' }).answer).toBeNull();
	});

	test('what is not understood is asked as a text', () => {
		for (const detail of [{ questions: 'x' }, { requestedSchema: [] }, { questions: [null, 5] }])
			expect(readQuestionForm({ detail }).fields).toHaveLength(1);
	});
});

describe('what is shown of a request', () => {
	test('the command first, the tool, and everything else that it says', () => {
		const detail = {
			...{ toolName: 'Bash', toolUseId: 'x', reason: 'It is outside of the project', locations: [] },
			input: { command: 'rm -rf build', description: 'Clean', timeout: 5 },
		};
		expect(readRequestDetail({ detail, title: 'Clean' })).toEqual({
			tool: 'Bash',
			command: 'rm -rf build',
			lines: [
				{ name: 'reason', text: 'It is outside of the project' },
				{ name: 'timeout', text: '5' },
			],
		});
	});

	test('a command that is the title is not said twice', () => {
		const detail = { tool: 'execute', input: { title: 'ls', command: 'ls' } };
		expect(readRequestDetail({ detail, title: 'ls' })).toEqual({ tool: 'execute', command: null, lines: [] });
	});

	test('an input that is no record is shown all the same', () => {
		expect(readRequestDetail({ detail: { tool: 'other', input: 'raw' }, title: '' }).lines).toEqual([
			{ name: 'input', text: 'raw' },
		]);
	});

	test('what would disguise a text is made visible', () => {
		const input = { path: 'a\u001b[2Jb\u202Ec\nd\te\u{e0041}\u{e0042}' };
		const [line] = readRequestDetail({ detail: { input }, title: '' }).lines;
		expect(line?.text).toBe('a␛[2Jb⟨U+202E⟩c\nd\te⟨hidden text⟩');
	});

	test('a huge input is cut, and says so', () => {
		const [line] = readRequestDetail({ detail: { input: { text: 'x'.repeat(50_000) } }, title: '' }).lines;
		expect(line?.text.length).toBeLessThan(20_100);
		expect(line?.text).toMatch(/30000 more characters$/);
	});
});

test('an answer is named as the request names it', () => {
	const options = [{ optionId: 'yes', name: 'Allow once', kind: 'allow_once' }] as const;
	expect(describeAnswer({ options: [...options] }, { optionId: 'yes' })).toBe('Allow once');
	expect(describeAnswer({ options: [] }, { decline: true })).toBe('Declined');
	expect(describeAnswer({ options: [] }, { answer: 'x' })).toBe('Answered');
});

describe('what Statecraft itself asks', () => {
	const own = (detail: OpenRequest['detail'], part: Partial<OpenRequest> = {}) =>
		createRequest('own', { kind: 'question', origin: 'statecraft', detail, ...part });

	test('a spent budget is told in amounts, and every answer by what it does', () => {
		const request = own(
			{
				question: 'The agent has spent what it may',
				exceeded: ['cost', 'tokens', 'turnSeconds'],
				budget: { cost: { hard: 1 }, tokens: { soft: 5, hard: 1_000 }, turnSeconds: { hard: 120 } },
				cost: 1.25,
				tokens: 12_000,
			},
			{ options: ['raise', 'resume', 'stop'].map((optionId) => ({ optionId, name: optionId, kind: 'allow_once' })) },
		);
		expect(readOwnQuestion(request)).toEqual([
			{ name: 'cost', text: '1.25 spent of 1 allowed' },
			{ name: 'tokens', text: '12k spent of 1k allowed' },
			{ name: 'time', text: 'a turn took longer than 2 min' },
		]);
		expect(readOwnQuestion(request, 'USD')?.[0]?.text).toMatch(/1\.25 spent of .*1\.00 allowed/);
		expect(explainOptions(request).map(({ name }) => name)).toEqual(['raise', 'resume', 'stop']);
	});

	test('an agent that has given up is told by its failures', () => {
		const failure = { code: 'spawn_failed', message: 'There is no such program', at: 1 };
		expect(readOwnQuestion(own({ failure, failures: [failure, failure] }))).toEqual([
			{ name: 'failed', text: '2 times lately' },
			{ name: 'last failure', text: 'spawn failed' },
		]);
		expect(readOwnQuestion(own({ promptId: 'pmt_1' }))).toEqual([]);
	});

	test('what an agent asks is not taken for it', () => {
		const request = own({ exceeded: ['cost'], failures: [] }, { origin: 'agent' });
		expect([readOwnQuestion(request), explainOptions(request)]).toEqual([null, []]);
	});
});

test('the mission that asks is a link beside it, and no line; what a tool is given is all shown', () => {
	const detail = { supervisorId: 'sup_1', input: { supervisorId: 'sup_2' } };
	expect(readRequestDetail({ title: 'Which one?', detail }).lines).toEqual([{ name: 'supervisor id', text: 'sup_2' }]);
});
