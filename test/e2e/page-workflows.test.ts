/** Workflows on the page: made of every kind of trigger, previewed, fed, retried, switched, changed, removed; and queues. */

import { createHmac } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser.ts';
import { hostileText, ownedTitle } from '../support/hostile-text.ts';
import { expectFitForAll } from '../support/page-dresses.ts';
import { tabTo } from '../support/page-keyboard.ts';
import { goTo, soon, visit } from '../support/page-visit.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { createWorkflowDesk } from '../support/workflow-desk.ts';

const button = (page: Page | Locator, name: string | RegExp) => page.getByRole('button', { name, exact: true });

/** The form for a new one, with a name. */
async function openForm(page: Page, name: string): Promise<Locator> {
	await goTo(page, '/workflows');
	await page.getByRole('button', { name: 'New workflow' }).first().click();
	const form = page.getByRole('dialog', { name: 'New workflow' });
	await form.getByLabel('Name').fill(name);
	return form;
}

/** Resolves with the workflow as the API answers it. */
async function make(page: Page, form: Locator, server: ServerProcess): Promise<{ id: string; trigger: unknown }> {
	await button(form, 'Create').click();
	await form.waitFor({ state: 'detached' });
	await page.getByRole('tab', { name: 'Dispatches' }).waitFor();
	const id = page.url().split('/').at(-1) ?? '';
	return server.api.http.request('GET', `/workflows/${id}`);
}

