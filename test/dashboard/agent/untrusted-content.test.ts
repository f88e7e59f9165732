import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { PlanView } from '../../../src/dashboard/agent/entries/plan-view.tsx';
import { ToolView } from '../../../src/dashboard/agent/entries/tool-view.tsx';
import type { PlanEntry, ToolEntry } from '../../../src/dashboard/agent/transcript/entry.ts';
import { DiffView } from '../../../src/dashboard/content/diff-view.tsx';
import { diffTexts } from '../../../src/dashboard/content/line-diff.ts';
import { readLinkAddress } from '../../../src/dashboard/content/link-address.ts';
import { LongMarkdown, LongOutput, LongPlain } from '../../../src/dashboard/content/long-text-view.tsx';
import { MarkdownText } from '../../../src/dashboard/content/markdown-text.tsx';
import { TerminalText } from '../../../src/dashboard/content/terminal-text-view.tsx';
import { showInvisible, showOnOneLine } from '../../../src/dashboard/content/visible-text.ts';

const markdown = (text: string) => renderToStaticMarkup(createElement(MarkdownText, { text }));
const terminal = (text: string) => renderToStaticMarkup(createElement(TerminalText, { text }));
const tagsIn = (html: string) => new Set([...html.matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, tag]) => tag));
const hrefsIn = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);

/** Words that no page may hold, however they were written. */
const dangerous = /<script|<style|<iframe|<object|<svg|<img|<form|\son\w+=|javascript:|srcdoc/i;

/** Tags and attributes, without what people read. */
const withoutText = (html: string) => html.replace(/>[^<]*</g, '><').replace(/(title|aria-label)="[^"]*"/g, '');

const hostileMarkdown = [
	'<script>alert(1)</script>',
	'<img src=x onerror=alert(1)>',
	'<svg/onload=alert(1)>',
	'<iframe srcdoc="<script>alert(1)</script>"></iframe>',
	'<a href="javascript:alert(1)">x</a>',
	'<style>*{display:none}</style>',
	'<form action="https://evil.example"><input name=token></form>',
	'<details open ontoggle=alert(1)>',
	'[x](javascript:alert(1))',
	'[x](JaVaScRiPt:alert(1))',
	'[x](java\tscript:alert(1))',
	'[x](&#106;avascript:alert(1))',
	'[x]( javascript:alert(1))',
	'[x](data:text/html,<script>alert(1)</script>)',
	'[x](vbscript:msgbox(1))',
	'<javascript:alert(1)>',
	'![x](javascript:alert(1))',
	'![x](https://evil.example/pixel.png)',
	'![x](data:image/svg+xml,<svg/onload=alert(1)>)',
	'[x]: javascript:alert(1)\n\n[x]',
	'[x](https://a.example "onmouseover=alert(1)")',
	'```html\n<script>alert(1)</script>\n```',
	'`<script>`',
	'| <img src=x onerror=alert(1)> |\n| --- |\n| <script>1</script> |',
	'[^1]\n\n[^1]: <script>alert(1)</script>',
];

