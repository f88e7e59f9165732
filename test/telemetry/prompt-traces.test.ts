/** A prompt as one trace, from a real server to a real receiver. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rootOf } from '../../src/telemetry/spans.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { type ReceivedSpan, startTraceReceiver, type TraceReceiver } from '../support/trace-receiver.ts';

const timeout = 120_000;
const client = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

const tracing = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '50' });

function startTracedServer(receiver: TraceReceiver, environment: Readonly<Record<string, string>> = {}) {
	return startServerProcess({}, { environment: { ...tracing(receiver.url), ...environment } });
}

/** The prompt's spans once its root has arrived, and what was on its way with it. */
async function traceOf(receiver: TraceReceiver, server: ServerProcess, promptId: string) {
	const root = rootOf(promptId);
	await receiver.received(({ traceId, spanId }) => traceId === root.traceId && spanId === root.spanId);
	// Shut down, everything is flushed.
	await server.shutDown();
	return receiver.spans.filter(({ traceId }) => traceId === root.traceId);
}

function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
	const found = spans.filter((span) => span.name === name);
	expect(found.map((span) => span.name)).toEqual([name]);
	return found[0] as ReceivedSpan;
}

/** Each span's name with those of its parents: `transition PROMPT < prompt`. */
function describeTree(spans: readonly ReceivedSpan[]): string[] {
	const parentOf = ({ parentSpanId }: ReceivedSpan) => spans.find(({ spanId }) => spanId === parentSpanId);
	const path = (span: ReceivedSpan): string => {
		const parent = parentOf(span);
		if (!parent) return span.parentSpanId === null ? span.name : `${span.name} < ?`;
		return `${span.name} < ${path(parent)}`;
	};
	return spans.map(path).sort();
}

function submit(server: ServerProcess, agentId: string, text: string): Promise<{ readonly id: string }> {
	const headers = { traceparent: `00-${client.traceId}-${client.spanId}-01` };
	return server.post(`/agents/${agentId}/prompts`, { text }, headers);
}

