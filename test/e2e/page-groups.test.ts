/** Groups on the page: made, watched, let go on after they rested, changed, dissolved; and what an agent belongs to. */

import { expect, test } from 'vitest';
import type { Group } from '../../src/dashboard/store/resources.ts';
import { describeInBrowser } from '../support/browser.ts';
import { expectFitForAll } from '../support/page-dresses.ts';
import { goTo, soon, visit } from '../support/page-visit.ts';
import { startServerProcess } from '../support/server-process.ts';

describeInBrowser('Groups on the page', (browser) => {
	test('are made of agents in their order, rest when members fail too often, go on, and are dissolved', async () => {
		const server = await startServerProcess();
		const ada = await server.hire('ada');
		const bob = await server.hire('bob');
		const { page } = await visit(browser(), server, { to: '/groups' });
		const groups = async () => (await server.api.http.request<{ items: Group[] }>('GET', '/groups')).items;
		await page.getByText('No groups yet').waitFor();
		await page.getByRole('button', { name: 'New group' }).first().click();
		const form = page.getByRole('dialog', { name: 'New group' });
		await form.getByRole('button', { name: 'Create' }).click();
		await form.getByText('Give it a name.').waitFor();
		await form.getByText('Choose at least one agent.').waitFor();
		await form.getByLabel('Name').fill('crew/7');
		await form.getByRole('button', { name: 'Create' }).click();
		await form.getByText('Without slashes.').waitFor();
		await form.getByLabel('Name').fill('the <crew>');
		await form.getByLabel('When a member fails').selectOption('rest_for_one');
		await form.getByLabel('Add a member').selectOption(ada.id);
		await form.getByLabel('Add a member').selectOption(bob.id);
		await form.getByRole('button', { name: 'Move bob up' }).click();
		await form.getByText('Limits').click();
		await form.getByLabel('Restarts').fill('0');
		await expectFitForAll(page, 'group-form');
		await form.getByRole('button', { name: 'Create' }).click();
		const card = page.getByRole('article', { name: 'the <crew>' });
		await card.getByText('watching').waitFor();
		expect(await groups()).toMatchObject([
			{ strategy: 'rest_for_one', members: [{ id: bob.id }, { id: ada.id }], maxRestarts: 0 },
		]);
		expect(await card.getByRole('link').allInnerTexts()).toEqual(['bob', 'ada']);

		// A member dies; one restart is more than the group allows.
		await server.ask(bob.id, 'crash');
		await card.getByText('resting').waitFor();
		await card.getByText('failed too often').waitFor();
		await expectFitForAll(page, 'groups');
		await card.getByRole('button', { name: 'Let it go on' }).click();
		await card.getByText('watching').waitFor();

		// Changed; what an agent belongs to is said on its own screen.
		await card.getByRole('button', { name: 'Change…' }).click();
		const change = page.getByRole('dialog', { name: 'Change the <crew>' });
		await change.getByRole('button', { name: 'Remove ada' }).click();
		await change.getByLabel('Name').fill('alone');
		await change.getByRole('button', { name: 'Save' }).click();
		const alone = page.getByRole('article', { name: 'alone' });
		await alone.waitFor();
		expect(await groups()).toMatchObject([{ name: 'alone', members: [{ id: bob.id }] }]);
		await server.post('/workflows', { name: 'rule', agent: bob.id, trigger: { type: 'manual' }, template: 'say hi' });
		await server.post('/supervisors', { agent: bob.id, mission: 'say Sail' });
		await goTo(page, `/agents/${bob.id}`);
		const ties = page.locator('.agent-ties');
		await expect.poll(() => ties.innerText(), soon).toBe('Mission: say Sail · Workflow: rule · Group: alone');
		await expectFitForAll(page, 'agent-ties');
		await ties.getByRole('link', { name: 'alone' }).click();

		await alone.getByRole('button', { name: 'Dissolve…' }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Dissolve it' }).click();
		await page.getByText('No groups yet').waitFor();
		expect(await groups()).toEqual([]);
		expect((await server.api.agent(bob.id)).executionState).not.toBe('stopped');
	});
});
