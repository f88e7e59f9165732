/** Missions on the page: begun, followed, answered, taken up again after a crash, handed on, given up. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser.ts';
import { createGitRepository } from '../support/git-repository.ts';
import { createMissionDesk } from '../support/mission-desk.ts';
import { expectFitForAll } from '../support/page-dresses.ts';
import { tabTo } from '../support/page-keyboard.ts';
import { connectionLost, goTo, soon, visit } from '../support/page-visit.ts';
import { startServerProcess } from '../support/server-process.ts';
import { createTaskDesk } from '../support/task-desk.ts';

const question = {
	question: 'Which greeting comes first?',
	choices: ['the polite one', 'the world'],
	context: 'Both fit.',
};

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

describeInBrowser('Missions on the page', (browser) => {
	test('are begun, followed with their tasks, and answered, though the server is killed in between', {
		timeout: 180_000,
	}, async () => {
		const server = await startServerProcess();
		const repository = createGitRepository({ 'greeting.txt': 'Hello\n' });
		const desk = createMissionDesk(server);
		const tasks = createTaskDesk(server);
		const lead = await server.hire('lead');
		await server.hire('ada');
		const { page, faults } = await visit(browser(), server, { to: '/supervisors' });
		faults.forgive(connectionLost);
		await page.getByText('No missions yet').waitFor();
		await page.getByRole('button', { name: 'New mission' }).first().click();
		const form = page.getByRole('dialog', { name: 'New mission' });
		await form.getByLabel('Agent').selectOption(lead.id);
		await form.getByRole('button', { name: 'Begin it' }).click();
		await form.getByText('Say what is to be achieved.').waitFor();
		const spawn = { description: 'permission Greet the world', agent: 'ada', repository: repository.path };
		const mission = [
			'say Greet <b>everybody</b>',
			`call spawn_task ${JSON.stringify(spawn)}`,
			'call report_progress {"progress":40,"activity":"Greeting is under way"}',
			`call ask_human ${JSON.stringify(question)}`,
		].join('\n');
		await form.getByLabel('Mission').fill(mission);
		await expectFitForAll(page, 'mission-form');
		await form.getByRole('button', { name: 'Begin it' }).click();

		// What its agent does is seen as it happens.
		await page.getByRole('heading', { name: 'say Greet <b>everybody</b>', level: 1 }).waitFor();
		await page.getByText('40 %').waitFor();
		await page.getByText('0 of 1 task merged').waitFor();
		await page.locator('.task-card', { hasText: 'Greet the world' }).getByText('working').waitFor();
		const asked = page.locator('section', { has: page.getByRole('heading', { name: 'It asks you' }) });
		await asked.getByText(question.question).first().waitFor();
		await asked.getByText('Both fit.').waitFor();
		await expectFitForAll(page, 'mission-asks');
		const id = page.url().split('/').at(-1) ?? '';

		// The server is killed, and boots again; the page was open all the time.
		await server.crash();
		await page.getByRole('alert').filter({ hasText: 'Connection lost' }).waitFor();
		await asked.getByText(question.question).first().waitFor();
		await server.boot();
		await page.getByText('because Statecraft was restarted').waitFor();
		await page.getByText('1 time', { exact: true }).waitFor();
		await asked.getByText(question.question).first().waitFor();
		await asked.getByRole('button', { name: /the polite one/ }).click();
		await desk.told(lead.id, 'Answer: the polite one');
		await asked.waitFor({ state: 'detached' });

		// Its task comes to be reviewed, and is; the mission's screen tells.
		const [taskId = ''] = (await server.api.supervisor(id)).spawnedTaskIds;
		const task = await tasks.became(taskId, 'working.following');
		repository.commit({ 'greeting.txt': 'Hello, world\n' }, task.worktree);
		const { items } = await server.api.requests({ status: 'open' });
		for (const { id: request } of items) await server.api.answer(request, { optionId: 'allow' });
		await page.getByText('1 for you to look at').waitFor();
		await page.locator('.task-card', { hasText: 'Greet the world' }).click();
		await button(page, 'Approve').click();
		await button(page, 'Merge').click();
		await page.getByText('Merged as').waitFor();
		await page.getByRole('link', { name: 'say Greet <b>everybody</b>' }).click();
		await page.getByText('1 of 1 task merged').waitFor();
	});

	test('are handed to another agent with their save points, given up with a reason, and removed', async () => {
		const server = await startServerProcess();
		const desk = createMissionDesk(server);
		const lead = await server.hire('lead');
		const grace = await server.hire('grace');
		const { id } = await desk.begin(lead.id, 'say Sail around the world\n\nsay Slowly.');
		await desk.begin((await server.hire('other')).id, 'say Bake bread');
		const { page } = await visit(browser(), server, { to: '/supervisors' });
		await page.getByRole('link', { name: /Bake bread/ }).waitFor();
		await expectFitForAll(page, 'missions');
		await page.getByRole('link', { name: /Sail around the world/ }).click();
		await button(page, 'Give to another agent…').click();
		const choice = page.getByRole('dialog', { name: 'Give the mission to another agent' });
		// Who has a mission already cannot take another.
		const names = await choice.getByRole('option').allInnerTexts();
		expect(names.map((name) => name.split(' ')[0])).toEqual(['grace']);
		await choice.getByLabel('Agent').selectOption(grace.id);
		await choice.getByRole('button', { name: 'Assign' }).click();
		await page.getByText('because it was given to another agent').waitFor();
		await page.getByRole('link', { name: 'grace', exact: true }).waitFor();
		expect((await server.api.supervisor(id)).agentId).toBe(grace.id);
		await page.getByText('Save points', { exact: true }).click();
		await page
			.getByText(/phase changed/)
			.first()
			.click();
		await page.locator('.checkpoint').getByText('"pendingQuestions"').waitFor();
		await expectFitForAll(page, 'mission-save-points');

		await button(page, 'Give up…').click();
		const dialog = page.getByRole('dialog', { name: 'Give this mission up?' });
		await dialog.getByRole('button', { name: 'Give it up' }).click();
		await dialog.getByText('Say why: it is kept in the journal.').waitFor();
		await dialog.getByLabel('Reason').fill('The ship has sunk');
		await dialog.getByRole('button', { name: 'Give it up' }).click();
		await page.getByText('The ship has sunk').waitFor();
		expect(await server.api.supervisor(id)).toMatchObject({ state: 'failed' });
		await button(page, 'Remove…').click();
		await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
		await page.getByRole('heading', { name: 'Supervisors', level: 1 }).waitFor();
		await expect.poll(() => page.getByRole('link', { name: /Sail around the world/ }).count(), soon).toBe(0);
		await goTo(page, `/supervisors/${id}`);
		await page.getByText('There is no such mission').waitFor();
	});

	test('are begun and answered by keyboard alone', async () => {
		const server = await startServerProcess();
		const lead = await server.hire('lead');
		const { page } = await visit(browser(), server, { to: '/supervisors' });
		await tabTo(page, /^New mission$/);
		await page.keyboard.press('Enter');
		await page.getByRole('dialog').waitFor();
		await page.keyboard.type('call ask_human {"question":"Which way?","choices":["East","West"]}');
		await tabTo(page, /^Begin it$/);
		await page.keyboard.press('Enter');
		await page.getByText('Which way?').first().waitFor();
		await tabTo(page, /West$/);
		await page.keyboard.press('Enter');
		await createMissionDesk(server).told(lead.id, 'Answer: West');
		await page.getByRole('heading', { name: 'It asks you' }).waitFor({ state: 'detached' });
	});
});
