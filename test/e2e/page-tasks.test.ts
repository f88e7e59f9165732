/** Tasks on the page: from the form over the board to the merge, by people who decide, some of them at once. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser.ts';
import { createGitRepository, type GitRepository } from '../support/git-repository.ts';
import { hostileText, ownedTitle } from '../support/hostile-text.ts';
import { expectFitForAll } from '../support/page-dresses.ts';
import { tabTo } from '../support/page-keyboard.ts';
import { goTo, soon, visit } from '../support/page-visit.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { createTaskDesk, type TaskAnswer, type TaskDesk } from '../support/task-desk.ts';

interface Scene {
	readonly server: ServerProcess;
	readonly desk: TaskDesk;
	readonly repository: GitRepository;
	readonly ada: { readonly id: string };
	/** A task whose agent asks before it ends its turn: the work is the test's. */
	assign(title: string, body?: Readonly<Record<string, unknown>>): Promise<TaskAnswer>;
	/** Lets the agent end the turn that it is in. */
	endTurn(task: TaskAnswer): Promise<void>;
	/** A task whose branch has these files, in review. */
	reviewed(title: string, files: Readonly<Record<string, string>>): Promise<TaskAnswer>;
}

async function setUp(files: Readonly<Record<string, string>> = { 'greeting.txt': 'Hello\n' }): Promise<Scene> {
	const server = await startServerProcess();
	const repository = createGitRepository(files);
	const desk = createTaskDesk(server);
	const ada = await server.hire('ada');
	const assign: Scene['assign'] = (title, body) =>
		desk.create({ description: `permission ${title}`, repository: repository.path, agent: 'ada', ...body });
	const endTurn: Scene['endTurn'] = async ({ id }) => {
		await desk.became(id, 'working.following');
		const { id: request } = await server.request(ada.id);
		await server.api.answer(request, { optionId: 'allow' });
	};
	return {
		server,
		desk,
		repository,
		ada,
		assign,
		endTurn,
		async reviewed(title, changed) {
			const task = await assign(title);
			await desk.became(task.id, 'working.following');
			repository.commit(changed, task.worktree);
			await endTurn(task);
			return desk.became(task.id, 'in_review');
		},
	};
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
/** The column of the board in which the card stands. */
const columnOf = (page: Page, title: string) =>
	page
		.locator('.board-column')
		.filter({ has: page.locator('.task-card', { hasText: title }) })
		.getByRole('heading')
		.innerText();

const complaint = 'console.log("\\u001b[31m✗ greeting is rude\\u001b[0m"); console.log("<b>bold?</b>");';
const gate = `import { existsSync } from 'node:fs';\nif (!existsSync('polite.txt')) { ${complaint} process.exit(3); }\n`;

describeInBrowser('Tasks on the page', (browser) => {
	test('are made by the form, move over the board, are sent back by a gate and by a person, and are merged', async () => {
		const { server, desk, repository, ada, endTurn } = await setUp({ 'greeting.txt': 'Hello\n', 'gate.mjs': gate });
		const { page, faults } = await visit(browser(), server, { to: '/tasks' });
		faults.forgive(/status of 422 .*\/tasks/);
		await page.getByText('No tasks yet').waitFor();
		await page.getByRole('button', { name: 'New task' }).first().click();
		const form = page.getByRole('dialog', { name: 'New task' });
		await form.getByRole('button', { name: 'Create' }).click();
		await form.getByText('Say what is to be done.').waitFor();
		await form.getByText('An absolute path on the host').waitFor();
		await form.getByLabel('What is to be done?').fill('permission Greet politely\n\nNobody is to be offended.');
		await form.getByLabel('Repository').fill('/no/such/repository');
		await form.getByLabel('Gates').fill('tests: node gate.mjs\ntests: true');
		await form.getByRole('button', { name: 'Create' }).click();
		await form.getByText('Two gates are called "tests".').waitFor();
		await form.getByLabel('Gates').fill('tests: node gate.mjs\nnode --check "gate.mjs"');
		const refused = page.waitForResponse((answer) => answer.request().method() === 'POST' && !answer.ok());
		await form.getByRole('button', { name: 'Create' }).click();
		await refused;
		await form.getByRole('alert').filter({ hasText: '/no/such/repository' }).waitFor();
		await expectFitForAll(page, 'task-form');
		await form.getByLabel('Repository').fill(repository.path);
		await form.getByRole('button', { name: 'Create' }).click();
		await page.getByRole('heading', { name: 'permission Greet politely', level: 1 }).waitFor();
		const [made] = (await server.api.http.request<{ items: TaskAnswer[] }>('GET', '/tasks')).items;
		if (made === undefined) throw new Error('It was not made');
		expect(made).toMatchObject({
			agentId: ada.id,
			gates: [
				{ name: 'tests', command: 'node', args: ['gate.mjs'] },
				{ name: 'node --check "gate.mjs"', command: 'node', args: ['--check', 'gate.mjs'] },
			],
		});

		// Its agent begins; what it does is seen on the board as it happens.
		await goTo(page, '/tasks');
		await expect.poll(() => columnOf(page, 'Greet politely'), soon).toMatch(/^Working/);
		await desk.became(made.id, 'working.following');
		repository.commit({ 'greeting.txt': 'Good morning\n' }, made.worktree);
		await endTurn(made);
		await page.locator('.task-card').getByText('1 gate failed').waitFor();
		await page.locator('.task-card').click();
		const gates = page.locator('section', { has: page.getByRole('heading', { name: 'Gates' }) });
		await gates.getByText('failed (3)').waitFor();
		await gates.getByText('✗ greeting is rude').waitFor();
		await gates.getByText('<b>bold?</b>').waitFor();
		await expectFitForAll(page, 'task-gate-failed');

		// It was told, and mends it; what it asks meanwhile is answered where it is seen.
		expect(await desk.prompt(made.id, ada.id, 2)).toContain('greeting is rude');
		repository.commit({ 'polite.txt': 'yes\n' }, made.worktree);
		await page.getByRole('heading', { name: 'Its agent asks you' }).waitFor();
		await page.getByRole('button', { name: /Allow once/ }).click();
		await button(page, 'Approve').waitFor();
		await page.getByText('2 files, +2 −1').waitFor();
		await page.getByRole('figure', { name: /greeting\.txt: 1 added, 1 removed/ }).waitFor();

		// A person asks for changes, in words that reach the agent.
		await button(page, 'Request changes…').click();
		const changes = page.getByRole('dialog', { name: 'Request changes' });
		await changes.getByRole('button', { name: 'Send it back' }).click();
		await changes.getByText('the agent knows only what stands here').waitFor();
		await changes.getByLabel('What is to be changed?').fill('Say good evening.\nIt is late.');
		await changes.getByRole('button', { name: 'Send it back' }).click();
		await page.getByText('Changes were asked for:').waitFor();
		await page.getByText('Say good evening.').waitFor();
		expect(await desk.prompt(made.id, ada.id, 3)).toContain('What the reviewer said:\nSay good evening.\nIt is late.');
		await desk.became(made.id, 'working.following');
		repository.commit({ 'greeting.txt': 'Good evening\n' }, made.worktree);
		await endTurn(made);
		await page
			.getByText('+Good evening')
			.or(page.locator('.diff-add', { hasText: 'Good evening' }))
			.first()
			.waitFor();

		// Approved, merged, and tidied up.
		await button(page, 'Approve').click();
		await button(page, 'Merge').click();
		await page.getByText('Merged as').waitFor();
		expect(repository.file('greeting.txt')).toBe('Good evening\n');
		await page.getByText('They are on main now').waitFor();
		await expectFitForAll(page, 'task-merged');
		await button(page, 'Clean up…').click();
		await page.getByRole('dialog').getByRole('button', { name: 'Remove them' }).click();
		await expect.poll(() => repository.branches(), soon).toEqual(['main']);
		await button(page, 'Clean up…').waitFor({ state: 'detached' });
		await goTo(page, '/tasks');
		expect(await columnOf(page, 'Greet politely')).toMatch(/^Done/);
	});

	test('show real changes of any kind, and nothing of what is in them takes effect', async () => {
		const files = { 'greeting.txt': 'Hello\n', 'old.txt': 'old\n' };
		const { server, desk, repository, assign, endTurn } = await setUp(files);
		const task = await assign(`Take <b>care</b> ${hostileText('direction')}`);
		await desk.became(task.id, 'working.following');
		const markup = `<img src=x onerror="document.title='${ownedTitle}'">`;
		repository.write(
			{
				[`${markup.replaceAll('/', '')}.md`]: hostileText('markup'),
				'picture \u202egnp.exe': `${hostileText('terminal')}\n${hostileText('controls').replaceAll('\u0000', '')}\n${hostileText('direction')}\n`,
				['a very long name '.repeat(14)]: 'x\n',
				'binary.bin': '\u0000\u0001',
				'huge.txt': `${'a line of a huge file\n'.repeat(8_000)}`,
				'line.txt': `${'x'.repeat(20_000)}\n`,
			},
			task.worktree,
		);
		repository.git(['rm', '--quiet', 'old.txt'], task.worktree);
		repository.commit({ 'greeting.txt': 'Good morning\n' }, task.worktree);
		await endTurn(task);
		await desk.became(task.id, 'in_review');
		const { page } = await visit(browser(), server, { to: `/tasks/${task.id}` });
		await page.getByRole('figure').first().waitFor();
		const names = await page
			.getByRole('figure')
			.evaluateAll((all: Array<{ ariaLabel: string }>) => all.map(({ ariaLabel }) => ariaLabel));
		expect(names.map((name) => name.slice(0, 40))).toHaveLength(7);
		expect(names.join('\n')).toContain('picture ⟨U+202E⟩gnp.exe:');
		await page.getByText('binary.bin').waitFor();
		await page.getByRole('button', { name: 'Show all 8000 lines' }).click();
		await expect.poll(() => page.locator('.diff-line', { hasText: 'a line of a huge file' }).count(), soon).toBe(8_000);
		await page.getByRole('button', { name: 'Show less' }).click();
		await page.getByText(markup).first().waitFor();
		expect(await page.locator('main :is(img, iframe, script, style, form[action], base, meta)').count()).toBe(0);
		await expectFitForAll(page, 'task-hostile');
		await goTo(page, '/tasks');
		await page.locator('.task-card').first().waitFor();
		await expectFitForAll(page, 'board-hostile');
		expect(await page.title()).not.toContain(ownedTitle);
	});

	test('that conflict say with what; are given up and tidied up; and of two people who decide at once the second is told', async () => {
		const { server, desk, repository, reviewed, endTurn } = await setUp();
		const first = await reviewed('Greet the world', { 'greeting.txt': 'Hello, world\n' });
		const { page, faults } = await visit(browser(), server, { to: `/tasks/${first.id}` });
		faults.forgive(/status of 409/);
		await button(page, 'Approve').waitFor();
		// Somebody else sends it back, at the moment in which it is approved here.
		await page.route('**/approve', async (route) => {
			await desk.ask(first.id, 'request-changes', { comment: 'Not like this.' });
			await route.continue();
		});
		await button(page, 'Approve').click();
		await page.getByRole('alert').filter({ hasText: 'was faster' }).waitFor();
		await page.getByText('Not like this.').waitFor();
		expect(await button(page, 'Approve').count()).toBe(0);
		await expectFitForAll(page, 'task-stale');
		await page.getByRole('button', { name: 'Dismiss' }).click();

		// Meanwhile the base branch has moved on: the two do not fit.
		repository.commit({ 'greeting.txt': 'Good morning\n' });
		await endTurn(first);
		const trouble = page.getByRole('region', { name: 'What stands in its way' });
		await trouble.getByText('greeting.txt', { exact: true }).waitFor();
		await expectFitForAll(page, 'task-conflict');
		await goTo(page, '/tasks');
		await page.locator('.task-card').getByText('1 in conflict').waitFor();
		await page.locator('.task-card').click();
		await button(page, 'Give up…').click();
		const dialog = page.getByRole('dialog', { name: 'Give this task up?' });
		await dialog.getByLabel('Reason').fill('Nobody needs it any more');
		await dialog.getByRole('button', { name: 'Give it up' }).click();
		await expect.poll(() => repository.branches(), soon).toEqual(['main']);
		await goTo(page, '/tasks');
		await expect.poll(() => columnOf(page, 'Greet the world'), soon).toMatch(/^Failed/);
		expect((await desk.task(first.id)).state).toBe('failed');
	});

	test('are found by words, agent and mission, and are reviewed by keyboard alone', async () => {
		const { server, desk, repository, ada, reviewed } = await setUp();
		const grace = await server.hire('grace');
		const lead = await server.hire('lead');
		const mission = await server.post<{ id: string }>('/supervisors', { agent: lead.id, mission: 'say Ship it' });
		const make = (description: string, body: Readonly<Record<string, unknown>> = {}) =>
			desk.create({ description, repository: repository.path, ...body });
		await make('Paint the fence red');
		await make('Paint the house', { supervisorId: mission.id, priority: 7 });
		await make('say Whitewash', { agent: grace.id });
		const task = await reviewed('Mend the gate', { 'gate.txt': 'mended\n' });
		const { page } = await visit(browser(), server, { to: '/tasks' });
		const titles = async () => (await page.locator('.task-card-title').allInnerTexts()).sort();
		await expect.poll(titles, soon).toHaveLength(4);
		await expectFitForAll(page, 'board');
		await page.getByRole('searchbox', { name: 'Search tasks' }).fill('paint HOUSE');
		await expect.poll(titles).toEqual(['Paint the house']);
		await page.getByRole('searchbox', { name: 'Search tasks' }).fill('');
		await page.getByRole('combobox', { name: 'Agent' }).selectOption(ada.id);
		await expect.poll(titles).toEqual(['permission Mend the gate']);
		await page.getByRole('combobox', { name: 'Agent' }).selectOption('');
		await page.getByRole('combobox', { name: 'Supervisor' }).selectOption(mission.id);
		await expect.poll(titles).toEqual(['Paint the house']);
		// The choice stands in the address.
		await page.reload();
		await expect.poll(titles, soon).toEqual(['Paint the house']);
		await page.getByRole('combobox', { name: 'Supervisor' }).selectOption('');

		await tabTo(page, /Mend the gate/);
		await page.keyboard.press('Enter');
		await page.getByRole('figure', { name: /gate\.txt/ }).waitFor();
		await tabTo(page, /^Request changes/);
		await page.keyboard.press('Enter');
		await page.getByRole('dialog').waitFor();
		await page.keyboard.type('Paint it, too.');
		await tabTo(page, /^Cancel$/);
		await page.keyboard.press('Enter');
		await page.getByRole('dialog').waitFor({ state: 'detached' });
		await tabTo(page, /^Approve$/);
		await page.keyboard.press('Enter');
		await desk.became(task.id, 'approved');
		await button(page, 'Merge').waitFor();
		await tabTo(page, /^Merge$/);
		await page.keyboard.press('Enter');
		await page.getByText('Merged as').waitFor();
		expect(repository.file('gate.txt')).toBe('mended\n');
	});
});