describe('markdown of agents', () => {
	test.each(hostileMarkdown)('cannot run or load anything: %j', (text) => {
		const html = markdown(text);
		expect(withoutText(html)).not.toMatch(dangerous);
		for (const href of hrefsIn(html)) expect(href).toMatch(/^(https?:\/\/|mailto:)/);
	});

	test('HTML is shown as the text it is', () => {
		expect(markdown('a <b>bold</b> <script>alert(1)</script>')).toContain(
			'a &lt;b&gt;bold&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;',
		);
	});

	test('links open elsewhere, tell nobody where one came from, and show their real address', () => {
		expect(markdown('[your bank](https://evil.example/?q=1)')).toContain(
			'<a href="https://evil.example/?q=1" title="https://evil.example/?q=1" target="_blank" rel="noreferrer noopener nofollow">your bank</a>',
		);
		expect(hrefsIn(markdown('mail me@example.com, see https://example.com'))).toEqual([
			'mailto:me@example.com',
			'https://example.com/',
		]);
	});

	test('no link leads into this page', () => {
		const html = markdown(
			'[a](#/settings) [b](/agents) [c](?x=1) [d](#token=evil) [e](//evil.example) note[^1]\n\n[^1]: n',
		);
		expect(hrefsIn(html)).toEqual([]);
	});

	test('images are links and nothing is loaded', () => {
		const html = markdown('![chart](https://example.com/chart.png)');
		expect(tagsIn(html)).toEqual(new Set(['div', 'p', 'a']));
		expect(html).toContain('Image: chart');
	});

	test('what agents write for people is rendered', () => {
		const html = markdown(
			'# Title\n\n**bold** `code`\n\n- [x] done\n- [ ] open\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```ts\nx < 1\n```',
		);
		expect(tagsIn(html)).toEqual(
			new Set([
				'div',
				'h3',
				'p',
				'strong',
				'code',
				'ul',
				'li',
				'span',
				'table',
				'thead',
				'tbody',
				'tr',
				'th',
				'td',
				'pre',
			]),
		);
		expect(html).toContain('x &lt; 1');
		expect(html).toContain('aria-label="done"');
	});

	test.each([
		['quotes in quotes', '> '.repeat(5_000)],
		['lists in lists', Array.from({ length: 300 }, (_, depth) => `${'  '.repeat(depth)}- x`).join('\n')],
		['emphasis in emphasis', `${'*a **b '.repeat(2_000)}`],
		['emphasis that ends', '*a '.repeat(100) + 'b* '.repeat(100)],
		['brackets', '['.repeat(5_000)],
	])('nested deeper than anybody writes, it is plain text: %s', (_, text) => {
		const html = markdown(text);
		const depth = [...html.matchAll(/<(\/?)[a-z][^>]*>/g)].reduce(
			({ now, most }, [, slash]) => ({ now: now + (slash ? -1 : 1), most: Math.max(most, now) }),
			{ now: 0, most: 0 },
		).most;
		expect(depth).toBeLessThan(70);
	});
});

describe('addresses of links', () => {
	test.each([
		['https://example.com/a b', 'https://example.com/a%20b'],
		['http://localhost:3000/', 'http://localhost:3000/'],
		['mailto:a@example.com', 'mailto:a@example.com'],
		['https://аpple.example/', 'https://xn--pple-43d.example/'],
	])('%s is one', (address, read) => expect(readLinkAddress(address)).toBe(read));

	test.each([
		...[
			'javascript:alert(1)',
			' javascript:alert(1)',
			'java\nscript:alert(1)',
			'data:text/html,x',
			'file:///etc/passwd',
		],
		...[
			'blob:https://example.com/1',
			'vscode://x',
			'/agents',
			'#/inbox',
			'//example.com',
			'',
			'https://',
			'ftp://a.example',
		],
		...['https://github.com@evil.example/', 'https://user:password@example.com/'],
	])('%j is none', (address) => expect(readLinkAddress(address)).toBeNull());
});

describe('output of programs', () => {
	test('colours become classes, never markup of its own', () => {
		expect(terminal('\u001b[1;31mred\u001b[0m <b>x</b>')).toBe(
			'<span class="term-bold term-fg-red">red</span> &lt;b&gt;x&lt;/b&gt;',
		);
		expect(terminal('\u001b[38;5;208morange\u001b[0m\u001b[48;2;10;200;10m on green')).toBe(
			'<span class="term-fg-yellow">orange</span><span class="term-bg-green"> on green</span>',
		);
	});

	test('what a terminal would obey beyond colours is left out', () => {
		const text = [
			...[
				'\u001b]0;title\u0007',
				'\u001b[2J',
				'\u001b[10;10H',
				'\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\',
			],
			...['\u001bPq#0\u001b\\', '\u001b(B', '\u001b7', '\u001b[?25l', '\u001b]52;c;cGFzdGU=\u0007'],
		].join('');
		expect(terminal(`a${text}b`)).toBe('alinkb');
	});

	test('hidden text is shown', () => {
		expect(terminal('\u001b[8mrm -rf /\u001b[0m')).toContain('rm -rf /');
	});

	test('of a line written over itself the last form is left', () => {
		expect(terminal('10%\r50%\r100%\ndone\r\n')).toBe('100%\ndone\n');
	});

	test('an escape that never ends swallows no more than itself', () => {
		expect(terminal('a\u001b[31')).toBe('a31');
		expect(terminal('a\u001b')).toBe('a');
	});
});

