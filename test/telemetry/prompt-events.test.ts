/** Traces of prompts from events as they are committed: what ends when, under what, and what is left out. */

import { describe, expect, test } from 'vitest';
import type { AgentContext, QueuedPrompt } from '../../machines/agent-model.ts';
import type { AgentView, RequestView } from '../../src/agents/views.ts';
import type { EffectRun } from '../../src/durable/observer.ts';
import { createEvent, type EventPayload, type EventTopic } from '../../src/events/catalogue.ts';
import { createId } from '../../src/ids.ts';
import { turnSpanId } from '../../src/telemetry/prompt-spans.ts';
import { createPromptTraces, type PromptTracesDeps } from '../../src/telemetry/prompt-traces.ts';
import { type FinishedSpan, rootOf, timeOf } from '../../src/telemetry/spans.ts';

const agentId = 'agt_1';
const address = `agent:${agentId}`;
const start = Date.UTC(2026, 0, 1);
const failure = { code: 'turn_failed', message: 'it said something secret', retryable: false };

type Context = Pick<AgentContext, 'agentId' | 'generation' | 'queue' | 'turn' | 'resumable' | 'requests'>;
const nothingHeld: Context = { agentId, generation: 1, queue: [], turn: null, resumable: null, requests: [] };
const prompt = (id: string, token?: string): QueuedPrompt => ({
	id,
	repeatable: false,
	...(token !== undefined && { replyTo: { address: 'orchestrator:main/wfl_1', token } }),
});

function createScene(deps: Partial<PromptTracesDeps['reads']> = {}) {
	const spans: FinishedSpan[] = [];
	const errors: string[] = [];
	const scene = { context: nothingHeld as Context | undefined };
	const agent = { name: 'ada', driver: { kind: 'demo' }, sessionId: 'session-1' } as AgentView;
	const traces = createPromptTraces({
		record: (span) => spans.push(span),
		reads: {
			agent: async () => agent,
			request: async () => undefined,
			turnStarts: async () => new Map(),
			...deps,
		},
		contextOf: () => scene.context as AgentContext | undefined,
		onError: (where, error) => errors.push(`${where}: ${error.message}`),
	});
	let seq = 0;
	return Object.assign(scene, {
		traces,
		spans,
		errors,
		tell<T extends EventTopic>(topic: T, ms: number, payload: EventPayload<T>) {
			seq += 1;
			traces.eventsPublished([{ ...createEvent(topic, agentId, start + ms, payload), seq }]);
		},
		named: (name: string) => spans.filter((span) => span.name === name),
	});
}

const created = () => createId('prompt', start);

describe('a turn', () => {
	test('carries tokens, the reason of its end and the session, as they are called elsewhere', async () => {
		const { traces, tell, named } = createScene();
		const id = created();
		tell('prompt.queued', 0, { promptId: id });
		tell('prompt.started', 10, { promptId: id, generation: 3 });
		tell('prompt.finished', 50, { promptId: id, stopReason: 'end_turn', usage: { inputTokens: 12, outputTokens: 34 } });
		await traces.idle();
		expect(named('invoke_agent ada')).toMatchObject([
			{
				spanId: turnSpanId(id, 3),
				parentSpanId: rootOf(id).spanId,
				startAt: start + 10,
				endAt: start + 50,
				attributes: {
					'gen_ai.usage.input_tokens': 12,
					'gen_ai.usage.output_tokens': 34,
					'gen_ai.response.finish_reasons': ['end_turn'],
					'gen_ai.conversation.id': 'session-1',
				},
			},
		]);
		expect(named('prompt queued')).toMatchObject([{ startAt: start, endAt: start + 10 }]);
		expect(named('prompt')).toMatchObject([{ parentSpanId: null, startAt: timeOf(id), endAt: start + 50 }]);
	});

	test('that fails says with what code, never with what words; what it left open ends with it', async () => {
		const { traces, tell, named, spans } = createScene();
		const id = created();
		tell('prompt.started', 0, { promptId: id, generation: 1 });
		const call = { type: 'tool_call', title: 'cat secret.txt', kind: 'read', promptId: id } as const;
		tell('agent.output.tool_call', 1, { ...call, toolCallId: 'one', status: 'pending', input: { path: 'secret' } });
		tell('agent.output.tool_call', 2, { ...call, toolCallId: 'two', status: 'in_progress' });
		const update = { type: 'tool_call_update', promptId: id } as const;
		tell('agent.output.tool_call_update', 3, { ...update, toolCallId: 'one', status: 'in_progress' });
		tell('agent.output.tool_call_update', 4, { ...update, toolCallId: 'one', status: 'failed', output: 'secret' });
		tell('agent.output.tool_call_update', 5, { type: 'tool_call_update', promptId: 'pmt_other', toolCallId: 'x' });
		tell('prompt.failed', 9, { promptId: id, error: failure });
		await traces.idle();
		expect(named('execute_tool read')).toMatchObject([
			{ startAt: start + 1, endAt: start + 4, error: 'failed', parentSpanId: turnSpanId(id, 1) },
			{ startAt: start + 2, endAt: start + 9, error: 'abandoned', attributes: { 'gen_ai.tool.call.id': 'two' } },
		]);
		// Of no turn that is in progress.
		expect(named('execute_tool other')).toEqual([]);
		expect(named('invoke_agent ada')).toMatchObject([{ error: 'turn_failed' }]);
		expect(named('prompt')).toMatchObject([
			{ error: 'turn_failed', attributes: { 'statecraft.prompt.status': 'failed' } },
		]);
		expect(JSON.stringify(spans)).not.toContain('secret');
	});

	test('whose agent cannot be read leaves its prompt whole, and says so', async () => {
		const { traces, tell, named, errors } = createScene({ agent: () => Promise.reject(new Error('the disk is gone')) });
		const id = created();
		tell('prompt.started', 0, { promptId: id, generation: 1 });
		tell('prompt.finished', 1, { promptId: id, stopReason: null });
		await traces.idle();
		expect(errors).toEqual(['trace: the disk is gone']);
		expect(named('prompt')).toHaveLength(1);
	});
});

