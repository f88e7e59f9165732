import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../../src/dashboard/agent/transcript/agent-event.ts';
import type { Entry } from '../../../src/dashboard/agent/transcript/entry.ts';
import { appendEvents, emptyHistory, prependEvents } from '../../../src/dashboard/agent/transcript/history.ts';
import { groupByMoment } from '../../../src/dashboard/agent/transcript/milestone.ts';
import { emptyTranscript, foldEvents } from '../../../src/dashboard/agent/transcript/transcript.ts';
import type { EventPayload, EventTopic } from '../../../src/events/catalogue.ts';

/** Events with seq 1, 2, 3 …, a second apart. */
function events(...told: ReadonlyArray<readonly [EventTopic, object]>): AgentEvent[] {
	return told.map(([topic, data], index) => {
		const at = new Date(Date.UTC(2030, 0, 1, 0, 0, index)).toISOString();
		return { seq: index + 1, topic, agentId: 'agt_1', at, data } as AgentEvent;
	});
}

const say = (text: string, messageId?: string) =>
	['agent.output.message', { type: 'message', text, ...(messageId && { messageId }) }] as const;
const think = (text: string, messageId?: string) =>
	['agent.output.thought', { type: 'thought', text, ...(messageId && { messageId }) }] as const;
const tool = (toolCallId: string, extra: Partial<EventPayload<'agent.output.tool_call'>> = {}) =>
	[
		'agent.output.tool_call',
		{ type: 'tool_call', toolCallId, title: 'Read', kind: 'read', status: 'pending', ...extra },
	] as const;
const update = (toolCallId: string, extra: object) =>
	['agent.output.tool_call_update', { type: 'tool_call_update', toolCallId, ...extra }] as const;
const plan = (...contents: string[]) =>
	[
		'agent.output.plan',
		{ type: 'plan', entries: contents.map((content) => ({ content, priority: 'medium', status: 'pending' })) },
	] as const;
const started = (promptId: string) => ['prompt.started', { promptId, generation: 1 }] as const;
const finished = (promptId: string) => ['prompt.finished', { promptId, stopReason: 'end_turn' }] as const;
const changed = (from: string | null, to: string, trigger: string | null = null) =>
	['agent.state.changed', { from, to, trigger, version: 1, generation: 1 }] as const;

function transcribe(...told: ReadonlyArray<readonly [EventTopic, object]>): readonly Entry[] {
	return foldEvents(emptyTranscript, events(...told)).entries;
}

/** Enough of each entry to see what became of it. */
function outline(entries: readonly Entry[]): string[] {
	return entries.map((entry) => {
		if (entry.kind === 'message' || entry.kind === 'thought') return `${entry.kind} ${entry.text}`;
		if (entry.kind === 'tool') return `tool ${entry.toolCallId} ${entry.status}`;
		if (entry.kind === 'milestones') return entry.milestones.map(({ text }) => text).join(' · ');
		if (entry.kind === 'turn-end') return `end ${entry.promptId} ${entry.outcome}`;
		if (entry.kind === 'prompt') return `prompt ${entry.promptId} ${entry.outcome}`;
		if (entry.kind === 'request') return `request ${entry.requestId} ${entry.status}`;
		return entry.kind;
	});
}

