import { expect, test } from 'vitest';
import { readSources } from './source-files.ts';

/** Statecharts are one literal each; everything else is to be held in the head. */
const longest = (path: string) => (path.startsWith('machines/') ? 850 : 350);

test('no source file is longer than can be held in the head', () => {
	const tooLong = readSources('machines', 'src')
		.map(({ path, text }) => ({ path, lines: text.split('\n').length }))
		.filter(({ path, lines }) => lines > longest(path));
	expect(tooLong).toEqual([]);
});

test('no folder of sources has a room for everything', () => {
	const vague = /(^|[/-])(utils?|helpers?|common|misc|manager)([./-]|$)/;
	expect(readSources('machines', 'src', 'test').filter(({ path }) => vague.test(path))).toEqual([]);
});
