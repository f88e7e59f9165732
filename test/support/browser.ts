/**
 * The system's Chromium for tests of the page: one per test file, with a fresh profile per page. A test
 * fails by any fault of its pages (see `page-faults.ts`), and leaves pictures of them when it fails.
 */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { type PageFaults, watchFaults } from './page-faults.ts';

export interface NewPage {
	/** Of the server under test: relative addresses lead there, and requests to any other host are faults. */
	readonly url: string;
	/** In CSS pixels; 1280 × 800 unless told. */
	readonly width?: number;
	readonly height?: number;
	readonly colorScheme?: 'light' | 'dark';
	/** `reduce` unless told: tests do not wait for animations. */
	readonly reducedMotion?: 'reduce' | 'no-preference';
	/** Fingers instead of a mouse. */
	readonly touch?: boolean;
}

export interface OpenPage {
	readonly page: Page;
	readonly faults: PageFaults;
}

export interface OpenBrowser {
	/** A page that shares nothing with the others; nothing is loaded yet. */
	newPage(options: NewPage): Promise<OpenPage>;
	/** Pictures of all open pages; resolves with their paths. */
	takePictures(title: string): Promise<readonly string[]>;
	/** Closes all open pages; resolves with what they did wrong. */
	closePages(): Promise<readonly string[]>;
	close(): Promise<void>;
}

const usualPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const flags = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	// What a page asks of another host is noticed, and goes nowhere.
	'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];
const remedy = 'apt-get install chromium, or set STATECRAFT_CHROMIUM to the path of one';
/** A browser beside a server and its agents takes seconds when the machine is busy. */
const testTimeoutMs = 120_000;

/** Rejects with what to do where there is none. */
export async function openBrowser(): Promise<OpenBrowser> {
	const executablePath = findChromium();
	if (executablePath === undefined) throw new Error(`There is no Chromium: ${remedy}`);
	const browser = await chromium.launch({ executablePath, args: flags });
	const opened: Array<OpenPage & { readonly context: BrowserContext }> = [];

	return {
		async newPage({ url, width = 1280, height = 800, touch = false, ...options }) {
			const { colorScheme = 'light', reducedMotion = 'reduce' } = options;
			const viewport = { width, height };
			const phone = { hasTouch: touch, isMobile: touch };
			const context = await browser.newContext({ baseURL: url, viewport, colorScheme, reducedMotion, ...phone });
			const faults = await watchFaults(context, url);
			const page = await context.newPage();
			opened.push({ page, faults, context });
			return { page, faults };
		},
		async takePictures(title) {
			const folder = mkdtempSync(join(tmpdir(), 'statecraft-pages-'));
			const pages = opened.flatMap(({ context }) => context.pages());
			return Promise.all(
				pages.map(async (page, index) => {
					const path = join(folder, `${title.replaceAll(/[^a-z0-9]+/gi, '-')}-${index + 1}.png`);
					await page.screenshot({ path, timeout: 10_000 });
					return path;
				}),
			);
		},
		async closePages() {
			const closing = opened.splice(0);
			const lists = await Promise.all(closing.map(({ faults }) => faults.list()));
			await Promise.all(closing.map(({ context }) => context.close()));
			return lists.flat();
		},
		close: () => browser.close(),
	};
}

/** A suite in the browser; skipped, with what to install in its title, where there is none. */
export function describeInBrowser(title: string, tests: (browser: () => OpenBrowser) => void): void {
	const absent = findChromium() === undefined && process.env.STATECRAFT_BROWSER_TESTS !== '1';
	const fullTitle = absent ? `${title}, skipped: no Chromium, ${remedy}` : title;
	describe.skipIf(absent)(fullTitle, { timeout: testTimeoutMs }, () => {
		let browser: OpenBrowser | undefined;
		beforeAll(async () => {
			browser = await openBrowser();
		});
		afterEach(async ({ task }) => {
			if (browser === undefined) return;
			if (task.result?.state === 'fail') await showPictures(browser, task.name);
			expect(await browser.closePages()).toEqual([]);
		});
		afterAll(() => browser?.close());
		tests(() => {
			if (browser === undefined) throw new Error('No test is running');
			return browser;
		});
	});
}

function findChromium(): string | undefined {
	const { STATECRAFT_CHROMIUM: chosen } = process.env;
	return (chosen ? [chosen] : usualPaths).find((path) => existsSync(path));
}

async function showPictures(browser: OpenBrowser, title: string): Promise<void> {
	const paths = await browser.takePictures(title).catch((error: unknown) => [`no picture: ${error}`]);
	process.stderr.write(`\nPictures of "${title}":\n${paths.map((path) => `  ${path}\n`).join('')}`);
}
