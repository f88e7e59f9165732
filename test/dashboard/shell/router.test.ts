import { describe, expect, test } from 'vitest';
import { linkTo, parseHash } from '../../../src/dashboard/shell/router.ts';
import { renderTitle } from '../../../src/dashboard/shell/title.ts';
import { createToastStore } from '../../../src/dashboard/shell/toast-store.ts';

describe('addresses', () => {
	test.each([
		['', [], {}],
		['#/', [], {}],
		['#/agents/agt_1', ['agents', 'agt_1'], {}],
		['#/agents/a%2Fb?tab=journal&at=5', ['agents', 'a/b'], { tab: 'journal', at: '5' }],
		['#/agents/%E0%A4%A', ['agents', '%E0%A4%A'], {}],
		['#/?q=a?b', [], { q: 'a' }],
	])('%j is read', (hash, segments, query) => {
		const address = parseHash(hash);
		expect([address.segments, Object.fromEntries(address.query)]).toEqual([segments, query]);
	});

	test('what is written is read back', () => {
		const link = linkTo(['agents', 'a/b c'], { q: 'x & y?', empty: '', none: undefined });
		expect(link).toBe('#/agents/a%2Fb%20c?q=x+%26+y%3F');
		const { segments, query } = parseHash(link);
		expect([segments, Object.fromEntries(query)]).toEqual([['agents', 'a/b c'], { q: 'x & y?' }]);
	});
});

test('the title tells how many requests wait, if any', () => {
	expect([renderTitle('Fleet', 0), renderTitle('Inbox', 3)]).toEqual(['Fleet · Statecraft', '(3) Inbox · Statecraft']);
});

test('of many messages the oldest give way', () => {
	const store = createToastStore();
	for (const text of ['a', 'b', 'c', 'd', 'e']) store.trigger.shown({ text });
	const { toasts } = store.getSnapshot().context;
	expect(toasts.map(({ text }) => text)).toEqual(['b', 'c', 'd', 'e']);
	store.trigger.dismissed({ id: toasts[0]?.id ?? 0 });
	expect(store.getSnapshot().context.toasts.map(({ text }) => text)).toEqual(['c', 'd', 'e']);
});
