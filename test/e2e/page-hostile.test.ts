/** Agents are not trusted: whatever one writes, the page shows it, does none of it, and stays of use. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser.ts';
import { hostileDriver, mischiefs, ownedTitle } from '../support/hostile-text.ts';
import { findOverflow, goTo, soon, visit } from '../support/page-visit.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const name = `<img src=x onerror="document.title='${ownedTitle}'">`;

async function hireHostile(server: ServerProcess): Promise<string> {
	const { id } = await server.create(name, { driver: hostileDriver, labels: { [name]: name } });
	await server.reached(id, 'idle');
	return id;
}

/** What stands on the page that no text of an agent may become. */
function findIntruders(page: Page): Promise<readonly string[]> {
	return page.evaluate(`(() => {
		const forbidden = 'script:not([src^="/assets/"]), iframe, object, embed, base, style, meta[http-equiv], img:not([src^="/"]):not([src^="data:"])';
		const found = [...document.querySelectorAll(forbidden)].map((element) => element.outerHTML);
		for (const element of document.querySelectorAll('*'))
			for (const { name } of element.attributes) if (name.startsWith('on')) found.push(element.outerHTML);
		for (const link of document.querySelectorAll('a[href]')) {
			const isOwn = link.origin === location.origin && (link.pathname === '/' || link.pathname === '/inspect');
			const isElsewhere = /^(https?|mailto):/.test(link.href) && link.origin !== location.origin;
			if (!isOwn && !(isElsewhere && link.target === '_blank' && link.rel.includes('noopener'))) found.push(link.outerHTML);
		}
		return found.map((html) => html.slice(0, 300));
	})()`);
}

/** Where characters stand that turn the reading order around, that nobody sees, or that terminals alone read. */
function findUnseen(page: Page): Promise<readonly string[]> {
	return page.evaluate(String.raw`(() => {
		const unseen = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u;
		const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		const found = [];
		while (texts.nextNode()) {
			const { data, parentElement } = texts.currentNode;
			const [character] = unseen.exec(data) ?? [];
			if (character) found.push('U+' + character.codePointAt(0).toString(16) + ' in ' + parentElement.outerHTML.slice(0, 80));
		}
		return found;
	})()`);
}

async function expectHarmless(page: Page, what: string): Promise<void> {
	expect(await findIntruders(page), `${what}: intruders`).toEqual([]);
	expect(await findUnseen(page), `${what}: characters nobody sees`).toEqual([]);
	expect(await findOverflow(page), `${what}: wider than the window`).toEqual([]);
	expect(await page.title(), what).not.toBe(ownedTitle);
	expect(await page.evaluate('document.querySelectorAll("*").length'), `${what}: elements`).toBeLessThan(20_000);
}

/** Opens whatever is folded, for what is inside is drawn only then. */
async function unfoldAll(page: Page): Promise<void> {
	const folded = page.getByRole('main').locator('details:not([open]) > summary, button[aria-expanded="false"]');
	for (let count = await folded.count(); count > 0; count = await folded.count()) await folded.first().click();
}

describeInBrowser('A hostile agent on the page', (browser) => {
	test.each(mischiefs)('with %s does no harm, unfolded as well', async (mischief) => {
		const server = await startServerProcess();
		const id = await hireHostile(server);
		const { page } = await visit(browser(), server, { to: `/agents/${id}` });
		page.on('dialog', (dialog) => expect.fail(`a dialog: ${dialog.message()}`));
		const prompt = await server.ask(id, mischief);
		expect((await server.settled(prompt.id)).status).toBe('finished');
		await page.getByRole('article', { name: "Agent's message" }).first().waitFor();
		await expectHarmless(page, 'its transcript');
		await unfoldAll(page);
		await expectHarmless(page, 'its transcript, unfolded');
		const next = page.getByRole('textbox', { name: 'Prompt' });
		await next.fill('nothing more');
		await next.press('Enter');
		await expect.poll(() => next.inputValue(), soon).toBe('');
	});

	test('that tries everything harms no other screen, and what it asks is answered', async () => {
		const server = await startServerProcess();
		const id = await hireHostile(server);
		const { page } = await visit(browser(), server);
		await server.ask(id, 'everything');
		await server.request(id);
		await page.getByRole('link', { name }).waitFor();
		await expectHarmless(page, 'the fleet');
		await page.setViewportSize({ width: 360, height: 640 });
		await expectHarmless(page, 'the fleet on a phone');
		await goTo(page, '/inbox');
		const refuse = page.getByRole('button', { name: /No$/ });
		await refuse.waitFor();
		await unfoldAll(page);
		await expectHarmless(page, 'the inbox on a phone');
		await page.reload();
		await goTo(page, `/agents/${id}`);
		await page.getByRole('article', { name: "Agent's message" }).first().waitFor();
		await expectHarmless(page, 'its own screen on a phone');
		await goTo(page, '/inbox');
		await refuse.click();
		const answer = page.getByRole('main').getByRole('textbox').first();
		await answer.waitFor();
		await unfoldAll(page);
		await expectHarmless(page, 'a question on a phone');
		await answer.fill('nothing');
		await page.getByRole('button', { name: 'Send the answer' }).click();
		await server.reached(id, 'idle');
	});
});