describe('a prompt ends', () => {
	test('in the queue, when it is cancelled there', () => {
		const { tell, spans } = createScene();
		const id = created();
		tell('prompt.queued', 0, { promptId: id });
		tell('prompt.cancelled', 7, { promptId: id });
		expect(spans.map(({ name, endAt, error }) => [name, endAt - start, error])).toEqual([
			['prompt queued', 7, undefined],
			['prompt', 7, undefined],
		]);
	});

	test('only once it is held no longer: taken up again by its session, it is one trace', async () => {
		const scene = createScene();
		const { tell, named, traces } = scene;
		const id = created();
		tell('prompt.started', 0, { promptId: id, generation: 1 });
		scene.context = { ...nothingHeld, resumable: prompt(id) };
		tell('prompt.interrupted', 5, { promptId: id, error: failure });
		tell('agent.updated', 6, { changed: [] });
		expect(named('prompt')).toEqual([]);
		tell('prompt.started', 20, { promptId: id, generation: 2 });
		scene.context = nothingHeld;
		tell('agent.updated', 21, { changed: [] });
		expect(named('prompt')).toEqual([]);
		tell('prompt.finished', 30, { promptId: id, stopReason: null });
		await traces.idle();
		expect(named('invoke_agent ada').map(({ spanId }) => spanId)).toEqual([turnSpanId(id, 1), turnSpanId(id, 2)]);
		expect(named('prompt')).toMatchObject([
			{ endAt: start + 30, attributes: { 'statecraft.prompt.status': 'finished' } },
		]);
	});

	test('when it is given up after all, as it was left', () => {
		const scene = createScene();
		const { tell, named } = scene;
		const id = created();
		tell('prompt.started', 0, { promptId: id, generation: 1 });
		scene.context = { ...nothingHeld, resumable: prompt(id) };
		tell('prompt.interrupted', 5, { promptId: id, error: { ...failure, code: 'interrupted' } });
		scene.context = nothingHeld;
		tell('agent.state.changed', 8, { from: 'failed', to: 'stopped', trigger: null, version: 9, generation: 1 });
		expect(named('prompt')).toMatchObject([{ endAt: start + 8, error: 'interrupted' }]);
		tell('agent.updated', 9, { changed: [] });
		expect(named('prompt')).toHaveLength(1);
	});

	test('with its agent, when that is removed', async () => {
		const { traces, tell, named } = createScene();
		const [running, waiting] = [created(), created()];
		tell('prompt.started', 0, { promptId: running, generation: 1 });
		tell('prompt.queued', 1, { promptId: waiting });
		tell('agent.deleted', 4, { name: 'ada' });
		await traces.idle();
		expect(named('prompt').map(({ attributes }) => attributes['statecraft.prompt.status'])).toEqual([
			'removed',
			'removed',
		]);
		expect(named('invoke_agent ada')).toHaveLength(1);
	});
});

