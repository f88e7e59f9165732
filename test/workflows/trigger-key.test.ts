/** Which cursor belongs to which trigger. */

import { expect, test } from 'vitest';
import { cursorOf, triggerKey } from '../../src/workflows/trigger-key.ts';

const trigger = { type: 'composite', windowSeconds: 5, triggers: [{ type: 'cron', expression: '* * * * *' }] };

test('the key is the same for the same configuration, in whatever order it is written', () => {
	const reordered = { triggers: [{ expression: '* * * * *', type: 'cron' }], windowSeconds: 5, type: 'composite' };
	expect(triggerKey(reordered)).toBe(triggerKey(trigger));
	expect(triggerKey(trigger)).toMatch(/^[0-9a-f]{16}$/);
});

test.each([
	{ ...trigger, windowSeconds: 6 },
	{ ...trigger, triggers: [{ type: 'cron', expression: '1 * * * *' }] },
	{ ...trigger, triggers: [...trigger.triggers, ...trigger.triggers] },
	{ ...trigger, extra: null },
])('the key is another for another configuration: %o', (other) => {
	expect(triggerKey(other)).not.toBe(triggerKey(trigger));
});

test('the order of a list is part of it', () => {
	expect(triggerKey({ labels: ['a', 'b'] })).not.toBe(triggerKey({ labels: ['b', 'a'] }));
});

test('a cursor stands for its trigger and no other; there may be none', () => {
	const cursor = { of: triggerKey(trigger), value: { page: 3 } };
	expect(cursorOf({ cursor, trigger })).toEqual({ page: 3 });
	expect(cursorOf({ cursor, trigger: { ...trigger, windowSeconds: 6 } })).toBeNull();
	expect(cursorOf({ cursor: null, trigger })).toBeNull();
});

test('the key stays what it was, or an upgrade would void every cursor', () => {
	expect(triggerKey(trigger)).toBe('6feffe333f97681d');
});