describeInBrowser('Workflows on the page', (browser) => {
	test('are made by the form, whatever sets them off; a secret is shown to nobody and kept', async () => {
		const server = await startServerProcess();
		const desk = createWorkflowDesk(server);
		await server.hire('ada');
		const { page, faults } = await visit(browser(), server, { to: '/workflows' });
		faults.forgive(/status of 400 .*\/workflows/);
		await page.getByText('No workflows yet').waitFor();

		const byClock = await openForm(page, '');
		await byClock.getByLabel('Trigger').selectOption('cron');
		await byClock.getByLabel('Cron expression').fill('');
		await button(byClock, 'Create').click();
		await byClock.getByText('Give it a name.').waitFor();
		await byClock.getByText('Needed.').waitFor();
		await byClock.getByLabel('Name').fill('every morning');
		await byClock.getByLabel('Cron expression').fill('61 9 * * *');
		await button(byClock, 'Create').click();
		await byClock.locator('.field-problem', { hasText: 'Not a cron expression' }).waitFor();
		await byClock.getByLabel('Cron expression').fill('0 9 * * 1-5');
		await byClock.getByLabel('Time zone').fill('Europe/Berlin');
		await byClock.getByText(/Next runs: .*09:00.*09:00.*09:00 \(Europe\/Berlin\)/).waitFor();
		expect(await byClock.locator('.field-problem').count()).toBe(0);
		await expectFitForAll(page, 'workflow-form');
		const { trigger: cron } = await make(page, byClock, server);
		expect(cron).toEqual({ type: 'cron', expression: '0 9 * * 1-5', timeZone: 'Europe/Berlin' });

		const byQueue = await openForm(page, 'from the queue');
		await byQueue.getByLabel('Trigger').selectOption('queue');
		await byQueue.getByLabel('Queue', { exact: true }).fill('bugs');
		expect((await make(page, byQueue, server)).trigger).toEqual({ type: 'queue', queue: 'bugs' });

		const together = await openForm(page, 'together');
		await together.getByLabel('Trigger').selectOption('composite');
		await together.getByLabel('As JSON').fill('{ "type": "composite", ');
		await button(together, 'Create').click();
		await together.getByText('This is not valid JSON.').waitFor();
		const composite = {
			type: 'composite',
			mode: 'all',
			triggers: [
				{ type: 'cron', expression: '0 0 * * *' },
				{ type: 'agent_idle', seconds: 600 },
			],
		};
		await together.getByLabel('As JSON').fill(JSON.stringify(composite));
		expect((await make(page, together, server)).trigger).toEqual(composite);

		const posted = await openForm(page, 'posted');
		await posted.getByLabel('Trigger').selectOption('webhook');
		await posted.getByLabel('Secret').fill('a-secret-of-mine');
		expect(await posted.getByLabel('Secret').getAttribute('type')).toBe('password');
		const webhook = await make(page, posted, server);
		expect(webhook.trigger).toMatchObject({ type: 'webhook', secret: '***' });
		const address = `${server.url}/webhooks/${webhook.id}`;
		await page.getByText(address, { exact: true }).waitFor();
		await page.getByText('X-Statecraft-Signature').waitFor();
		// Saved again, the secret is what it was: what is signed with it is let in.
		await page.getByRole('tab', { name: 'Trigger and template' }).click();
		expect(await page.getByLabel('Secret').inputValue()).toBe('***');
		await page.getByLabel('Attempts').fill('5');
		await button(page, 'Save').click();
		await page.getByText('posted is saved').waitFor();
		expect(await page.getByText('Somebody has changed it meanwhile').count()).toBe(0);
		const body = JSON.stringify({ title: 'It was posted' });
		const signature = `sha256=${createHmac('sha256', 'a-secret-of-mine').update(body).digest('hex')}`;
		const headers = { 'content-type': 'application/json', 'x-statecraft-signature': signature };
		const answer = await fetch(address, { method: 'POST', body, headers });
		expect(answer.status).toBe(202);
		const [arrived] = await desk.dispatches(webhook.id);
		expect(arrived?.status).not.toBe('failed');
		expect(await page.content()).not.toContain('a-secret-of-mine');

		// All of them, in the list.
		await goTo(page, '/workflows');
		for (const words of ['schedule 0 9 * * 1-5 (Europe/Berlin)', 'queue bugs', 'all of 2 triggers', 'webhook'])
			await page.locator('.workflow-card').getByText(words, { exact: true }).waitFor();
		await expectFitForAll(page, 'workflows');
	});

	test('show what their template makes of an item, and where it is wrong', async () => {
		const server = await startServerProcess();
		await server.hire('ada');
		const { page, faults } = await visit(browser(), server, { to: '/workflows' });
		faults.forgive(/status of 4\d\d .*\/workflows\/preview/);
		const form = await openForm(page, 'triage');
		const preview = form.getByRole('region', { name: 'Preview' });
		await form.getByLabel('Template').fill('say {{ item.title | upcase }} for {{ agent.name }} by {{ workflow.name }}');
		await preview.getByText('say IT CRASHES ON START for ada by triage').waitFor();
		await preview
			.getByLabel('Example title')
			.fill(`<img src=x onerror="document.title='${ownedTitle}'"> {{ agent.name }}`);
		await preview.getByText(/<IMG SRC=X ONERROR=.* \{\{ AGENT\.NAME \}\} for ada/).waitFor();
		await form.getByLabel('Template').fill('say one\n{% if item.title %}\nsay two');
		await form.locator('.field-problem', { hasText: 'Line 2' }).waitFor();
		await expectFitForAll(page, 'workflow-template-error');
		await form.getByLabel('Template').fill('say one');
		await preview.getByText('say one', { exact: true }).waitFor();
		await preview.getByRole('alert').waitFor({ state: 'detached' });
		expect(await page.title()).not.toContain(ownedTitle);
	});

	test('take items, show their dispatches as they go, and send a failed one again', async () => {
		const server = await startServerProcess();
		const desk = createWorkflowDesk(server);
		const ada = await server.hire('ada');
		const { id } = await desk.standing(ada.id, { retry: { maxAttempts: 1 } });
		const { page } = await visit(browser(), server, { to: `/workflows/${id}` });
		await page.getByText('Nothing was dispatched yet').waitFor();
		await button(page, 'Hand in an item…').click();
		const dialog = page.getByRole('dialog', { name: 'Hand in an item' });
		await dialog.getByLabel('Title').fill('The first <b>item</b>');
		await dialog.getByLabel('Body').fill('permission Go on?');
		await button(dialog, 'Hand it in').click();
		const rows = page.locator('.dispatches > li');
		await rows.getByText('dispatched').waitFor();
		await rows.getByText('The first <b>item</b>').click();
		await rows.getByText('what the agent was sent').click();
		await rows.locator('.disclosure-content .disclosure-content pre').getByText('permission Go on?').waitFor();
		await expectFitForAll(page, 'workflow-dispatch');
		await rows.getByRole('link', { name: 'What ada did' }).click();
		await page.getByRole('button', { name: /Allow once/ }).click();
		await page.goBack();
		await rows.getByText('completed').waitFor();

		// One whose agent dies in its turn fails, for it has one attempt; it is sent again by hand.
		await desk.trigger(id, { title: hostileText('direction'), body: 'crash' });
		const failed = rows.filter({ hasText: 'rm -rf' });
		await failed
			.getByText(/^(failed|interrupted)$/)
			.first()
			.waitFor();
		await server.reachedAgain(ada.id, 'idle', 2);
		await failed.locator('summary').first().click();
		await expectFitForAll(page, 'workflow-failed');
		await button(failed, 'Send it again').click();
		await page.getByText('It waits for its turn again').waitFor();
		await expect.poll(async () => (await desk.dispatches(id)).at(-1)?.attempts, soon).toBe(2);
	});

	test('are switched off and on, not overwritten by who looked away, and removed', async () => {
		const server = await startServerProcess();
		const desk = createWorkflowDesk(server);
		const ada = await server.hire('ada');
		const { id } = await desk.standing(ada.id);
		const { page, faults } = await visit(browser(), server, { to: `/workflows/${id}?tab=edit` });
		faults.forgive(/status of 409/);
		await button(page, 'Disable').click();
		await page.getByText('disabled', { exact: true }).waitFor();
		expect(await button(page, 'Hand in an item…').count()).toBe(0);
		expect(await desk.workflow(id)).toMatchObject({ enabled: false });
		await button(page, 'Enable').click();
		await button(page, 'Hand in an item…').waitFor();

		// Somebody else changes it while it is edited here.
		await page.reload();
		await page.getByLabel('Name').fill('mine');
		const { version } = await desk.workflow(id);
		await server.api.http.request('PUT', `/workflows/${id}`, {
			body: { name: 'theirs', agent: ada.id, trigger: { type: 'manual' }, template: 'say theirs' },
			headers: { 'If-Match': `"${version}"` },
		});
		await page.getByText('Somebody has changed it meanwhile').waitFor();
		await button(page, 'Save').click();
		await page.getByRole('alert').filter({ hasText: 'was faster' }).waitFor();
		expect(await desk.workflow(id)).toMatchObject({ name: 'theirs' });
		await expectFitForAll(page, 'workflow-stale');
		await button(page, 'Begin from what it is now').click();
		expect(await page.getByLabel('Name').inputValue()).toBe('theirs');
		expect(await page.getByRole('textbox', { name: 'Template' }).inputValue()).toBe('say theirs');
		await page.getByLabel('Name').fill('ours');
		await button(page, 'Save').click();
		await page.getByRole('heading', { name: 'ours', level: 1 }).waitFor();
		await page.getByLabel('Name').fill('ours again');
		await button(page, 'Save').click();
		await page.getByRole('heading', { name: 'ours again', level: 1 }).waitFor();

		await button(page, 'Remove…').click();
		await button(page.getByRole('dialog', { name: 'Remove ours again?' }), 'Remove it').click();
		await page.getByText('No workflows yet').waitFor();
		await goTo(page, `/workflows/${id}`);
		await page.getByText('There is no such workflow').waitFor();
	});

	test('take what is in queues, which are shown with their items', async () => {
		const server = await startServerProcess();
		const desk = createWorkflowDesk(server);
		const ada = await server.hire('ada');
		const { page } = await visit(browser(), server, { to: '/workflows' });
		const queues = page.getByRole('region', { name: 'Queues' });
		await queues.getByText('None yet').waitFor();
		await button(queues, 'Hand in an item…').click();
		const dialog = page.getByRole('dialog', { name: 'Hand in an item' });
		await button(dialog, 'Hand it in').click();
		await dialog.getByText('Name the queue.').waitFor();
		await dialog.getByLabel('Queue').fill('bugs');
		await dialog.getByLabel('Title').fill('It crashes');
		await dialog.getByLabel('Body').fill('permission Go on?');
		await button(dialog, 'Hand it in').click();
		await queues.getByText('1 waiting').waitFor();
		await queues.getByText('bugs', { exact: true }).click();
		await queues.getByText('No workflow takes its items').waitFor();
		await queues.getByText('It crashes').waitFor();

		// A workflow comes that takes it; others put in more.
		const { id } = await desk.standing(ada.id, { name: 'mender', trigger: { type: 'queue', queue: 'bugs' } });
		await queues.getByRole('link', { name: 'mender' }).waitFor();
		await queues.getByText('1 under way').waitFor();
		await server.post('/queues/bugs', { title: 'It crashes again', body: 'say mended' });
		await queues.getByText('1 waiting, 1 under way').waitFor();
		await queues.getByText('It crashes again').waitFor();
		await expectFitForAll(page, 'queues');
		const { id: request } = await server.request(ada.id);
		await server.api.answer(request, { optionId: 'allow' });
		await queues.getByText('2 done').waitFor();
		expect((await desk.dispatches(id)).map(({ status }) => status)).toEqual(['completed', 'completed']);
	});

	test('are made and fed by keyboard alone', async () => {
		const server = await startServerProcess();
		const desk = createWorkflowDesk(server);
		await server.hire('ada');
		const { page } = await visit(browser(), server, { to: '/workflows' });
		await tabTo(page, /^New workflow$/);
		await page.keyboard.press('Enter');
		await page.getByRole('dialog').waitFor();
		await tabTo(page, /^Name$/);
		await page.keyboard.type('by keys');
		await tabTo(page, /^Template$/);
		await page.keyboard.press('Control+A');
		await page.keyboard.type('say did {{ item.title }}');
		await tabTo(page, /^Create$/);
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { name: 'by keys', level: 1 }).waitFor();
		await tabTo(page, /^Hand in an item…$/);
		await page.keyboard.press('Enter');
		await page.getByRole('dialog').waitFor();
		await page.keyboard.type('this');
		await page.keyboard.press('Enter');
		await page.locator('.dispatches').getByText('completed').waitFor();
		const id = page.url().split('/').at(-1) ?? '';
		expect((await desk.dispatches(id)).map(({ title }) => title)).toEqual(['this']);
	});
});