describe('after a restart', () => {
	const [cut, again, fresh, asked] = [created(), created(), created(), created()];
	const question = { id: 'req_1', origin: 'interruption', promptId: asked } as AgentContext['requests'][number];
	const context = {
		...{ agentId, generation: 4, resumable: null },
		...{
			turn: prompt(cut, 'dsp_01arz3ndektsv4rrffq69g5fav/2'),
			queue: [prompt(again), prompt(fresh)],
			requests: [question],
		},
	} as unknown as AgentContext;

	async function restart() {
		const starts = new Map([
			[cut, start + 100],
			[again, start + 50],
			[fresh, null],
			[asked, start + 10],
		] as const);
		const scene = createScene({ turnStarts: async () => starts });
		await scene.traces.begin([context], start + 1_000);
		return scene;
	}

	test('a turn that was in progress ends as it began', async () => {
		const { traces, tell, named } = await restart();
		tell('prompt.interrupted', 1_001, { promptId: cut, error: failure });
		await traces.idle();
		expect(named('invoke_agent ada')).toMatchObject([
			{ spanId: turnSpanId(cut, 4), startAt: start + 100, endAt: start + 1_001 },
		]);
		const [dispatch] = named('prompt')[0]?.links ?? [];
		expect(dispatch?.traceId).toBe('01563e3ab5d3d6764c61efb99302bd5b');
	});

	test('what waited goes on waiting: what never ran since it was accepted, what ran since the restart at most', async () => {
		const { tell, named } = await restart();
		tell('prompt.started', 1_010, { promptId: again, generation: 5 });
		tell('prompt.finished', 1_020, { promptId: again, stopReason: null });
		tell('prompt.started', 1_020, { promptId: fresh, generation: 5 });
		expect(named('prompt queued').map(({ startAt, endAt }) => [startAt, endAt - start])).toEqual([
			[start + 1_000, 1_010],
			[timeOf(fresh), 1_020],
		]);
	});

	test('what a human was asked about ends when the answer is no', async () => {
		const { tell, named } = await restart();
		tell('agent.updated', 1_005, { changed: [] });
		expect(named('prompt')).toMatchObject([{ ...rootOf(asked), endAt: start + 1_005, error: 'interrupted' }]);
	});
});

describe('what happens in a turn', () => {
	test('a request ends under the turn that asked; one of before a restart under its prompt, as its row tells', async () => {
		const id = created();
		const row = { promptId: id, kind: 'permission', askedAt: start - 5 } as RequestView;
		const { traces, tell, named } = createScene({
			request: async (wanted) => (wanted === 'req_old' ? row : undefined),
		});
		tell('prompt.started', 0, { promptId: id, generation: 2 });
		tell('request.opened', 1, { requestId: 'req_1', kind: 'question', title: 'secret?' });
		tell('request.timed_out', 5, { requestId: 'req_1', answer: null });
		tell('request.withdrawn', 6, { requestId: 'req_old', note: null });
		// About no prompt.
		tell('request.answered', 7, { requestId: 'req_other', answer: null, answeredBy: null });
		await traces.idle();
		expect(named('request question')).toMatchObject([
			{ parentSpanId: turnSpanId(id, 2), startAt: start + 1, endAt: start + 5 },
		]);
		expect(named('request permission')).toMatchObject([
			{ parentSpanId: rootOf(id).spanId, startAt: start - 5, endAt: start + 6 },
		]);
	});

	test('an effect belongs to the prompt it names, or to the turn that is in progress', () => {
		const { traces, tell, spans } = createScene();
		const id = created();
		const run = (name: string, params: object, change: Partial<EffectRun> = {}): EffectRun => {
			const effect = { id: `${address}/9/${name}`, address, name, params: JSON.stringify(params), attempts: 0 };
			return {
				...{
					effect: { ...effect, nextAttemptAt: 0, lastError: null },
					attempt: 1,
					startedAt: start,
					endedAt: start + 1,
				},
				...{ outcome: 'done', error: null, ...change },
			};
		};
		traces.effectEnded(run('launch', { generation: 1 }));
		expect(spans).toEqual([]);
		tell('prompt.started', 0, { promptId: id, generation: 1 });
		traces.effectEnded(run('deliverPrompt', { generation: 1, promptId: id }));
		traces.effectEnded(run('cancelTurn', { generation: 1 }, { outcome: 'given_up', error: new Error('secret') }));
		// Of a run that is over.
		traces.effectEnded(run('cancelTurn', { generation: 0 }));
		expect(spans.map(({ name, parentSpanId, error }) => [name, parentSpanId, error])).toEqual([
			['effect deliverPrompt', turnSpanId(id, 1), undefined],
			['effect cancelTurn', turnSpanId(id, 1), 'given_up'],
		]);
		expect(JSON.stringify(spans)).not.toContain('secret');
	});

	test('a step of another machine counts when it is told the end of a prompt, and no other', () => {
		const { traces, spans } = createScene();
		const id = created();
		const line = { version: 3, from: 'a', to: 'b', trigger: null, cause: 'message:m', generation: null, at: start };
		const told = { type: 'PROMPT_SETTLED', promptId: id, token: 't' };
		traces.stepCommitted(
			{
				journal: [
					{ ...line, address: 'orchestrator:main/wfl_1', event: JSON.stringify(told) },
					{ ...line, address: 'orchestrator:main/wfl_1', event: JSON.stringify({ type: 'POLLED', promptId: id }) },
					{ ...line, address, event: JSON.stringify({ type: 'SPAWN' }) },
				],
			},
			start + 2,
		);
		expect(spans).toMatchObject([
			{ name: 'transition PROMPT_SETTLED', parentSpanId: rootOf(id).spanId, startAt: start, endAt: start + 2 },
		]);
	});
});
