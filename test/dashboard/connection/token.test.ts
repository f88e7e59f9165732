import { describe, expect, test } from 'vitest';
import {
	forgetToken,
	keepToken,
	parseTokenFragment,
	readToken,
	readTypedToken,
	type TokenStorage,
} from '../../../src/dashboard/connection/token.ts';

function createStorage(): TokenStorage {
	const items = new Map<string, string>();
	return {
		getItem: (key) => items.get(key) ?? null,
		setItem: (key, value) => void items.set(key, value),
		removeItem: (key) => void items.delete(key),
	};
}

describe('the fragment', () => {
	test('gives up its token, and leaves the start as the address', () => {
		expect(parseTokenFragment('#token=abc')).toEqual({ token: 'abc', rest: '#/' });
	});

	test('may name the screen to show', () => {
		expect(parseTokenFragment('#token=a%2Bb&to=/inbox')).toEqual({ token: 'a+b', rest: '#/inbox' });
	});

	test('leads nowhere but to a screen', () => {
		expect(parseTokenFragment('#token=abc&to=javascript:alert(1)')?.rest).toBe('#/');
	});

	test.each(['', '#', '#/', '#/agents/token=abc', '#token=', '#token=%20'])('%j carries none', (hash) => {
		expect(parseTokenFragment(hash)).toBeNull();
	});
});

describe('what is typed', () => {
	test.each([
		[' abc ', 'abc'],
		['http://127.0.0.1:4700/#token=abc', 'abc'],
		['http://127.0.0.1:4700/#token=', ''],
	])('%j means %j', (typed, token) => {
		expect(readTypedToken(typed)).toBe(token);
	});
});

describe('what is kept', () => {
	test('is found in any storage, the first one first', () => {
		const [tab, browser] = [createStorage(), createStorage()];
		keepToken('old', [browser]);
		expect(readToken([tab, browser])).toBe('old');
		keepToken('new', [tab]);
		expect(readToken([tab, browser])).toBe('new');
	});

	test('is forgotten when it was refused, but not what another tab has stored meanwhile', () => {
		const [tab, browser] = [createStorage(), createStorage()];
		keepToken('refused', [tab]);
		keepToken('good', [browser]);
		forgetToken('refused', [tab, browser]);
		expect(readToken([tab, browser])).toBe('good');
	});
});