describe('the transcript', () => {
	test('chunks of a message become one entry, with or without an id', () => {
		expect(outline(transcribe(say('one '), say('two'), say('a ', 'm1'), say('b', 'm1'), say('c', 'm2')))).toEqual([
			'message one two',
			'message a b',
			'message c',
		]);
	});

	test('what is said after a tool call stands below it, also within the same message', () => {
		const entries = transcribe(say('before', 'm1'), tool('t1'), say('after', 'm1'));
		expect(outline(entries)).toEqual(['message before', 'tool t1 pending', 'message after']);
		expect(entries.map((entry) => 'isFinished' in entry && entry.isFinished)).toEqual([true, false, false]);
	});

	test('logs and updates of tools do not tear a message apart', () => {
		const log = ['agent.output.log', { type: 'log', stream: 'stderr', text: 'noise' }] as const;
		const entries = transcribe(tool('t1'), say('one '), log, update('t1', { status: 'completed' }), say('two'));
		expect(outline(entries)).toEqual(['tool t1 completed', 'message one two', 'log']);
	});

	test('a thought ends when the agent speaks, and is no part of what it thinks next', () => {
		const entries = transcribe(think('hm', 'm1'), say('aha', 'm1'), think('well', 'm1'));
		expect(outline(entries)).toEqual(['thought hm', 'message aha', 'thought well']);
	});

	test('updates are merged into their tool call and keep what they do not mention', () => {
		const [entry] = transcribe(
			tool('t1', { input: { path: 'a' }, locations: [{ path: 'a', line: 3 }] }),
			update('t1', { status: 'in_progress', title: 'Read a' }),
			update('t1', { status: 'completed', output: 'text' }),
		);
		expect(entry).toMatchObject({
			kind: 'tool',
			title: 'Read a',
			status: 'completed',
			input: { path: 'a' },
			output: 'text',
			locations: [{ path: 'a', line: 3 }],
			at: '2030-01-01T00:00:00.000Z',
			endedAt: '2030-01-01T00:00:02.000Z',
		});
	});

	test('a tool whose turn ends first is abandoned, and one of the same id in the next turn is another', () => {
		const entries = transcribe(started('p1'), tool('t'), finished('p1'), started('p2'), tool('t'));
		expect(outline(entries)).toEqual([
			'prompt p1 finished',
			'tool t abandoned',
			'end p1 finished',
			'prompt p2 null',
			'tool t pending',
		]);
	});

	test('the latest plan of a turn stands in the place of the first', () => {
		const entries = transcribe(started('p1'), plan('a', 'b'), say('working'), plan('a', 'c'), plan());
		expect(entries.map(({ kind }) => kind)).toEqual(['prompt', 'plan', 'message']);
		expect(entries[1]).toMatchObject({ steps: [] });
		const next = transcribe(started('p1'), plan('a'), finished('p1'), started('p2'), plan('b'));
		expect(next.flatMap((entry) => (entry.kind === 'plan' ? entry.steps : []))).toMatchObject([
			{ content: 'a' },
			{ content: 'b' },
		]);
	});

	test('the end of a turn tells how long it took and what it used', () => {
		const usage = ['agent.output.usage', { type: 'usage', usage: { contextUsed: 10, contextSize: 100 } }] as const;
		const entries = transcribe(started('p1'), usage, [
			'prompt.finished',
			{ promptId: 'p1', stopReason: 'max_tokens', usage: { inputTokens: 5 } },
		]);
		expect(entries.at(-1)).toMatchObject({
			kind: 'turn-end',
			durationMs: 2_000,
			stopReason: 'max_tokens',
			usage: { contextUsed: 10, contextSize: 100, inputTokens: 5 },
		});
	});

	test('a prompt queued again in the middle of its turn was interrupted', () => {
		const entries = transcribe(started('p1'), say('half'), ['prompt.queued', { promptId: 'p1' }], started('p1'));
		expect(outline(entries)).toEqual([
			'prompt p1 interrupted',
			'message half',
			'end p1 interrupted',
			'The prompt is queued again',
			'prompt p1 null',
		]);
	});

	test('a prompt cancelled while it waited ends no turn', () => {
		const entries = transcribe(started('p1'), ['prompt.cancelled', { promptId: 'p2' }]);
		expect(outline(entries)).toEqual(['prompt p1 null', 'A prompt that waited was cancelled']);
		expect(outline(transcribe(started('p1'), ['prompt.cancelled', { promptId: 'p1' }]))).toEqual([
			'prompt p1 cancelled',
			'end p1 cancelled',
		]);
	});

	test('requests are followed until they are settled', () => {
		const open = (requestId: string) => ['request.opened', { requestId, kind: 'permission', title: 'May I?' }] as const;
		const entries = transcribe(
			open('r1'),
			open('r2'),
			open('r3'),
			['request.answered', { requestId: 'r1', answer: { optionId: 'allow' }, answeredBy: 'admin' }],
			['request.overdue', { requestId: 'r2' }],
			['request.withdrawn', { requestId: 'r3', note: 'gone' }],
			['request.answered', { requestId: 'unknown', answer: null, answeredBy: null }],
		);
		expect(entries).toMatchObject([
			{ requestId: 'r1', status: 'answered', answer: { optionId: 'allow' }, answeredBy: 'admin' },
			{ requestId: 'r2', status: 'open', isOverdue: true },
			{ requestId: 'r3', status: 'withdrawn', note: 'gone' },
		]);
	});

	test('a failure is told once, however many events say so', () => {
		const error = { code: 'process_crashed', message: 'exit code 3', retryable: true };
		const last = { ...error, message: 'Restarted once within 60 s and failed again: exit code 3' };
		const entries = transcribe(
			started('p1'),
			['run.state.changed', { runId: 'r', from: 'running', to: 'failed', error }],
			['prompt.interrupted', { promptId: 'p1', error }],
			['agent.escalated', { error: last }],
			['request.opened', { requestId: 'r1', kind: 'question', title: `The agent has given up: ${last.message}` }],
		);
		expect(JSON.stringify(entries).match(/exit code 3/g)).toHaveLength(1);
		expect(entries.at(-1)).toMatchObject({
			title: 'The agent has given up: Restarted once within 60 s and failed again.',
		});
	});

	test('what happens at one moment stands on one line, and later things on lines of their own', () => {
		const milestone = (seq: number, second: number) =>
			({ seq, at: new Date(second * 1_000).toISOString(), text: '', tone: 'plain' }) as const;
		const groups = groupByMoment([milestone(1, 0), milestone(2, 1), milestone(3, 2), milestone(4, 70)]);
		expect(groups.map((group) => group.map(({ seq }) => seq))).toEqual([[1, 2], [3], [4]]);
	});

	test('a request that is open when its turn is cut off is told so; one about the end of the turn is not', () => {
		const entries = transcribe(
			started('p1'),
			['request.opened', { requestId: 'r1', kind: 'permission', title: 'May I?' }],
			['prompt.interrupted', { promptId: 'p1', error: null }],
			['request.opened', { requestId: 'r2', kind: 'question', title: 'Run its prompt again?' }],
			['request.answered', { requestId: 'r1', answer: { optionId: 'allow' }, answeredBy: null }],
		);
		expect(entries.filter(({ kind }) => kind === 'request')).toMatchObject([
			{ requestId: 'r1', status: 'answered', isCutOff: true },
			{ requestId: 'r2', isCutOff: false },
		]);
	});

	test('what befalls the agent between its words is gathered; everyday states are left out', () => {
		const entries = transcribe(
			['agent.created', { name: 'a' }],
			['run.started', { runId: 'r', generation: 1 }],
			changed(null, 'starting'),
			changed('starting', 'idle.ready', 'Connected'),
			changed('idle.ready', 'busy.working', 'PromptReceived'),
			changed('busy.working', 'busy.awaitingInput'),
			say('hello'),
			changed('busy.working', 'failed.resting', 'ProcessCrashed'),
		);
		expect(outline(entries)).toEqual([
			'Created · Run 1 begins · Starting · Idle, ready (connected)',
			'message hello',
			'Failed, resting (process crashed)',
		]);
	});

	test('a crash is told of once, though the run, the agent and the prompt all end by it', () => {
		const error = { code: 'process_crashed', message: 'exit code 3', retryable: true };
		const failed = ['run.state.changed', { runId: 'r', generation: 1, from: 'running', to: 'failed', error }] as const;
		const interrupted = ['prompt.interrupted', { promptId: 'p1', error }] as const;
		const entries = transcribe(started('p1'), failed, interrupted);
		expect(outline(entries)).toEqual(['prompt p1 interrupted', 'Run failed: exit code 3', 'end p1 interrupted']);
		expect(entries.at(-1)).toMatchObject({ error: null });
		expect(transcribe(started('p1'), interrupted).at(-1)).toMatchObject({ error });
	});

	test('topics it does not know change nothing', () => {
		expect(transcribe(['system.started', { recovered: {} }], ['no.such.topic' as EventTopic, {}])).toEqual([]);
	});
});

