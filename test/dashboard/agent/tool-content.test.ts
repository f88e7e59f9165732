import { describe, expect, test } from 'vitest';
import { diffTexts, type FileDiff, readUnifiedDiff } from '../../../src/dashboard/content/line-diff.ts';
import { cutLongText, reopenFence, splitMarkdown, splitPieces } from '../../../src/dashboard/content/long-text.ts';
import { readToolContent, renderValue } from '../../../src/dashboard/content/tool-content.ts';

/** As `diff -u` writes it, without its head. */
function render({ hunks }: FileDiff): string[] {
	const signs = { same: ' ', add: '+', delete: '-' };
	return hunks.flatMap((hunk, index) => [
		...(index > 0 ? ['…'] : []),
		...hunk.map(({ kind, text }) => signs[kind] + text),
	]);
}

describe('differences between texts', () => {
	test('shows what changed, with three lines around', () => {
		const before = Array.from({ length: 30 }, (_, line) => `line ${line + 1}`);
		const after = before.with(9, 'ten').toSpliced(24, 1);
		const diff = diffTexts('a.txt', `${before.join('\n')}\n`, `${after.join('\n')}\n`);
		expect(render(diff)).toEqual([
			...[' line 7', ' line 8', ' line 9', '-line 10', '+ten', ' line 11', ' line 12', ' line 13', '…'],
			...[' line 22', ' line 23', ' line 24', '-line 25', ' line 26', ' line 27', ' line 28'],
		]);
		expect(diff).toMatchObject({ added: 1, removed: 2 });
		expect(diff.hunks[1]?.at(-1)).toMatchObject({ oldLine: 28, newLine: 27 });
	});

	test('finds what both texts have in common', () => {
		expect(render(diffTexts('a', 'a\nb\nc\nd', 'b\nx\nd\ne'))).toEqual(['-a', ' b', '-c', '+x', ' d', '+e']);
	});

	test('a new file is all added, an emptied one all removed, the same text nothing', () => {
		expect(render(diffTexts('a', null, 'x\ny\n'))).toEqual(['+x', '+y']);
		expect(render(diffTexts('a', 'x\r\ny\n', ''))).toEqual(['-x', '-y']);
		expect(diffTexts('a', 'x\n', 'x\n').hunks).toEqual([]);
	});

	test('texts too different and too long to compare are replaced as a whole, at once', () => {
		const write = (word: string) =>
			Array.from({ length: 5_000 }, (_, line) => (line % 2 === 0 ? `${word} ${line}` : `${line}`))
				.concat(word)
				.join('\n');
		const [before, after] = [write('old'), write('new')];
		expect(diffTexts('a', before, after)).toMatchObject({ added: 5_001, removed: 5_001 });
	});

	test('reads unified diffs, and none in what is none', () => {
		const text = '--- a/x.ts\n+++ b/x.ts\n@@ -4,3 +4,3 @@\n same\n-old\n+new\n same\n\\ No newline at end of file\n';
		const [diff] = readUnifiedDiff(text);
		expect(diff).toMatchObject({ path: 'x.ts', added: 1, removed: 1 });
		expect(diff?.hunks[0]?.[1]).toEqual({ kind: 'delete', text: 'old', oldLine: 5, newLine: null });
		expect(diff?.hunks[0]).toHaveLength(4);
		expect(readUnifiedDiff('no diff at all')).toEqual([]);
	});
});

