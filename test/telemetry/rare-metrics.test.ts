/** Metrics of what seldom happens, and of what is hard to bring about: from events, steps and runs as the core tells them. */

import { expect, test } from 'vitest';
import { nothingSpent } from '../../machines/agent-budget.ts';
import type { AgentContext } from '../../machines/agent-model.ts';
import type { EffectRun } from '../../src/durable/observer.ts';
import type { StoredEffect, WriteUnit } from '../../src/durable/store.ts';
import { createEvent, type EventPayload, type EventTopic } from '../../src/events/catalogue.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createMetrics, type MetricsDeps } from '../../src/telemetry/metrics.ts';
import { createMemoryTelemetryReads } from '../support/memory-telemetry-reads.ts';
import { parseMetrics } from '../support/metric-series.ts';

function createScene(deps: Partial<MetricsDeps> = {}) {
	const metrics = createMetrics({ reads: createMemoryTelemetryReads(createMemoryStore()), ...deps });
	let seq = 0;
	return {
		metrics,
		tell<T extends EventTopic>(topic: T, payload: EventPayload<T>, at = 0) {
			seq += 1;
			metrics.eventsPublished([{ ...createEvent(topic, 'agt_1', at, payload), seq }]);
		},
		read: async () => parseMetrics(await metrics.render()),
	};
}

const failure = { code: 'turn_failed', message: 'no', retryable: false };

test('what people have to look after is counted', async () => {
	const { tell, read } = createScene();
	tell('agent.unresponsive', { generation: 1, silentMs: 1, policy: 'notify' });
	tell('agent.escalated', { error: failure });
	tell('group.escalated', { groupId: 'grp_1', failedAgentId: 'agt_1' });
	tell('budget.warned', { kind: 'cost', limit: 1, spent: 2 });
	tell('budget.exceeded', { kind: 'turnSeconds', limit: 1, spent: 2 });
	tell('budget.exceeded', { kind: 'turnSeconds', limit: 1, spent: 2 });
	tell('request.overdue', { requestId: 'req_1' });
	tell('supervisor.restored', {
		...{ supervisorId: 'sup_1', source: 'daemon_restart', recovery: 'checkpoint', restorationCount: 1 },
	});
	const series = await read();
	expect(series.value('statecraft_agents_unresponsive_total')).toBe(1);
	expect(series.value('statecraft_escalations_total', { what: 'agent' })).toBe(1);
	expect(series.value('statecraft_escalations_total', { what: 'group' })).toBe(1);
	expect(series.value('statecraft_budget_limits_total', { kind: 'cost', limit: 'soft' })).toBe(1);
	expect(series.value('statecraft_budget_limits_total', { kind: 'turnSeconds', limit: 'hard' })).toBe(2);
	expect(series.value('statecraft_requests_overdue_total')).toBe(1);
	const restored = { source: 'daemon_restart', recovery: 'checkpoint' };
	expect(series.value('statecraft_supervisor_restorations_total', restored)).toBe(1);
});

test('times are those of the events, and what began before a start is not measured', async () => {
	const { tell, read } = createScene();
	tell('prompt.queued', { promptId: 'pmt_1' }, 1_000);
	tell('prompt.started', { promptId: 'pmt_1', generation: 1 }, 3_000);
	// Cut short, and run again.
	tell('prompt.queued', { promptId: 'pmt_1' }, 4_000);
	tell('prompt.started', { promptId: 'pmt_1', generation: 2 }, 5_000);
	tell('prompt.finished', { promptId: 'pmt_1', stopReason: 'end_turn' }, 11_000);
	tell('prompt.failed', { promptId: 'pmt_of_before', error: failure }, 12_000);
	// Cut short, and taken back while it waited to be run again.
	tell('prompt.started', { promptId: 'pmt_2', generation: 1 }, 3_000);
	tell('prompt.queued', { promptId: 'pmt_2' }, 4_000);
	tell('prompt.cancelled', { promptId: 'pmt_2' }, 9_000);
	tell('request.opened', { requestId: 'req_1', kind: 'question', title: 't' }, 1_000);
	tell('request.timed_out', { requestId: 'req_1', answer: null }, 61_000);
	tell('request.answered', { requestId: 'req_of_before', answer: null, answeredBy: null }, 61_000);
	const series = await read();
	expect(series.value('statecraft_prompt_wait_seconds_count')).toBe(2);
	expect(series.value('statecraft_prompt_wait_seconds_sum')).toBe(3);
	expect(series.value('statecraft_turn_seconds_count')).toBe(1);
	expect(series.value('statecraft_turn_seconds_sum', { outcome: 'finished' })).toBe(6);
	expect(series.value('statecraft_prompts_total', { outcome: 'failed' })).toBe(1);
	expect(series.value('statecraft_request_wait_seconds_count')).toBe(1);
	expect(series.value('statecraft_request_wait_seconds_sum', { kind: 'question', outcome: 'timed_out' })).toBe(60);
});

