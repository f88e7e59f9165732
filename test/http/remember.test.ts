import { expect, it } from 'vitest';
import { remember } from '../../src/http/remember.ts';

it('finds once for many who ask, again after a while, and again after a failure', async () => {
	let now = 0;
	let finds = 0;
	let works = true;
	const find = async () => {
		finds += 1;
		if (!works) throw new Error('not now');
		return finds;
	};
	const ask = remember(find, 100, { now: () => now });
	expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
	now = 99;
	expect(await ask()).toBe(1);
	now = 100;
	works = false;
	await expect(ask()).rejects.toThrow('not now');
	works = true;
	expect(await ask()).toBe(3);
});
