/** Who may look at the page: with the address that is printed, a typed token, a wrong one, one that is revoked. */

import { expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser.ts';
import { connectionLost, goTo, lookOver, visit } from '../support/page-visit.ts';
import { startServerProcess } from '../support/server-process.ts';

describeInBrowser('The token of the page', (browser) => {
	test('comes with the printed address, leaves it at once, and is remembered', async () => {
		const server = await startServerProcess();
		const { page } = await visit(browser(), server);
		expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Fleet');
		expect(page.url()).toBe(`${server.url}/#/`);
		await page.reload();
		await page.getByRole('heading', { name: 'Fleet' }).waitFor();
		const again = await page.context().newPage();
		await again.goto('/#/inbox');
		await again.getByRole('heading', { name: 'Inbox' }).waitFor();
		await page.goBack();
		expect(page.url()).toBe('about:blank');
	});

	test.each(['light', 'dark'] as const)(
		'is asked for where there is none, and may be typed; %s',
		async (colorScheme) => {
			const server = await startServerProcess();
			const { page } = await visit(browser(), server, { token: null, to: '/inbox', width: 360, colorScheme });
			expect(await lookOver(page)).toEqual([]);
			// The field has the focus already.
			await page.keyboard.press('Enter');
			await page.getByText('There is no token in what was typed').waitFor();
			await page
				.getByRole('textbox', { name: /token/i })
				.or(page.getByLabel(/^Token/))
				.first()
				.fill(server.token);
			await page.keyboard.press('Enter');
			await page.getByRole('heading', { name: 'Inbox' }).waitFor();
		},
	);

	test('that may only read is told so, and is offered nothing else', async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('ada');
		await server.ask(id, 'permission Write a file');
		await server.request(id);
		const { token } = await server.post<{ token: string }>('/tokens', { name: 'eve', scopes: ['read'] });
		const { page } = await visit(browser(), server, { token });
		await page.getByText('This token may only look.').waitFor();
		expect(await page.getByRole('button', { name: 'Create an agent' }).isDisabled()).toBe(true);
		expect(await page.getByRole('button', { name: /^Actions for/ }).count()).toBe(0);
		await goTo(page, '/inbox');
		const allow = page.getByRole('button', { name: /Allow once/ });
		await allow.waitFor();
		expect(await allow.isDisabled()).toBe(true);
		expect(await lookOver(page)).toEqual([]);
	});

	test('is asked for again when the server does not know it', async () => {
		const server = await startServerProcess();
		const { page } = await visit(browser(), server, { token: 'not-the-token' });
		await page.getByRole('alert').filter({ hasText: 'does not know this token' }).waitFor();
		await page.getByLabel(/^Token/).fill(`${server.url}/#token=${server.token}`);
		await page.getByRole('button', { name: 'Open' }).click();
		await page.getByRole('heading', { name: 'Fleet' }).waitFor();
	});

	test('is asked for again once it was revoked, and the page goes on where it was', async () => {
		const server = await startServerProcess();
		const { id, token } = await server.post<{ id: string; token: string }>('/tokens', {
			name: 'eve',
			scopes: ['read'],
		});
		const { page, faults } = await visit(browser(), server, { token, to: '/inbox' });
		faults.forgive(connectionLost);
		await page.getByRole('heading', { name: 'Inbox' }).waitFor();
		await server.api.http.request('DELETE', `/tokens/${id}`);
		await server.crash();
		await server.boot();
		await page.getByRole('alert').filter({ hasText: 'does not know this token' }).waitFor();
		expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain(token);
		await page.getByLabel(/^Token/).fill(server.token);
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { name: 'Inbox' }).waitFor();
	});
});