describe('a prompt is one trace', { timeout }, () => {
	test('from the request through steps, effects, tools and questions to its end', async () => {
		const receiver = await startTraceReceiver();
		const server = await startTracedServer(receiver, {
			OTEL_SERVICE_NAME: 'fleet-of-ada',
			OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging',
			OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=acme',
		});
		const { id: agentId } = await server.hire('ada');
		const { id } = await submit(
			server,
			agentId,
			'tool secret-tool-title; permission dig; usage 1200; say secret-words',
		);
		const request = await server.request(agentId);
		await server.api.answer(request.id, { optionId: 'allow' });
		await server.settled(id);
		const spans = await traceOf(receiver, server, id);

		const turn = 'invoke_agent ada < prompt';
		expect(describeTree(spans)).toEqual(
			[
				'prompt',
				'POST /agents/{id}/prompts < prompt',
				'transition PROMPT < prompt',
				'prompt queued < prompt',
				turn,
				`effect deliverPrompt < ${turn}`,
				`execute_tool other < ${turn}`,
				// What it asks permission for.
				`execute_tool execute < ${turn}`,
				`transition INPUT_REQUESTED < ${turn}`,
				`request permission < ${turn}`,
				`transition ANSWER < ${turn}`,
				`effect deliverAnswer < ${turn}`,
				`transition ANSWER_DELIVERED < ${turn}`,
				`transition RESULT < ${turn}`,
			].sort(),
		);
		const root = only(spans, 'prompt');
		expect(root).toMatchObject({
			parentSpanId: null,
			status: 0,
			attributes: {
				'statecraft.prompt.id': id,
				'statecraft.agent.id': agentId,
				'statecraft.prompt.status': 'finished',
			},
			resource: { 'service.name': 'fleet-of-ada', 'deployment.environment.name': 'staging' },
		});
		expect(only(spans, 'POST /agents/{id}/prompts')).toMatchObject({
			kind: 2,
			links: [client],
			attributes: {
				'http.request.method': 'POST',
				'http.route': '/agents/{id}/prompts',
				'http.response.status_code': 202,
			},
		});
		expect(only(spans, 'transition PROMPT').attributes).toMatchObject({
			'statecraft.actor.address': `agent:${agentId}`,
			'statecraft.state.from': 'idle.ready',
			'statecraft.trigger': 'PromptReceived',
			'statecraft.cause': 'send',
		});
		expect(only(spans, 'invoke_agent ada').attributes).toMatchObject({
			'gen_ai.operation.name': 'invoke_agent',
			'gen_ai.agent.name': 'ada',
			'gen_ai.response.finish_reasons': { values: [{ stringValue: 'end_turn' }] },
			'statecraft.agent.driver': 'demo',
			'statecraft.prompt.status': 'finished',
		});
		expect(only(spans, 'request permission').attributes).toMatchObject({
			'statecraft.request.id': request.id,
			'statecraft.request.outcome': 'answered',
		});
		for (const span of spans) expect(span.endAt, span.name).toBeGreaterThanOrEqual(span.startAt);
		expect(root.endAt).toBeGreaterThanOrEqual(only(spans, 'request permission').endAt);
		expect(receiver.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-tenant': 'acme' } });
		// What people and agents say stays here.
		expect(JSON.stringify(receiver.spans)).not.toMatch(/secret-|dig/);
	});

	test('in which a second one that waits shows how long', async () => {
		const receiver = await startTraceReceiver();
		const server = await startTracedServer(receiver);
		const { id: agentId } = await server.hire('ada');
		await server.ask(agentId, 'permission dig');
		const request = await server.request(agentId);
		const { id } = await server.ask(agentId, 'say done');
		await server.api.answer(request.id, { optionId: 'allow' });
		await server.settled(id);
		const spans = await traceOf(receiver, server, id);
		const queued = only(spans, 'prompt queued');
		expect(queued.endAt).toBeGreaterThan(queued.startAt);
		expect(only(spans, 'invoke_agent ada').startAt).toBe(queued.endAt);
	});

	test('that goes on where it was after kill -9 and a restart', async () => {
		const receiver = await startTraceReceiver();
		const server = await startTracedServer(receiver);
		const { id: agentId } = await server.hire('ada', { interruptedTurn: 'retry' });
		const { id } = await server.ask(agentId, 'permission dig', { repeatable: true });
		await server.reached(agentId, 'busy.awaitingInput');
		const { traceId } = rootOf(id);
		await receiver.received((span) => span.traceId === traceId && span.name === 'transition INPUT_REQUESTED');
		await server.crash();
		await server.boot({ environment: tracing(receiver.url) });
		await server.reachedAgain(agentId, 'busy.awaitingInput', 2);
		await server.api.answer((await server.request(agentId)).id, { optionId: 'allow' });
		await server.settled(id);
		const spans = await traceOf(receiver, server, id);

		const turns = spans.filter(({ name }) => name === 'invoke_agent ada').sort((a, b) => a.startAt - b.startAt);
		expect(
			turns.map(({ attributes, status }) => [
				attributes['statecraft.agent.generation'],
				attributes['statecraft.prompt.status'],
				status,
			]),
		).toEqual([
			[1, 'interrupted', 2],
			[2, 'finished', 0],
		]);
		const [cut, again] = turns as [ReceivedSpan, ReceivedSpan];
		// Begun before the crash and told after it: what was recorded in it then hangs together with it.
		expect(only(spans, 'transition RECONCILE').parentSpanId).toBe(cut.spanId);
		const delivered = spans
			.filter(({ name }) => name === 'effect deliverPrompt')
			.map(({ parentSpanId }) => parentSpanId);
		expect(new Set(delivered)).toEqual(new Set([cut.spanId, again.spanId]));
		expect(again.startAt).toBeGreaterThan(cut.endAt);
		expect(spans.filter(({ name }) => name === 'prompt')).toHaveLength(1);
		expect(only(spans, 'request permission')).toMatchObject({ parentSpanId: rootOf(id).spanId });
		// Nobody's parent is missing.
		expect(describeTree(spans).filter((path) => path.includes('?'))).toEqual([]);
		expect(only(spans, 'prompt').startAt).toBeLessThan(cut.endAt);
	});

	test('whose end is told when nobody wants it run again', async () => {
		const receiver = await startTraceReceiver();
		const server = await startTracedServer(receiver);
		const { id: agentId } = await server.hire('ada', { interruptedTurn: 'ask' });
		const { id } = await server.ask(agentId, 'permission dig');
		await server.reached(agentId, 'busy.awaitingInput');
		await server.crash();
		await server.boot({ environment: tracing(receiver.url) });
		await server.became(id, 'interrupted');
		const asked = await server.events.until('the question', async () => {
			const { items } = await server.api.requests({ status: 'open', agentId });
			return items.find(({ kind }) => kind === 'question');
		});
		const { traceId, spanId } = rootOf(id);
		await receiver.received((span) => span.traceId === traceId && span.name === 'invoke_agent ada');
		expect(receiver.spans.filter((span) => span.spanId === spanId)).toEqual([]);
		await server.api.answer(asked.id, { optionId: 'drop' });
		const spans = await traceOf(receiver, server, id);
		expect(only(spans, 'prompt')).toMatchObject({
			status: 2,
			attributes: { 'statecraft.prompt.status': 'interrupted', 'error.type': 'interrupted' },
		});
		expect(only(spans, 'request question').parentSpanId).toBe(spanId);
	});
});

describe('a dispatch is a trace', { timeout }, () => {
	test('whose attempt is linked with its prompt, and the prompt with it', async () => {
		const receiver = await startTraceReceiver();
		const server = await startTracedServer(receiver);
		const { id: agentId } = await server.hire('ada');
		const template = 'say {{ item.title }}';
		const body = { name: 'greet', agent: agentId, trigger: { type: 'manual' }, template };
		const { id: workflowId } = await server.post<{ id: string }>('/workflows', body);
		await server.post(`/workflows/${workflowId}/trigger`, { title: 'hello' });
		const dispatch = await receiver.received(({ name }) => name === 'dispatch');
		const attempt = await receiver.received(({ name }) => name === 'dispatch attempt');
		const prompt = await receiver.received(({ name }) => name === 'prompt');
		expect(attempt).toMatchObject({ traceId: dispatch.traceId, parentSpanId: dispatch.spanId });
		expect(attempt.links).toEqual([{ traceId: prompt.traceId, spanId: prompt.spanId }]);
		expect(prompt.links).toEqual([{ traceId: attempt.traceId, spanId: attempt.spanId }]);
		expect(attempt.attributes).toMatchObject({
			'statecraft.workflow.id': workflowId,
			'statecraft.dispatch.status': 'completed',
			'statecraft.dispatch.attempt': 1,
		});
		await server.shutDown();
	});
});

describe('the receiver of traces', { timeout }, () => {
	test('may be away or broken: nobody is disturbed, and it is counted', async () => {
		const receiver = await startTraceReceiver();
		receiver.answer(400);
		const server = await startTracedServer(receiver);
		const { id: agentId } = await server.hire('ada');
		const { id } = await server.ask(agentId, 'say hi');
		expect((await server.settled(id)).status).toBe('finished');
		await expect
			.poll(() => metric(server, 'statecraft_spans_exported_total{outcome="failed"}'), { timeout: 10_000 })
			.toBeGreaterThan(0);
		receiver.answer(200);
		await server.settled((await server.ask(agentId, 'say again')).id);
		await expect
			.poll(() => metric(server, 'statecraft_spans_exported_total{outcome="delivered"}'), { timeout: 10_000 })
			.toBeGreaterThan(0);
		// It asks for a repetition, which the SDK goes on with for ten seconds.
		receiver.answer(503);
		await server.settled((await server.ask(agentId, 'say the end')).id);
		expect(await server.shutDown()).toBe(0);
	});

	test('is sent nothing of what the sampler leaves out', async () => {
		const receiver = await startTraceReceiver();
		const server = await startTracedServer(receiver, {
			OTEL_TRACES_SAMPLER: 'traceidratio',
			OTEL_TRACES_SAMPLER_ARG: '0',
		});
		const { id: agentId } = await server.hire('ada');
		await server.settled((await server.ask(agentId, 'tool dig; say hi')).id);
		await server.shutDown();
		expect(receiver.requests).toEqual([]);
	});

	test.each([
		['no endpoint is set', {}],
		['the SDK is disabled', { OTEL_SDK_DISABLED: 'true' }],
		['no exporter is wanted', { OTEL_TRACES_EXPORTER: 'none' }],
	])('is not called, and no SDK loaded, where %s', async (_, change: Readonly<Record<string, string>>) => {
		const receiver = await startTraceReceiver();
		const directory = mkdtempSync(join(tmpdir(), 'statecraft-modules-'));
		onTestFinished(() => rmSync(directory, { recursive: true }));
		const [spy, list] = [join(directory, 'spy.cjs'), join(directory, 'modules.json')];
		const text = `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(Object.keys(require.cache))))`;
		writeFileSync(spy, text);
		const endpoint = Object.keys(change).length === 0 ? {} : tracing(receiver.url);
		const environment = { ...endpoint, ...change, NODE_OPTIONS: `--require ${spy}` };
		const server = await startServerProcess({}, { environment });
		const { id: agentId } = await server.hire('ada');
		await server.settled((await server.ask(agentId, 'say hi')).id);
		await server.shutDown();
		expect(receiver.requests).toEqual([]);
		const modules = JSON.parse(readFileSync(list, 'utf8')) as string[];
		expect(modules.some((path) => path.includes('/prom-client/'))).toBe(true);
		expect(modules.filter((path) => /@opentelemetry\/(?!api\/)/.test(path))).toEqual([]);
	});
});

async function metric(server: ServerProcess, series: string): Promise<number> {
	const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.token}` } });
	const line = (await response.text()).split('\n').find((text) => text.startsWith(`${series} `));
	return Number(line?.slice(series.length + 1) ?? Number.NaN);
}
