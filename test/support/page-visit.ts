/** Visits of the page: opened by the address that the server prints, and looked over. */

import type { Page } from 'playwright-core';
import { runAxe } from './axe.ts';
import type { NewPage, OpenBrowser, OpenPage } from './browser.ts';

export interface Visit extends Omit<NewPage, 'url'> {
	/** Where to: `/inbox`; the fleet unless told. */
	readonly to?: string;
	/** In place of the server's own token; null for none. */
	readonly token?: string | null;
}

/** What a browser says in its console while a server is away; for `faults.forgive`. */
export const connectionLost =
	/^console error: .*(ERR_CONNECTION_|ERR_CONTENT_LENGTH_MISMATCH|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_INTERNET_DISCONNECTED|ERR_NETWORK|WebSocket connection to .* failed)/;

/** For `expect.poll`: a browser beside a server and its agents takes its time when the machine is busy. */
export const soon = { timeout: 20_000 } as const;

/** Resolves once the page shows something. */
export async function visit(
	browser: OpenBrowser,
	server: { readonly url: string; readonly token: string },
	{ to = '/', token = server.token, ...options }: Visit = {},
): Promise<OpenPage> {
	const opened = await browser.newPage({ url: server.url, ...options });
	await opened.page.goto(token === null ? `/#${to}` : `/#token=${token}&to=${to}`);
	await opened.page.getByRole('heading', { level: 1 }).first().waitFor();
	return opened;
}

/** Goes to another screen of the page that is open. */
export async function goTo(page: Page, to: string): Promise<void> {
	await page.evaluate(`location.hash = ${JSON.stringify(`#${to}`)}`);
	await page.getByRole('main').waitFor();
}

/** Resolves once the page has asked the server for no file for half a second: its other screens come after the first. */
export async function allLoaded(page: Page): Promise<void> {
	await page.evaluate(`new Promise((resolve) => {
		let timer = setTimeout(resolve, 500);
		const wait = () => {
			clearTimeout(timer);
			timer = setTimeout(resolve, 500);
		};
		new PerformanceObserver(wait).observe({ type: 'resource', buffered: true });
	})`);
}

/** What not everybody can use of what is in sight, and what a narrow window cuts off; in words. */
export async function lookOver(page: Page): Promise<readonly string[]> {
	const problems = await runAxe(page);
	const overflow = await findOverflow(page);
	return [
		...problems.map(({ rule, impact, help, targets }) => `${rule} (${impact}): ${help}\n${targets.join('\n')}`),
		...(overflow.length === 0 ? [] : [`wider than the window: ${overflow.join(', ')}`]),
	];
}

/** What makes the page wider than its window: the outermost elements that stick out; none when it fits. */
export function findOverflow(page: Page): Promise<readonly string[]> {
	return page.evaluate(`(() => {
		const width = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= width) return [];
		const sticksOut = (element) => element.getBoundingClientRect().right > width + 0.5;
		const found = [...document.querySelectorAll('body *')].filter(sticksOut);
		return ['the page', ...found.map((element) => element.tagName + '.' + element.className)].slice(0, 20);
	})()`);
}
