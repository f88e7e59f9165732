/**
 * Every screen in every dress: light and dark, wide and narrow. Nothing may be out of reach for some, and
 * nothing may stick out of the window. With STATECRAFT_PAGE_PICTURES=<folder> pictures of all are left there.
 */

import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser.ts';
import { furnish, type PageScene, type SceneScreen } from '../support/page-scene.ts';
import { goTo, lookOver, visit } from '../support/page-visit.ts';
import { type OpenServerProcess, openServerProcess } from '../support/server-process.ts';

const { STATECRAFT_PAGE_PICTURES: pictures } = process.env;

describeInBrowser('Every screen', (browser) => {
	let server: OpenServerProcess;
	let scene: PageScene;
	beforeAll(async () => {
		server = await openServerProcess();
		scene = await furnish(server);
	}, 120_000);
	afterAll(() => server.close());

	test.each([
		['light', 1280],
		['dark', 1280],
		['light', 360],
		['dark', 360],
	] as const)('is fit for everybody, %s, %i pixels wide', async (colorScheme, width) => {
		const { page, faults } = await visit(browser(), server, { colorScheme, width, touch: width === 360 });
		faults.forgive(/status of 404 .*agt_nobody/);
		const problems: Record<string, readonly string[]> = {};
		for (const screen of scene.screens) {
			const found = await lookAt(page, screen, `${screen.name}-${colorScheme}-${width}.png`);
			if (found.length > 0) problems[screen.name] = found;
		}
		for (const [name, open] of dialogs) {
			await goTo(page, '/');
			await open(page);
			await page.getByRole('dialog').first().waitFor();
			const found = await judge(page, `${name}-${colorScheme}-${width}.png`);
			if (found.length > 0) problems[name] = found;
			await page.keyboard.press('Escape');
			// Where something was chosen it asks first.
			const discard = page.getByRole('dialog').getByRole('button', { name: 'Discard' });
			if (await discard.isVisible()) await discard.click();
			await page.getByRole('dialog').waitFor({ state: 'detached' });
		}
		expect(problems).toEqual({});
	});
});

const dialogs: ReadonlyArray<readonly [name: string, open: (page: Page) => Promise<void>]> = [
	[
		'dialog-create-agent',
		async (page) => {
			await page.getByRole('button', { name: 'Create an agent' }).click();
			await page.getByRole('radio', { name: /^demo/ }).check();
		},
	],
	['dialog-kill-all', (page) => page.getByRole('button', { name: /^Kill all/ }).click()],
	[
		'dialog-remove',
		async (page) => {
			await page.getByRole('button', { name: 'Actions for waiting' }).click();
			await page.getByRole('menuitem', { name: /^Remove/ }).click();
		},
	],
];

/** What is wrong with a screen, in words. */
async function lookAt(page: Page, { address, words }: SceneScreen, picture: string): Promise<readonly string[]> {
	await goTo(page, address);
	const isShown = await isSeen(page.getByRole('main').getByText(words).first());
	return [...(isShown ? [] : [`does not show ${words}`]), ...(await judge(page, picture))];
}

function isSeen(locator: Locator): Promise<boolean> {
	return locator.waitFor({ timeout: 15_000 }).then(
		() => true,
		() => false,
	);
}

async function judge(page: Page, picture: string): Promise<readonly string[]> {
	if (pictures !== undefined) await page.screenshot({ path: join(pictures, picture), fullPage: true });
	return lookOver(page);
}
