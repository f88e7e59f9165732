/** How stale an agent is: what is a sign of life, and who owes one. */

import { describe, expect, test } from 'vitest';
import { computeStaleness, lastSeenAt, type SignsOfLife, type Vitals } from '../../src/agents/staleness.ts';

const interval = 1_000;
const working: Vitals = {
	executionState: 'busy',
	substate: 'working',
	lastSeenAt: null,
	stateChangedAt: 0,
	driver: { transport: 'stdio' },
};
const connected: SignsOfLife = { lastSignAt: null, isConnected: true, isUsingTool: false };

function stalenessAt(now: number, vitals: Partial<Vitals> = {}, signs: SignsOfLife | null = connected) {
	return computeStaleness({ ...working, ...vitals }, signs, now, interval);
}

describe('[AG55] the staleness of an agent that works', () => {
	test.each([
		[3_000, 'ok'],
		[3_001, 'warn'],
		[10_000, 'warn'],
		[10_001, 'stale'],
		[30_000, 'stale'],
		[30_001, 'dead'],
	])('after %i intervals of a thousandth is %s', (now, expected) => {
		expect(stalenessAt(now)).toBe(expected);
	});

	test.each([
		['its state changed', { stateChangedAt: 5_000 }, connected],
		['it was seen, as its row tells', { lastSeenAt: 5_000 }, connected],
		['it was heard of, as its run tells', {}, { ...connected, lastSignAt: 5_000 }],
		['the later of all', { lastSeenAt: 1, stateChangedAt: 2 }, { ...connected, lastSignAt: 5_000 }],
	])('counts since %s', (_title, vitals, signs) => {
		expect([stalenessAt(35_000, vitals, signs), stalenessAt(35_001, vitals, signs)]).toEqual(['stale', 'dead']);
	});

	test('counts four times slower while it uses a tool, and is there', () => {
		const building = { ...connected, isUsingTool: true };
		expect([stalenessAt(120_000, {}, building), stalenessAt(120_001, {}, building)]).toEqual(['stale', 'dead']);
		expect([stalenessAt(12_000, {}, building), stalenessAt(12_001, {}, building)]).toEqual(['ok', 'warn']);
		expect(stalenessAt(30_001, {}, { ...building, isConnected: false })).toBe('dead');
	});
});

describe('[AG55] nothing is to be heard', () => {
	const late = 1e9;
	const awaited = { executionState: 'starting', substate: null, driver: { transport: 'websocket' } };

	test.each<[string, Partial<Vitals>, SignsOfLife | null]>([
		['of an agent that waits for a human', { substate: 'awaitingInput' }, connected],
		['of one that is idle and connected', { executionState: 'idle', substate: 'ready' }, connected],
		['of one that is to dial in', awaited, { ...connected, isConnected: false }],
		['of one that is stopped', { executionState: 'stopped', substate: null }, null],
		['of one that has failed', { executionState: 'failed', substate: 'backingOff' }, null],
		['of one that was never started', { executionState: 'pending', substate: null }, null],
	])('%s', (_title, vitals, signs) => {
		expect(stalenessAt(late, vitals, signs)).toBe('ok');
	});

	test.each<[string, Partial<Vitals>, SignsOfLife | null]>([
		['one that is idle but not there', { executionState: 'idle', substate: 'ready' }, null],
		['one that is launched and does not shake hands', { executionState: 'starting', substate: null }, null],
		['one that dialled in and does not shake hands', awaited, { ...connected, isConnected: false, lastSignAt: 1 }],
		['one that is asked to end its turn', { substate: 'cancelling' }, connected],
	])('but %s owes a sign', (_title, vitals, signs) => {
		expect(stalenessAt(late, vitals, signs)).toBe('dead');
	});
});

test('an agent was last seen when its row or its run says so, whichever is later', () => {
	expect(lastSeenAt({ lastSeenAt: null }, null)).toBeNull();
	expect(lastSeenAt({ lastSeenAt: 5 }, connected)).toBe(5);
	expect(lastSeenAt({ lastSeenAt: 5 }, { ...connected, lastSignAt: 7 })).toBe(7);
	expect(lastSeenAt({ lastSeenAt: 9 }, { ...connected, lastSignAt: 7 })).toBe(9);
});