describe('characters that nobody sees', () => {
	test('what turns the reading order around is shown', () => {
		expect(showInvisible('invoice\u202Egnp.exe\u2066x\u200F')).toBe('invoice⟨U+202E⟩gnp.exe⟨U+2066⟩x⟨U+200F⟩');
	});

	test('control characters have pictures, line breaks stay', () => {
		expect(showInvisible('a\u0000b\u001b[31m\u0007\u007f\u009b\tc\r\nd\u2028e')).toBe('a␀b␛[31m␇␡⟨U+009B⟩\tc\nd\ne');
	});

	test('letters hidden in tags are told of, what has no width is left out, emoji stay', () => {
		const hidden = [...'ignore all'].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');
		expect(showInvisible(`ok${hidden}!`)).toBe('ok⟨hidden text⟩!');
		expect(showInvisible('a\u200bb\ufeffc\u00ad')).toBe('abc');
		expect(showInvisible('👩‍👩‍👧 é')).toBe('👩‍👩‍👧 é');
	});

	test('marks piled upon a letter are cut', () => {
		expect([...showInvisible(`Z${'\u0301'.repeat(500)}x`)].length).toBeLessThan(10);
	});

	test('a line is one line, of the length asked for', () => {
		expect(showOnOneLine('a\n\n  b\tc ')).toBe('a b c');
		expect(showOnOneLine('x'.repeat(1_000), 20)).toBe(`${'x'.repeat(19)}…`);
		expect(showOnOneLine(`${'x'.repeat(18)}😀😀`, 20)).toBe(`${'x'.repeat(18)}…`);
		expect(showOnOneLine('x'.repeat(5_000_000)).length).toBe(300);
	});
});

describe('texts of any length', () => {
	const render = (type: typeof LongOutput | typeof LongMarkdown | typeof LongPlain, text: string) =>
		renderToStaticMarkup(createElement(type as typeof LongPlain, { text }));

	test('of a megabyte only a little is drawn before somebody asks', () => {
		for (const type of [LongOutput, LongMarkdown, LongPlain]) {
			for (const text of ['word '.repeat(200_000), 'x'.repeat(1_000_000), 'a\n'.repeat(500_000)]) {
				const html = render(type, text);
				expect(html.length).toBeLessThan(20_000);
				expect(html).toContain('Show all (1 million characters)');
			}
		}
	});

	test('the end of a long message and of a long output is in sight', () => {
		const text = `${'word '.repeat(10_000)}\n\nTHE END`;
		expect(render(LongMarkdown, text)).toContain('THE END');
		expect(render(LongOutput, text)).toContain('THE END');
	});

	test('a message that ends within a block of code shows it as code', () => {
		const text = `\`\`\`js\n${'let x = 1;\n'.repeat(3_000)}last <b>line`;
		expect(render(LongMarkdown, text)).toMatch(/<pre[^>]*><code>.*last &lt;b&gt;line/s);
	});
});

describe('names and titles of agents', () => {
	const nasty = `<img src=x onerror=alert(1)>\u202E\u0007${'W'.repeat(5_000)}\n\nsecond`;
	const tool: ToolEntry = {
		...{ kind: 'tool', key: 'tool:1', seq: 1, at: '2030-01-01T00:00:00.000Z', endedAt: null },
		...{ toolCallId: 't', title: nasty, toolKind: nasty, status: 'in_progress' },
		...{ input: { [nasty]: nasty }, output: nasty, locations: [{ path: nasty, line: 1 }] },
	};

	test('a tool call is one line, whatever its title', () => {
		const html = renderToStaticMarkup(createElement(ToolView, { entry: tool }));
		expect(withoutText(html)).not.toMatch(dangerous);
		expect(html).toContain('⟨U+202E⟩␇');
		expect(html.length).toBeLessThan(1_500);
	});

	test('a plan keeps its steps within bounds, and knows no status it was not told', () => {
		const steps = [{ content: nasty, priority: nasty, status: 'constructor' }];
		const entry: PlanEntry = { kind: 'plan', key: 'plan:1', seq: 1, at: tool.at, steps };
		const html = renderToStaticMarkup(createElement(PlanView, { entry }));
		expect(withoutText(html)).not.toMatch(dangerous);
		expect(html).toContain('plan-other');
		expect(html.length).toBeLessThan(1_500);
	});

	test('a diff shows what there is, cut where it is too long', () => {
		const diff = diffTexts(nasty, 'a\n', `a\n\u202Eb\n${'y'.repeat(100_000)}\n<script>`);
		const html = renderToStaticMarkup(createElement(DiffView, { diff }));
		expect(withoutText(html)).not.toMatch(dangerous);
		expect(html).toContain('⟨U+202E⟩b');
		expect(html).toContain('&lt;script&gt;');
		expect(html.length).toBeLessThan(6_000);
	});
});
