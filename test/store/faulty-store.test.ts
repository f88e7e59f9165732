import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createFaultyStore } from '../support/faulty-store.ts';
import { step } from './units.ts';

const fail = (): never => {
	throw new Error('crash');
};

test('a fault before a commit rejects it and writes nothing, a fault after it rejects what was written', async () => {
	const seen: string[] = [];
	const inner = createMemoryStore();
	const store = createFaultyStore(inner, {
		before(commitIndex, units) {
			seen.push(`before ${commitIndex} ${units.length}`);
			if (commitIndex === 2) fail();
		},
		after(commitIndex, _, outcomes) {
			seen.push(`after ${commitIndex} ${outcomes.every(({ ok }) => ok)}`);
			if (commitIndex === 3) fail();
		},
	});
	await store.commit([step('a:1', 1)]);
	await expect(store.commit([step('a:1', 2), step('b:1', 1)])).rejects.toThrow('crash');
	expect((await store.readActor('a:1'))?.version).toBe(1);
	await expect(store.commit([step('a:1', 2)])).rejects.toThrow('crash');
	expect((await inner.readActor('a:1'))?.version).toBe(2);
	expect(seen).toEqual(['before 1 1', 'after 1 true', 'before 2 2', 'before 3 1', 'after 3 true']);
});
