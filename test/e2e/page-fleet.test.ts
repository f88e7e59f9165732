/** The fleet on the page: an empty one, one agent made by hand, and a thousand of them. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser.ts';
import { findOverflow, goTo, soon, visit } from '../support/page-visit.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

/** Agents that are not started, made a handful at a time. */
async function hireMany(server: ServerProcess, count: number): Promise<void> {
	let next = 0;
	async function hire(): Promise<void> {
		while (next < count) {
			const number = next++;
			const labels = { team: number % 10 === 0 ? 'red' : 'blue' };
			await server.create(`agent-${String(number).padStart(4, '0')}`, { autoStart: false, labels });
		}
	}
	await Promise.all(Array.from({ length: 8 }, hire));
}

function countElements(page: Page): Promise<number> {
	return page.evaluate('document.querySelectorAll("*").length');
}

describeInBrowser('The fleet on the page', (browser) => {
	test('that is empty explains itself, and its demo agent works after one click', async () => {
		const server = await startServerProcess();
		const { page } = await visit(browser(), server);
		await page.getByText('No agents yet').waitFor();
		await page.getByRole('button', { name: 'Create the demo agent' }).click();
		await page.getByText('Hello! I am the demo agent.').first().waitFor();
		expect(page.url()).toMatch(/#\/agents\/agt_/);
		await page.getByRole('button', { name: /Allow once/ }).click();
		await page.getByText('That was all.').first().waitFor();
		await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Fleet' }).click();
		await page.getByRole('table', { name: 'Agents' }).getByRole('link', { name: 'demo', exact: true }).waitFor();
		expect(await page.getByText('No agents yet').count()).toBe(0);
	});

	test('takes an agent that is made by hand; what is wrong with it is said where it is', async () => {
		const server = await startServerProcess();
		await server.create('ada', { autoStart: false });
		const { page, faults } = await visit(browser(), server);
		// Browsers say so when a request is refused.
		faults.forgive(/status of 409/);
		await page.getByRole('button', { name: 'Create an agent' }).click();
		const dialog = page.getByRole('dialog', { name: 'Create an agent' });
		await dialog.getByRole('radio', { name: /^demo/ }).check();
		await dialog.getByLabel('Name').fill('ada');
		await dialog.getByLabel('Working directory').fill(server.directory);
		await dialog.getByLabel(/^First prompt/).fill('say made by hand');
		await dialog.getByRole('button', { name: 'Create', exact: true }).click();
		await dialog
			.getByText(/name.*(taken|already|exists)|(taken|already|exists).*name/i)
			.first()
			.waitFor();
		await dialog.getByLabel('Name').fill('grace');
		await dialog.getByRole('button', { name: 'Create', exact: true }).click();
		await dialog.waitFor({ state: 'detached' });
		await expect
			.poll(async () => (await server.api.agents({})).items.map(({ name }) => name).sort(), soon)
			.toEqual(['ada', 'grace']);
		await server.reached((await server.api.agent('grace')).id, 'idle');
	});

	test('asks before it throws away what was typed in a dialog, and only then', async () => {
		const server = await startServerProcess();
		await server.create('ada', { autoStart: false });
		const { page } = await visit(browser(), server);
		const dialog = page.getByRole('dialog', { name: 'Create an agent' });
		const open = () => page.getByRole('button', { name: 'Create an agent' }).click();
		await open();
		await dialog.getByLabel('Name').waitFor();
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
		await open();
		await dialog.getByLabel('Name').fill('grace');
		// A browser lets the second Escape in a row through.
		for (const _ of 'twice') await page.keyboard.press('Escape');
		await dialog.getByRole('button', { name: 'Keep editing' }).click();
		expect(await dialog.getByLabel('Name').inputValue()).toBe('grace');
		await page.mouse.click(3, 300);
		await dialog.getByRole('button', { name: 'Discard' }).click();
		await dialog.waitFor({ state: 'detached' });
	});

	test('shows names as they are written, and fits the longest into a phone', async () => {
		const server = await startServerProcess();
		await server.create('evil\u202egpj.exe', { autoStart: false });
		const { id } = await server.hire('n'.repeat(100));
		await server.ask(id, 'permission Write a file');
		await server.request(id);
		const { page } = await visit(browser(), server, { width: 360, touch: true });
		await page.getByRole('link', { name: 'evil⟨U+202E⟩gpj.exe' }).waitFor();
		expect(await findOverflow(page)).toEqual([]);
		await goTo(page, '/inbox');
		await page.getByRole('button', { name: 'Allow once' }).waitFor();
		expect(await findOverflow(page)).toEqual([]);
	});

	test('starts, stops and kills an agent; a kill wants a reason', async () => {
		const server = await startServerProcess();
		const { id } = await server.create('ada', { autoStart: false });
		const { page } = await visit(browser(), server);
		const act = async (action: RegExp) => {
			await page.getByRole('button', { name: 'Actions for ada' }).click();
			await page.getByRole('menuitem', { name: action }).click();
		};
		await act(/^Start/);
		await server.reached(id, 'idle');
		await page.getByRole('row').filter({ hasText: 'ada' }).getByText(/idle/i).first().waitFor();
		await act(/^Kill/);
		const dialog = page.getByRole('dialog', { name: 'Kill ada?' });
		await dialog.getByRole('textbox').fill('It went astray.');
		await dialog.getByRole('button', { name: 'Kill it' }).click();
		await dialog.waitFor({ state: 'detached' });
		await server.reached(id, 'stopped');
		const { items } = await server.api.http.request<{ items: ReadonlyArray<{ readonly detail: unknown }> }>(
			'GET',
			'/audit',
		);
		expect(JSON.stringify(items)).toContain('It went astray.');
	});

	test('of a thousand agents is searched and filtered, and only what is in sight is drawn', {
		timeout: 240_000,
	}, async () => {
		const server = await startServerProcess({ sqliteSynchronous: 'NORMAL' });
		await hireMany(server, 1_000);
		const { page } = await visit(browser(), server);
		await page.getByRole('button', { name: /^All 1,?000$/ }).waitFor();
		expect(await countElements(page)).toBeLessThan(3_000);
		const search = page.getByRole('searchbox', { name: 'Search agents' });
		const names = () =>
			page
				.getByRole('table', { name: 'Agents' })
				.getByRole('link', { name: /^agent-/ })
				.allTextContents();
		await search.fill('agent-0777');
		await expect.poll(names, soon).toEqual(['agent-0777']);
		await search.fill('team=red 055');
		await expect.poll(names, soon).toEqual(['agent-0550']);
		await search.fill('no such agent');
		await expect.poll(names, soon).toEqual([]);
		await search.fill('');
		await page.getByLabel('Sort').selectOption({ label: 'Name' });
		await expect.poll(async () => (await names())[0], soon).toBe('agent-0000');
		await page.getByRole('link', { name: 'agent-0000' }).focus();
		await page.keyboard.press('End');
		await page.getByRole('link', { name: 'agent-0999' }).waitFor();
		expect(await countElements(page)).toBeLessThan(3_000);
		await server.api.patchAgent('agent-0999', { name: 'the last' });
		await page.getByRole('link', { name: 'the last' }).waitFor();
		await page.setViewportSize({ width: 360, height: 640 });
		await page.getByRole('row').nth(3).waitFor();
		expect(await findOverflow(page)).toEqual([]);
		expect(await countElements(page)).toBeLessThan(3_000);
	});
});