describe('what tools are given and give', () => {
	const kinds = (content: ReturnType<typeof readToolContent>) => ({
		input: content.input.map(({ kind }) => kind),
		output: content.output.map(({ kind }) => kind),
	});

	test('a command and what it wrote', () => {
		const content = readToolContent('npm test', { command: 'npm test', timeout: 10 }, { output: 'ok\n', metadata: {} });
		expect(content).toEqual({
			input: [{ kind: 'fields', fields: [['timeout', '10']] }],
			output: [{ kind: 'text', text: 'ok\n' }],
		});
	});

	test.each([
		['a text', 'done', 'done'],
		['streams', { stdout: 'out', stderr: 'err' }, 'out\nerr'],
		['blocks of MCP', [{ type: 'text', text: 'a' }], 'a'],
		['blocks of ACP', [{ type: 'content', content: { type: 'text', text: 'b' } }], 'b'],
		['a result with blocks', { content: [{ type: 'text', text: 'c' }] }, 'c'],
		['an image', [{ type: 'image', mimeType: 'image/png', data: 'AAAA' }], '[image, image/png: not shown]'],
		['anything else', { rows: 3 }, '{\n  "rows": 3\n}'],
		['a number', 7, '7'],
	])('output that is %s', (_, output, text) => {
		expect(readToolContent('t', undefined, output)).toEqual({ input: [], output: [{ kind: 'text', text }] });
	});

	test('edits are shown as differences, however an agent writes them', () => {
		const edits = [
			{ file_path: 'a.ts', old_string: 'x', new_string: 'y' },
			{ filePath: 'a.ts', oldString: 'x', newString: 'y' },
			{ file_path: 'a.ts', edits: [{ old_string: 'x', new_string: 'y' }] },
			{ file_path: 'a.ts', content: 'y' },
		];
		for (const input of edits) {
			const [section] = readToolContent('Edit', input, undefined).input;
			expect(section).toMatchObject({ kind: 'diff', diff: { path: 'a.ts', added: 1 } });
		}
		const block = [{ type: 'diff', path: 'b.ts', oldText: null, newText: 'z\n' }];
		expect(readToolContent('Write', {}, block).output).toMatchObject([
			{ kind: 'diff', diff: { path: 'b.ts', added: 1 } },
		]);
	});

	test('a difference that was reported stands for the one that was asked for', () => {
		const diff = '--- a/a.ts\n+++ b/a.ts\n@@ -7,1 +7,1 @@\n-x\n+y\n';
		const input = { filePath: 'a.ts', oldString: 'x', newString: 'y', replaceAll: true };
		const content = readToolContent('edit', input, { output: 'Edited', metadata: { diff } });
		expect(kinds(content)).toEqual({ input: ['fields'], output: ['diff', 'text'] });
	});

	test('nothing told is nothing shown', () => {
		expect(readToolContent('Read x', { path: 'Read x' }, null)).toEqual({ input: [], output: [] });
		expect(readToolContent('t', {}, undefined)).toEqual({ input: [], output: [] });
	});

	test('what is nested too deeply to be written is told of', () => {
		let deep: unknown = 'x';
		for (let depth = 0; depth < 100_000; depth++) deep = [deep];
		expect(renderValue({ deep })).toBe('[nested too deeply to be shown]');
	});
});

describe('long texts', () => {
	test('are cut at the end of a line, and not at all when little is left', () => {
		const limits = { characters: 50, lines: 100 };
		expect(cutLongText('x'.repeat(54), limits)).toMatchObject({ omitted: 0 });
		const text = `${'a'.repeat(40)}\n${'b'.repeat(60)}`;
		expect(cutLongText(text, limits)).toEqual({ head: 'a'.repeat(40), tail: '', omitted: 61 });
		const lines = 'line\n'.repeat(40);
		expect(cutLongText(lines, { characters: 1_000, lines: 3, tail: 10 })).toEqual({
			head: 'line\nline\nline',
			tail: 'line\n',
			omitted: lines.length - 14 - 5,
		});
	});

	test('never cut a character in two', () => {
		const text = '😀'.repeat(1_000);
		const { head, tail, omitted } = cutLongText(text, { characters: 101, lines: 10, tail: 21 });
		expect(head.length + omitted + tail.length).toBe(text.length);
		expect(head + tail).toBe('😀'.repeat((head.length + tail.length) / 2));
		expect(splitPieces(text, 33).every((piece) => /^(😀)+$/u.test(piece))).toBe(true);
	});

	test('pieces together are the text', () => {
		const text = `${'word '.repeat(50)}\n\n${'y'.repeat(300)}\n`.repeat(20);
		expect(splitPieces(text, 100).join('')).toBe(text);
		expect(splitMarkdown(text, 100).join('')).toBe(text);
		expect(Math.max(...splitPieces(text, 100).map(({ length }) => length))).toBeLessThanOrEqual(100);
	});

	test('pieces of markdown end between paragraphs, and a block of code goes on in the next', () => {
		const prose = 'a paragraph\nof two lines\n\n'.repeat(10);
		for (const piece of splitMarkdown(prose, 70)) expect(piece).toMatch(/\n\n$/);
		const code = `\`\`\`\n${'let x;\n'.repeat(20)}\`\`\`\n`;
		const pieces = splitMarkdown(code, 60);
		expect(pieces.length).toBeGreaterThan(1);
		for (const piece of pieces) expect(piece).toMatch(/^```/);
		expect(reopenFence('```\na\n```\nb', 'b')).toBe('b');
	});
});
