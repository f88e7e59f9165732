/** What a hostile agent writes. Whatever of it took effect would set `document.title` or ask `evil.example`. */

import { fileURLToPath } from 'node:url';

/** Compiled, for plain node runs no TypeScript. */
const program = fileURLToPath(new URL('../../dist/test/support/hostile-agent.js', import.meta.url));

export const hostileDriver = { kind: 'acp', command: process.execPath, args: [program] };

/** What a script that ran has called the page. */
export const ownedTitle = 'OWNED';

const strike = `document.title='${ownedTitle}'`;
const beacon = 'https://evil.example/beacon';

const texts = {
	markup: [
		`<script>${strike}</script>`,
		`<img src=x onerror="${strike}">`,
		`<svg onload="${strike}"></svg>`,
		`<iframe srcdoc="<script>parent.${strike}</script>"></iframe>`,
		`<style>@import url(${beacon}.css); body { display: none }</style>`,
		`<meta http-equiv="refresh" content="0; url=${beacon}">`,
		`<base href="https://evil.example/"><form action="${beacon}"><button>Send</button></form>`,
		`<details open ontoggle="${strike}">`,
	].join('\n\n'),
	links: [
		`[press](javascript:${strike})`,
		`[press again](JaVaScRiPt:${strike})`,
		`[tab](java\tscript:${strike})`,
		`[entity](&#106;avascript:${strike})`,
		`<javascript:${strike}>`,
		`[data](data:text/html,<script>opener.${strike}</script>)`,
		'[vbscript](vbscript:msgbox)',
		`[reference][1]\n\n[1]: javascript:${strike}`,
		'[the page itself](#/token)',
		'[elsewhere on this server](/api/v1/agents)',
	].join('\n\n'),
	images: `![](${beacon}.png) ![alt](${beacon}.gif "title") <img src="${beacon}.jpg"> ![d](data:image/svg+xml,<svg/onload=${strike}>)`,
	terminal: [
		'\u001b[31mred\u001b[0m \u001b[1;4mbold\u001b[22;24m \u001b[38;2;1;2;3mcolour\u001b[0m',
		`\u001b]8;;javascript:${strike}\u0007a link of the terminal\u001b]8;;\u0007`,
		`\u001b]0;${ownedTitle}\u0007`,
		'\u001b[2J\u001b[H\u001b[999999C\u001b[?1049h\u001b[6n',
		`\u001b[31m<img src=x onerror="${strike}">\u001b[0m`,
	].join('\n'),
	direction: 'rm -rf \u202e/emoh\u202c \u2066hidden\u2069 a\u200bb\ufeffc \u{e0041}\u{e0042}',
	controls: `${Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('x')}\u007f\u0085\u009b31m\ud800`,
	hugeLine: 'x'.repeat(1_000_000),
	manyLines: 'line\n'.repeat(100_000),
	deepQuotes: `${'> '.repeat(5_000)}deep`,
	deepLists: Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth * 2)}- deep`).join('\n'),
	manyLinks: '[a](https://example.com) '.repeat(10_000),
	combining: `Z${'\u0300\u0301\u0302'.repeat(5_000)}`,
} satisfies Readonly<Record<string, string>>;

export type Mischief = keyof typeof texts;

export const mischiefs = Object.keys(texts) as readonly Mischief[];

export function hostileText(mischief: Mischief): string {
	return texts[mischief];
}
