/** Traces of dispatches from events as they are committed. */

import { expect, test } from 'vitest';
import type { AgentContext } from '../../machines/agent-model.ts';
import { createEvent, type EventPayload, type EventTopic } from '../../src/events/catalogue.ts';
import { createId } from '../../src/ids.ts';
import { createDispatchTraces } from '../../src/telemetry/dispatch-traces.ts';
import { submitterOf } from '../../src/telemetry/prompt-book.ts';
import { type FinishedSpan, rootOf, timeOf } from '../../src/telemetry/spans.ts';

const start = Date.UTC(2026, 0, 1);
const failure = { code: 'turn_failed', message: 'it said something secret', retryable: true };

function createScene() {
	const spans: FinishedSpan[] = [];
	const traces = createDispatchTraces((span) => spans.push(span));
	const dispatchId = createId('dispatch', start);
	const named = { dispatchId, workflowId: 'wfl_1', sourceId: 'issue:secret#1' };
	let seq = 0;
	return {
		...{ spans, traces, dispatchId, named },
		tell<T extends EventTopic>(topic: T, ms: number, payload: EventPayload<T>) {
			seq += 1;
			traces.eventsPublished([{ ...createEvent(topic, 'agt_1', start + ms, payload), seq }]);
		},
		/** A prompt for the attempt is committed. */
		submit(attempt: number): string {
			const promptId = createId('prompt', start + 5);
			const replyTo = { address: 'orchestrator:main/wfl_1', token: `${dispatchId}/${attempt}` };
			const event = JSON.stringify({ type: 'PROMPT', promptId, repeatable: false, replyTo });
			const line = {
				address: 'agent:agt_1',
				version: 2,
				from: 'a',
				to: 'b',
				trigger: null,
				cause: 'send',
				generation: 1,
			};
			traces.stepCommitted({ journal: [{ ...line, event, at: start }] });
			return promptId;
		},
	};
}

test('a dispatch that is tried again is one trace of two attempts, each linked with its prompt', () => {
	const { spans, tell, named, dispatchId, submit } = createScene();
	tell('dispatch.created', 0, { ...named, title: 'secret' });
	tell('dispatch.dispatched', 4, { ...named, attempt: 1 });
	const first = submit(1);
	tell('dispatch.failed', 10, { ...named, error: failure, nextAttemptAt: start + 20 });
	expect(spans.map(({ name }) => name)).toEqual(['dispatch attempt']);
	tell('dispatch.dispatched', 20, { ...named, attempt: 2 });
	const second = submit(2);
	tell('dispatch.completed', 30, { ...named, promptId: second });
	expect(spans).toMatchObject([
		{
			...submitterOf(`${dispatchId}/1`),
			...{ parentSpanId: rootOf(dispatchId).spanId, startAt: start + 4, endAt: start + 10 },
			...{ error: 'turn_failed', links: [rootOf(first)] },
		},
		{
			...submitterOf(`${dispatchId}/2`),
			...{ parentSpanId: rootOf(dispatchId).spanId, startAt: start + 20, endAt: start + 30 },
			links: [rootOf(second)],
		},
		{ ...rootOf(dispatchId), parentSpanId: null, startAt: timeOf(dispatchId), endAt: start + 30 },
	]);
	expect(spans.slice(1).map(({ error }) => error)).toEqual([undefined, undefined]);
	expect(JSON.stringify(spans)).not.toContain('secret');
});

test('one that is never tried has no attempt', () => {
	const { spans, tell, named, dispatchId } = createScene();
	tell('dispatch.skipped', 3, { ...named, error: failure });
	expect(spans).toMatchObject([
		{ ...rootOf(dispatchId), attributes: { 'statecraft.dispatch.status': 'skipped' }, error: undefined },
	]);
});

test('after a restart the attempt is known by the prompt that an agent holds, and left out where none is', () => {
	const { spans, tell, traces, named, dispatchId } = createScene();
	const promptId = createId('prompt', start + 7);
	const turn = { id: promptId, repeatable: false, replyTo: { address: 'x', token: `${dispatchId}/3` } };
	traces.begin([{ turn, queue: [], resumable: null, requests: [] } as unknown as AgentContext]);
	tell('dispatch.completed', 50, { ...named, promptId });
	tell('dispatch.interrupted', 60, { ...named, dispatchId: 'dsp_gone', error: null, nextAttemptAt: null });
	expect(spans.map(({ name, startAt }) => [name, startAt])).toEqual([
		['dispatch attempt', timeOf(promptId)],
		['dispatch', timeOf(dispatchId)],
		['dispatch', start + 60],
	]);
	expect(spans[0]).toMatchObject({ ...submitterOf(`${dispatchId}/3`), links: [rootOf(promptId)] });
});