/** A bit of everything, many times. */
function longEvents(turns: number): AgentEvent[] {
	return events(
		...Array.from({ length: turns }, (_, turn) => [
			started(`p${turn}`),
			think('a'),
			say('one '),
			say('two '),
			tool(`t${turn}`),
			update(`t${turn}`, { status: 'completed' }),
			say('three'),
			plan('x'),
			finished(`p${turn}`),
			changed('busy.working', 'stopped'),
		]).flat(),
	);
}

/** What was first on a page keeps its key when it turns out to be the rest of something earlier. */
function withoutKey({ key: _, ...entry }: Entry): Omit<Entry, 'key'> {
	return entry;
}

describe('events held by the page', () => {
	test('folding in pieces, forwards or backwards, gives the same transcript as in one go', () => {
		const all = longEvents(20);
		const whole = foldEvents(emptyTranscript, all);
		for (const size of [1, 3, 7]) {
			let forwards = emptyHistory;
			for (let at = 0; at < all.length; at += size) forwards = appendEvents(forwards, all.slice(at, at + size));
			expect(forwards.transcript).toEqual(whole);
			let backwards = appendEvents(emptyHistory, all.slice(150));
			for (let end = 150; end > 0; end -= 50) backwards = prependEvents(backwards, all.slice(end - 50, end), end > 50);
			expect(backwards.transcript.entries.map(withoutKey)).toEqual(whole.entries.map(withoutKey));
			expect(backwards.hasEarlier).toBe(false);
		}
	});

	test('an event counts once, however often and whichever way it comes', () => {
		const all = longEvents(2);
		let history = appendEvents(emptyHistory, all.slice(5, 15));
		const before = history;
		history = appendEvents(history, all.slice(8, 15));
		expect(history).toBe(before);
		history = appendEvents(history, [...all.slice(10), ...all.slice(10)]);
		history = prependEvents(history, all.slice(0, 9), false);
		expect(history.events).toEqual(all);
		expect(history.transcript.entries.map(withoutKey)).toEqual(
			foldEvents(emptyTranscript, all).entries.map(withoutKey),
		);
	});

	test('entries that new events do not touch stay the same objects', () => {
		const all = longEvents(3);
		const before = appendEvents(emptyHistory, all.slice(0, 20));
		const after = appendEvents(before, all.slice(20));
		before.transcript.entries.slice(0, -1).forEach((entry, index) => {
			expect(after.transcript.entries[index]).toBe(entry);
		});
	});

	test('keys are unique and stay while an entry grows', () => {
		const all = longEvents(50);
		const { entries } = foldEvents(emptyTranscript, all);
		expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length);
		const half = foldEvents(emptyTranscript, all.slice(0, 250)).entries.map(({ key }) => key);
		expect(entries.slice(0, half.length).map(({ key }) => key)).toEqual(half);
	});

	test('what was first keeps its key when the beginning of it comes', () => {
		const all = events(started('p1'), say('one '), say('two '), say('three'));
		const late = appendEvents(emptyHistory, all.slice(2));
		expect(late.transcript.entries).toMatchObject([{ key: 'message:3', text: 'two three' }]);
		const { transcript } = prependEvents(late, all.slice(0, 2), false);
		expect(transcript.entries).toMatchObject([{ key: 'prompt:1' }, { key: 'message:3', text: 'one two three' }]);
	});

	test('a page open for days drops the older half once nobody looks at it', () => {
		const many = longEvents(4_100);
		const kept = appendEvents(appendEvents(emptyHistory, many.slice(0, 39_000)), many.slice(39_000), false);
		expect(kept.events).toHaveLength(41_000);
		const trimmed = appendEvents(appendEvents(emptyHistory, many.slice(0, 39_000)), many.slice(39_000), true);
		expect(trimmed.events).toEqual(many.slice(-20_000));
		expect(trimmed.hasEarlier).toBe(true);
	});

	test('ten thousand events are folded whole, also in small batches', () => {
		const all = longEvents(1_000);
		let history = emptyHistory;
		for (let at = 0; at < all.length; at += 50) history = appendEvents(history, all.slice(at, at + 50));
		expect(history.events).toHaveLength(10_000);
	});
});