test('attempts at dispatches are counted by how they ended', async () => {
	const { tell, read } = createScene();
	const named = { dispatchId: 'dsp_1', workflowId: 'wfl_1', sourceId: 's' };
	tell('dispatch.created', { ...named, title: 't' });
	tell('dispatch.dispatched', { ...named, attempt: 1 });
	tell('dispatch.failed', { ...named, error: failure, nextAttemptAt: 5 });
	tell('dispatch.interrupted', { ...named, error: null, nextAttemptAt: null });
	tell('dispatch.skipped', { ...named, error: failure });
	tell('dispatch.released', { ...named, nextAttemptAt: 5 });
	const series = await read();
	for (const outcome of ['failed', 'interrupted', 'skipped', 'released']) {
		expect(series.value('statecraft_dispatch_attempts_total', { outcome }), outcome).toBe(1);
	}
	expect(series.value('statecraft_dispatch_attempts_total')).toBe(4);
});

function resultOf(generation: number, usage: Readonly<Record<string, unknown>>, costOfRun = false): WriteUnit {
	const event = {
		type: 'RESULT',
		generation,
		promptId: 'pmt_1',
		outcome: 'finished',
		usage,
		...(costOfRun && { costOfRun }),
	};
	const line = {
		address: 'agent:agt_1',
		version: 5,
		from: 'busy.working',
		to: 'idle.ready',
		trigger: 'ResultReceived',
	};
	return { journal: [{ ...line, event: JSON.stringify(event), cause: 'send', generation, at: 0 }] };
}

test('tokens are added up as reported, and of money what a turn has added to the sum', async () => {
	const reported = { generation: 1, sessionId: 's', cost: 0.5 };
	const context = { generation: 1, sessionId: 's', spending: { ...nothingSpent, cost: 3, reported }, settings: {} };
	const scene = createScene({ contextOf: () => context as unknown as AgentContext });
	const { observer } = scene.metrics;
	observer.stepCommitted(
		resultOf(1, { inputTokens: 100, outputTokens: 7, cost: { amount: 0.75, currency: 'USD' } }),
		0,
	);
	observer.stepCommitted(
		resultOf(1, { inputTokens: 11, outputTokens: -5, cost: { amount: 0.6, currency: 'x'.repeat(99) } }),
		0,
	);
	observer.stepCommitted(resultOf(1, { contextUsed: 5 }), 0);
	const series = await scene.read();
	expect(series.value('statecraft_tokens_total', { direction: 'input' })).toBe(111);
	expect(series.value('statecraft_tokens_total', { direction: 'output' })).toBe(7);
	expect(series.value('statecraft_cost_total', { currency: 'USD' })).toBeCloseTo(0.25);
	// A label takes no text of an agent's.
	expect(series.value('statecraft_cost_total', { currency: 'unknown' })).toBeCloseTo(0.1);
});

test('effects that run, fail and are given up, and timers that are late, are counted', async () => {
	const { metrics, read } = createScene();
	const { observer } = metrics;
	const effect = {
		id: 'a/1/0',
		address: 'a',
		name: 'poll',
		params: '{}',
		attempts: 0,
		nextAttemptAt: 0,
		lastError: null,
	};
	const run = (outcome: EffectRun['outcome'], ms: number): EffectRun => ({
		...{
			effect: effect satisfies StoredEffect,
			attempt: 1,
			startedAt: 1_000,
			endedAt: 1_000 + ms,
			outcome,
			error: null,
		},
	});
	for (let count = 0; count < 3; count++) observer.effectBegan(effect);
	observer.effectEnded(run('retried', 500));
	observer.effectEnded(run('given_up', 1_500));
	observer.timerFired({ address: 'a', id: 't', target: 'a', event: '{}', dueAt: 0 }, 250);
	observer.timerFired({ address: 'a', id: 't', target: 'a', event: '{}', dueAt: 0 }, -1);
	const series = await read();
	expect(series.value('statecraft_effects_running', { effect: 'poll' })).toBe(1);
	expect(series.value('statecraft_effect_seconds_count', { effect: 'poll', outcome: 'retried' })).toBe(1);
	expect(series.value('statecraft_effect_seconds_sum', { effect: 'poll', outcome: 'given_up' })).toBe(1.5);
	expect(series.value('statecraft_timer_lateness_seconds_count')).toBe(2);
	expect(series.value('statecraft_timer_lateness_seconds_sum')).toBe(0.25);
});

test('while the database does not answer, the rest is told, and nothing that nobody has counted', async () => {
	const reads = createMemoryTelemetryReads(createMemoryStore());
	let isAway = false;
	const census = (now: number) => (isAway ? Promise.reject(new Error('gone')) : reads.census(now));
	const scene = createScene({ reads: { census } });
	scene.metrics.commitFailed();
	expect((await scene.read()).value('statecraft_timers')).toBe(0);
	isAway = true;
	const away = await scene.read();
	expect(away.value('statecraft_database_up')).toBe(0);
	expect(away.value('statecraft_commit_failures_total')).toBe(1);
	for (const name of ['statecraft_agents', 'statecraft_prompts', 'statecraft_timers', 'statecraft_event_cursor']) {
		expect(away.value(name), name).toBeUndefined();
	}
	isAway = false;
	expect((await scene.read()).value('statecraft_agents', { state: 'idle' })).toBe(0);
});

test('spans and gaps are counted', async () => {
	const { metrics, read } = createScene();
	metrics.spansExported(5, true);
	metrics.spansExported(2, false);
	metrics.streamGap();
	const series = await read();
	expect(series.value('statecraft_spans_exported_total', { outcome: 'delivered' })).toBe(5);
	expect(series.value('statecraft_spans_exported_total', { outcome: 'failed' })).toBe(2);
	expect(series.value('statecraft_stream_gaps_total')).toBe(1);
});
