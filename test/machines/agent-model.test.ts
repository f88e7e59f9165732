import { describe, expect, test } from 'vitest';
import {
	type AgentContext,
	type AgentTrigger,
	agentTriggers,
	backoffMs,
	type ExecutionState,
	givingUp,
	hasFailedTooOften,
	interruptTurn,
	legacyActivity,
	legacyStatus,
	mayRestart,
	type OpenRequest,
	recentRestarts,
	triggerOf,
} from '../../machines/agent-model.ts';
import { readSpecification } from '../support/specification.ts';
import { crash, eventsFor, hopeless, ourRestart } from './agent-events.ts';
import { createInput } from './agent-inputs.ts';
import { agentSteps, contextOf } from './agent-steps.ts';

const restart = { policy: 'transient', maxRestarts: 3, withinSeconds: 60 } as const;

/** An agent that has failed, unless the changes say otherwise. */
function createContext(changes: Partial<AgentContext> = {}, backoff = { initial: 1_000, max: 60_000 }): AgentContext {
	const context = contextOf(agentSteps.create(createInput(), 0).after);
	const settings = { ...context.settings, restart: { ...restart, backoffMs: backoff } };
	return { ...context, settings, generation: 1, failure: crash, failedAt: 100_000, ...changes };
}

describe('[AG37] the pause before a restart', () => {
	const nominal = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];

	test.each(nominal.map((pause, attempt) => [attempt, pause] as const))(
		'after %i restarts is about %i ms',
		(attempt, pause) => {
			const restarts = Array.from({ length: attempt }, () => 99_000);
			const pauses = Array.from({ length: 200 }, (_, generation) => backoffMs(createContext({ restarts, generation })));
			expect(Math.min(...pauses)).toBeGreaterThanOrEqual(pause * 0.8);
			expect(Math.max(...pauses)).toBeLessThanOrEqual(pause * 1.2);
			// The jitter is there to keep agents that failed together from coming back together.
			expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(pause * 0.3);
		},
	);

	test('is the same whenever it is worked out, and differs between agents and generations', () => {
		const context = createContext();
		expect(backoffMs(context)).toBe(backoffMs(structuredClone(context)));
		expect(backoffMs({ ...context, generation: 2 })).not.toBe(backoffMs(context));
		expect(backoffMs({ ...context, agentId: 'agt_2' })).not.toBe(backoffMs(context));
	});

	test('counts restarts within the window only', () => {
		expect(backoffMs(createContext({ restarts: [1, 2, 3] }))).toBe(backoffMs(createContext()));
	});

	test('[AG38] is none after our own restart', () => {
		expect(backoffMs(createContext({ failure: ourRestart, restarts: [99_000, 99_001] }))).toBe(0);
	});
});

describe('[AG35] whether it may be restarted', () => {
	const times = (count: number) => Array.from({ length: count }, (_, index) => 90_000 + index);

	test('yes, until the window is full', () => {
		expect(mayRestart(createContext({ restarts: times(2) }))).toBe(true);
		expect(mayRestart(createContext({ restarts: times(3) }))).toBe(false);
		expect(hasFailedTooOften(createContext({ restarts: times(2) }))).toBe(false);
		expect(hasFailedTooOften(createContext({ restarts: times(3) }))).toBe(true);
	});

	test('a restart leaves the window after its seconds, to the millisecond', () => {
		const context = createContext({ restarts: [40_000, 40_001] });
		expect(recentRestarts(context, 100_000)).toEqual([40_001]);
	});

	test('[AG38] our own restart is not held against it', () => {
		const context = createContext({ failure: ourRestart, restarts: times(9) });
		expect([mayRestart(context), hasFailedTooOften(context)]).toEqual([true, false]);
	});

	test('not when trying again cannot help, and not as a temporary agent; neither is failing too often', () => {
		const temporary = createContext();
		const settings = {
			...temporary.settings,
			restart: { ...temporary.settings.restart, policy: 'temporary' as const },
		};
		for (const context of [createContext({ failure: hopeless, restarts: times(9) }), { ...temporary, settings }]) {
			expect([mayRestart(context), hasFailedTooOften(context)]).toEqual([false, false]);
		}
	});

	test('[AG36] giving up says how often, and what happened last', () => {
		expect(givingUp(createContext({ restarts: times(3) }))).toEqual({
			code: 'restart_intensity_exceeded',
			message: 'Restarted 3 times within 60 s and failed again: It crashed.',
			retryable: false,
			detail: { last: crash, restarts: times(3), failures: [] },
		});
	});
});

