/** The server is killed and booted again while somebody looks at the page: it heals by itself, and loses nothing. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser.ts';
import { allLoaded, connectionLost, goTo, soon, visit } from '../support/page-visit.ts';
import { startServerProcess } from '../support/server-process.ts';

/** The words that the prompts of the tests make an agent say, wherever they stand, in order. */
async function readWords(page: Page): Promise<string[]> {
	const texts = await page.getByRole('article', { name: "Agent's message" }).locator('.markdown').allInnerTexts();
	return texts.flatMap((text) => text.match(/\bword-\w+/g) ?? []);
}

/** A page that is loaded again forgets this. */
async function mark(page: Page): Promise<() => Promise<boolean>> {
	await page.evaluate('globalThis.marked = true');
	return () => page.evaluate('globalThis.marked === true');
}

const words = (name: string, count: number) => Array.from({ length: count }, (_, index) => `word-${name}${index + 1}`);
const saying = (name: string, count: number) =>
	words(name, count)
		.map((word) => `say ${word}`)
		.join('\n');

describeInBrowser('The page while the server is killed and comes back', (browser) => {
	test('heals without being loaded again; the transcript has neither gap nor repetition', {
		timeout: 180_000,
	}, async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('ada');
		const { page, faults } = await visit(browser(), server, { to: `/agents/${id}`, height: 3_000 });
		faults.forgive(connectionLost);
		const isSame = await mark(page);
		const first = await server.ask(id, saying('a', 5));
		await server.settled(first.id);
		await expect.poll(() => readWords(page), soon).toEqual(words('a', 5));

		const cutShort = await server.ask(id, `${saying('b', 5)}\npermission Go on?\n${saying('c', 3)}`, {});
		await page.getByRole('button', { name: /Allow once/ }).waitFor();
		await server.crash();
		await page.getByRole('alert').filter({ hasText: 'Connection lost' }).waitFor();
		expect(await readWords(page)).toEqual([...words('a', 5), ...words('b', 5)]);
		// What is said before the page is back is what it could miss.
		await page.context().setOffline(true);
		await server.boot();
		await server.became(cutShort.id, 'interrupted');
		const unseen = await server.ask(id, saying('d', 5));
		await server.settled(unseen.id);
		expect(await readWords(page)).toEqual([...words('a', 5), ...words('b', 5)]);
		await page.context().setOffline(false);
		await page.getByRole('alert').filter({ hasText: 'Connection lost' }).waitFor({ state: 'detached' });
		const last = await server.ask(id, saying('e', 5));
		await server.settled(last.id);
		const expected = [...words('a', 5), ...words('b', 5), ...words('d', 5), ...words('e', 5)];
		await expect.poll(() => readWords(page), soon).toEqual(expected);
		expect(await isSame()).toBe(true);
		await page.reload();
		await expect.poll(() => readWords(page), soon).toEqual(expected);
	});

	test('shows a fleet that changed meanwhile, whatever screen it was on', async () => {
		const server = await startServerProcess();
		await server.hire('ada');
		const { page, faults } = await visit(browser(), server);
		faults.forgive(connectionLost);
		const isSame = await mark(page);
		await page.getByRole('link', { name: 'ada', exact: true }).waitFor();
		await allLoaded(page);
		await server.crash();
		await page.getByRole('alert').filter({ hasText: 'Connection lost' }).waitFor();
		await goTo(page, '/inbox');
		await server.boot();
		await page.getByRole('heading', { name: 'Inbox' }).waitFor();
		await server.create('grace', { autoStart: false });
		await goTo(page, '/');
		await page.getByRole('link', { name: 'grace', exact: true }).waitFor();
		await page.getByRole('link', { name: 'ada', exact: true }).waitFor();
		await page.getByRole('alert').filter({ hasText: 'Connection lost' }).waitFor({ state: 'detached' });
		expect(await isSame()).toBe(true);
	});
});
