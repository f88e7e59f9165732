/** One agent on the page: prompts, what it answers, what it asks; by mouse, and by keyboard alone. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser.ts';
import { goTo, soon, visit } from '../support/page-visit.ts';
import { startServerProcess } from '../support/server-process.ts';

/** What the agent said, from top to bottom. */
async function readSayings(page: Page): Promise<string[]> {
	const messages = await page.getByRole('article', { name: "Agent's message" }).locator('.markdown').allInnerTexts();
	return messages.flatMap((text) => text.split('\n')).filter(Boolean);
}

/** Presses Tab until what has the focus is called this. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
	const seen: string[] = [];
	for (let presses = 0; presses < 80; presses++) {
		const focused: string = await page.evaluate(`(() => {
			const { activeElement: element } = document;
			const label = element.labels?.[0]?.textContent ?? element.textContent;
			return (element.getAttribute('aria-label') ?? label ?? '').trim();
		})()`);
		if (name.test(focused)) return;
		seen.push(focused);
		await page.keyboard.press('Tab');
	}
	throw new Error(`Nothing called ${name} can be reached: ${seen.join(' | ')}`);
}

describeInBrowser('An agent on the page', (browser) => {
	test('takes prompts, shows what it says as it says it, and those that wait', async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('ada');
		const { page } = await visit(browser(), server, { to: `/agents/${id}` });
		await page.getByRole('heading', { name: 'ada', level: 1 }).waitFor();
		const prompt = page.getByRole('textbox', { name: 'Prompt' });
		await prompt.fill('say begun; permission Go on?; say over');
		await prompt.press('Enter');
		await expect.poll(() => readSayings(page), soon).toEqual(['begun']);
		expect(await prompt.inputValue()).toBe('');
		await prompt.fill('say the second');
		await page.getByRole('button', { name: 'Queue' }).click();
		await page
			.getByRole('region', { name: 'Prompts that wait' })
			.getByText('say the second', { exact: true })
			.waitFor();
		await expect.poll(() => page.title(), soon).toMatch(/^\(1\) /);
		await page.getByRole('button', { name: /Allow once/ }).click();
		await expect.poll(() => readSayings(page), soon).toEqual(['begun', 'Go on?: allowed', 'over', 'the second']);
		expect(await page.title()).not.toMatch(/^\(/);
		const { items } = await server.api.http.request<{ items: ReadonlyArray<{ status: string }> }>(
			'GET',
			`/agents/${id}/prompts`,
		);
		expect(items.map(({ status }) => status)).toEqual(['finished', 'finished']);
	});

	test('asks in the inbox, and is answered there; what others answer goes from sight', async () => {
		const server = await startServerProcess();
		const ada = await server.hire('ada');
		const grace = await server.hire('grace');
		const { page } = await visit(browser(), server, { to: '/inbox' });
		await server.ask(ada.id, 'permission Delete it all');
		await server.ask(grace.id, 'permission Mend it all');
		await page.getByText('Delete it all').first().waitFor();
		await page.getByText('Mend it all').first().waitFor();
		await expect.poll(() => page.title(), soon).toMatch(/^\(2\) /);
		const { id } = await server.request(grace.id);
		await server.api.answer(id, { optionId: 'allow' });
		await expect.poll(() => page.getByRole('main').getByText('Mend it all').count(), soon).toBe(0);
		await page.getByRole('button', { name: /Reject/ }).click();
		await expect.poll(() => page.getByRole('main').getByText('Delete it all').count(), soon).toBe(0);
		await expect.poll(() => page.title(), soon).not.toMatch(/^\(/);
		await server.reached(ada.id, 'idle');
		await goTo(page, `/agents/${ada.id}`);
		await expect.poll(() => readSayings(page), soon).toEqual(['Delete it all: rejected']);
	});

	test('is made, prompted and answered by keyboard alone', async () => {
		const server = await startServerProcess();
		const { page } = await visit(browser(), server);
		await page.getByText('No agents yet').waitFor();
		await tabTo(page, /^Create an agent$/);
		await page.keyboard.press('Enter');
		await page.getByRole('dialog', { name: 'Create an agent' }).getByRole('radio').first().waitFor();
		await tabTo(page, /^demo/);
		await page.keyboard.press('Space');
		await tabTo(page, /^Working directory/);
		await page.keyboard.press('Control+A');
		await page.keyboard.type(server.directory);
		await tabTo(page, /^Create$/);
		await page.keyboard.press('Enter');
		await page.getByRole('dialog').waitFor({ state: 'detached' });
		const [agent] = (await server.api.agents({})).items;
		expect(agent?.name).toBe('demo');
		const link = page.getByRole('link', { name: 'demo', exact: true });
		if ((await link.count()) > 0) {
			await tabTo(page, /^demo$/);
			await page.keyboard.press('Enter');
		}
		await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
		await tabTo(page, /^Prompt$/);
		await page.keyboard.type('permission Go on?');
		await page.keyboard.press('Enter');
		await page.getByRole('button', { name: /Allow once/ }).waitFor();
		await tabTo(page, /^\d?\s?Allow once$/);
		await page.keyboard.press('Enter');
		await expect.poll(() => readSayings(page), soon).toEqual(['Go on?: allowed']);
	});
});