describe('[AG42] the trigger', () => {
	const busy = createContext({ turn: { id: 'pmt_1', repeatable: false } });
	// With a budget, so that what is only sent of one is among them.
	const settings = { ...busy.settings, budget: { tokens: { hard: 1 } } };
	const snapshot = { ...agentSteps.create(createInput(), 0).after, context: { ...busy, settings } } as never;
	const sent = eventsFor(snapshot, { promptId: 'pmt_2', requestId: 'req_2' });
	const rows = readSpecification().table('Transitions');

	test('of every event that can be sent is the one of the table', () => {
		const pulled = new Map<string, Set<string>>();
		for (const event of sent) pulled.set(event.type, (pulled.get(event.type) ?? new Set()).add(triggerOf(event)));
		for (const [, event = '', , , trigger = ''] of rows) {
			if (event === 'always' || event.startsWith('after ')) continue;
			expect([event, [...(pulled.get(event) ?? [])].sort()]).toEqual([event, trigger.split(', ').sort()]);
		}
	});

	test.each([
		['xstate.init', 'Created'],
		['xstate.after.startupDeadline.agent.starting', 'StartupTimeout'],
		['xstate.after.backoff.agent.failed.backingOff', 'BackoffElapsed'],
		['xstate.after.resumeTime.agent.idle.suspended.untilTime', 'ResumeDue'],
		['xstate.after.cancelDeadline.agent.busy.cancelling', 'Unresponsive'],
	])('of %s is %s', (type, trigger) => {
		expect(triggerOf({ type })).toBe(trigger);
	});

	test('vocabulary has no word that nothing uses', () => {
		const used = new Set<string>(rows.flatMap(([, , , , trigger = '']) => trigger.split(', ')));
		const unused = agentTriggers.filter((trigger: AgentTrigger) => !used.has(trigger));
		expect(unused).toEqual(['Created']);
	});
});

test.each<[ExecutionState, string, string]>([
	['pending', 'pending', 'idle'],
	['starting', 'running', 'idle'],
	['idle', 'running', 'idle'],
	['busy', 'running', 'busy'],
	['stopped', 'stopped', 'idle'],
	['failed', 'failed', 'idle'],
])('[AG43] an agent that is %s has the status %s and is %s', (state, status, activity) => {
	expect([legacyStatus(state), legacyActivity(state)]).toEqual([status, activity]);
});

describe('a turn cut short', () => {
	const turn = { id: 'pmt_1', repeatable: true };
	const waiting = { id: 'pmt_2', repeatable: false };
	const asked: OpenRequest = {
		id: 'req_1',
		origin: 'agent',
		promptId: 'pmt_1',
		attached: true,
		fingerprint: 'rm -rf',
		answer: null,
	};

	function interrupt(
		interruptedTurn: AgentContext['settings']['interruptedTurn'],
		changes: Partial<AgentContext> = {},
	) {
		const context = createContext({ turn, queue: [waiting], requests: [asked], ...changes });
		return interruptTurn({ ...context, settings: { ...context.settings, interruptedTurn } });
	}

	const left = { turn: null, interruptionNotice: true, requests: [{ ...asked, attached: false }] };

	test('[AG23, AG29] under fail leaves its open requests, detached, and the rest of the queue', () => {
		expect(interrupt('fail')).toEqual(left);
	});

	test('[AG24] under retry comes first again, but only if it may be repeated', () => {
		expect(interrupt('retry')).toEqual({ ...left, queue: [turn, waiting] });
		expect(interrupt('retry', { turn: { ...turn, repeatable: false } })).toEqual(left);
	});

	test('[AG25] under resume waits for its session', () => {
		expect(interrupt('resume')).toEqual({ ...left, resumable: turn });
	});

	test('[AG26] under ask is asked about', () => {
		const question = {
			id: 'req_1_1',
			origin: 'interruption',
			promptId: 'pmt_1',
			attached: false,
			fingerprint: 'pmt_1',
			answer: null,
		};
		expect(interrupt('ask')).toEqual({ ...left, requests: [...left.requests, question] });
	});

	test.each(['fail', 'retry', 'resume', 'ask'] as const)('changes nothing under %s when there was none', (policy) => {
		expect(interrupt(policy, { turn: null })).toEqual({});
	});
});
