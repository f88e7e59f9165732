import { describe, expect, test } from 'vitest';
import { type AgentCommand, offerCommands } from '../../../src/dashboard/fleet/agent-commands.ts';
import {
	countByFilter,
	countRestarts,
	defaultView,
	type ListView,
	listAgents,
	readView,
	writeView,
} from '../../../src/dashboard/fleet/agent-list.ts';
import { needsHuman, wordOfState } from '../../../src/dashboard/fleet/agent-state.ts';
import { formatCount, formatUsage } from '../../../src/dashboard/fleet/amounts.ts';
import { nextRow } from '../../../src/dashboard/fleet/row-keys.ts';
import type { Agent } from '../../../src/dashboard/store/resources.ts';

function createAgent(name: string, part: Partial<Agent> = {}): Agent {
	return {
		...{ id: `agt_${name}`, name, driver: { kind: 'demo' }, cwd: '/work', executionState: 'idle', substate: 'ready' },
		...{ status: 'online', activity: 'idle', tags: [], version: 1, generation: 1, pid: null, sessionId: null },
		...{ startedAt: null, completedAt: null, error: null, restart: {}, interruptedTurn: 'fail', policy: null },
		...{ budget: null, staleness: 'ok', lastSeenAt: null, usage: null, openRequests: 0, queuedPrompts: 0 },
		...{ labels: {}, createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' },
		currentActivity: null,
		...part,
	} as Agent;
}

const list = (agents: readonly Agent[], view: Partial<ListView>) =>
	listAgents(agents, { ...defaultView, ...view }).map(({ name }) => name);

describe('the search', () => {
	const agents = [
		createAgent('ada', { labels: { team: 'web' } }),
		createAgent('bob', { driver: { kind: 'claude' }, cwd: '/home/bob/rocket' }),
		createAgent('Ada-2', { driver: { kind: 'claude' } }),
	];

	test.each([
		['', ['ada', 'Ada-2', 'bob']],
		['ADA', ['ada', 'Ada-2']],
		['team=web', ['ada']],
		['claude ada', ['Ada-2']],
		['rocket', ['bob']],
		['agt_bob', ['bob']],
		['nobody', []],
	])('for %j finds %j', (text, names) => {
		expect(list(agents, { text })).toEqual(names);
	});

	test('finds the same among a thousand agents however often they change', () => {
		const many = Array.from({ length: 1_000 }, (_, index) =>
			createAgent(`agent-${index}`, { labels: { n: `${index}` } }),
		);
		listAgents(many, { ...defaultView, text: 'agent' });
		for (let round = 0; round < 20; round += 1) {
			const fresh = many.map((agent) => ({ ...agent }));
			expect(listAgents(fresh, { ...defaultView, text: 'agent 77' }).length).toBe(20 - 1);
			countByFilter(fresh);
		}
	});
});

describe('filters and order', () => {
	const agents = [
		createAgent('a10', { generation: 4, createdAt: '2026-01-03T00:00:00.000Z' }),
		createAgent('a9', { executionState: 'failed', tags: ['terminal'], queuedPrompts: 3 }),
		createAgent('b', { executionState: 'busy', openRequests: 1, usage: { cost: { amount: 2, currency: 'USD' } } }),
		createAgent('c', { executionState: 'failed', tags: ['needsAttention'], lastSeenAt: '2026-01-02T00:00:00.000Z' }),
	];

	test('each filter shows what it counts', () => {
		const counts = countByFilter(agents);
		expect(counts).toMatchObject({ all: 4, attention: 2, busy: 1, idle: 1, failed: 2, stopped: 0 });
		for (const state of ['all', 'attention', 'busy', 'failed', 'stopped'] as const)
			expect(list(agents, { state })).toHaveLength(counts[state]);
	});

	test.each([
		['attention', ['b', 'c', 'a9', 'a10']],
		['name', ['a9', 'a10', 'b', 'c']],
		['cost', ['b', 'a9', 'a10', 'c']],
		['queue', ['a9', 'a10', 'b', 'c']],
		['restarts', ['a10', 'a9', 'b', 'c']],
		['seen', ['c', 'a9', 'a10', 'b']],
		['newest', ['a10', 'a9', 'b', 'c']],
	] as const)('by %s', (sort, names) => {
		expect(list(agents, { sort })).toEqual(names);
	});

	test('the view is kept in the address, as far as it is not the usual one', () => {
		expect(writeView(defaultView)).toEqual({ state: undefined, q: undefined, sort: undefined });
		const view: ListView = { state: 'failed', text: 'ada', sort: 'cost' };
		expect(readView(new URLSearchParams(writeView(view) as Record<string, string>))).toEqual(view);
		expect(readView(new URLSearchParams('state=nonsense&sort=nonsense'))).toEqual(defaultView);
	});
});

describe('what may be asked of an agent', () => {
	test.each<readonly [string, string | null, readonly AgentCommand[]]>([
		['pending', null, ['start', 'remove']],
		['starting', null, ['suspend', 'stop', 'kill']],
		['idle', 'ready', ['suspend', 'restart', 'stop', 'kill']],
		['idle', 'suspended.untilTold', ['resume', 'restart', 'stop', 'kill']],
		['busy', 'working', ['suspend', 'cancel', 'restart', 'stop', 'kill']],
		['busy', 'cancelling', ['suspend', 'restart', 'stop', 'kill']],
		['stopped', null, ['start', 'remove']],
		['failed', 'resting', ['start', 'stop', 'remove']],
	])('%s %s: %j', (executionState, substate, commands) => {
		expect(offerCommands({ executionState, substate })).toEqual(commands);
	});
});

describe('what is told of an agent', () => {
	test.each([
		['busy', 'awaitingInput', 'asks you'],
		['busy', 'working', 'busy'],
		['idle', 'suspended.untilTime', 'suspended'],
		['failed', 'backingOff', 'restarts soon'],
		['hibernating', null, 'hibernating'],
	])('%s %s is told as %j', (executionState, substate, label) => {
		expect(wordOfState({ executionState, substate }).label).toBe(label);
	});

	test('who needs a human', () => {
		expect([
			needsHuman({ openRequests: 1, tags: [] }),
			needsHuman({ openRequests: 0, tags: ['needsAttention'] }),
			needsHuman({ openRequests: 0, tags: ['alive'] }),
		]).toEqual([true, true, false]);
	});

	test('restarts are launches after the first', () => {
		expect([0, 1, 5].map((generation) => countRestarts({ generation }))).toEqual([0, 0, 4]);
	});

	test('costs, or tokens where no cost is reported', () => {
		expect(formatUsage({ cost: { amount: 1.2, currency: 'USD' } })).toMatch(/1\.20/);
		expect(formatUsage({ cost: { amount: 0.0012, currency: 'USD' } })).toMatch(/0\.0012/);
		expect(formatUsage({ cost: { amount: 3, currency: 'credits' } })).toBe('3.00 credits');
		expect(formatUsage({ inputTokens: 12_000, outputTokens: 345 })).toBe('12.3k tok');
		expect([formatUsage(null), formatUsage({})]).toEqual([null, null]);
		expect([999, 1_000, 999_949, 999_950].map(formatCount)).toEqual(['999', '1k', '999.9k', '1M']);
	});
});

test.each([
	['ArrowDown', -1, 0],
	['ArrowDown', 4, 4],
	['ArrowUp', 0, 0],
	['PageDown', 0, 4],
	['End', 1, 4],
	['Home', 3, 0],
	['Tab', 3, null],
])('%s from row %i of five leads to %j', (key, at, to) => {
	expect(nextRow(key, at, 5)).toBe(to);
});
