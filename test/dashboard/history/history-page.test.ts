/** Time travel on the page, in a browser: by mouse, by keyboard, while the agent goes on, and on a phone. */

import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { parseBundle } from '../../../src/history/bundle-format.ts';
import { replayBundle } from '../../../src/history/bundle-replay.ts';
import { describeInBrowser } from '../../support/browser.ts';
import { inertAgentDefinition } from '../../support/inert-agent-definition.ts';
import { lookOver, visit } from '../../support/page-visit.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';

async function liveOut(server: ServerProcess): Promise<string> {
	const { id } = await server.hire('ada');
	await server.settled((await server.ask(id, 'say the first words')).id);
	const asking = await server.ask(id, 'say I ask; permission Go on?; say the last words');
	const { id: requestId } = await server.request(id);
	await server.api.answer(requestId, { optionId: 'allow' });
	await server.settled(asking.id);
	return id;
}

async function lines(server: ServerProcess, id: string) {
	return (await server.api.transitions(id)).items;
}

/** A statechart is laid out on its first day, and the machine that runs this may be busy. */
const slow = { timeout: 20_000 };
const slider = (page: Page) => page.getByRole('slider', { name: 'Version' });
const place = (page: Page) => slider(page).getAttribute('aria-valuetext');
const activeStates = (page: Page): Promise<string[]> =>
	page.evaluate(
		`[...document.querySelectorAll('.history svg [data-state].active')].map((state) => state.dataset.state)`,
	);

describeInBrowser('Time travel on the page', (browser) => {
	test('shows the statechart, the context, the cause and the transcript of any version', async () => {
		const server = await startServerProcess();
		const id = await liveOut(server);
		const journal = await lines(server, id);
		const awaiting = journal.find(({ to }) => to === 'busy.awaitingInput')?.version ?? 0;
		const { page } = await visit(browser(), server, { to: `/agents/${id}?tab=history` });
		await expect.poll(() => place(page), slow).toContain(`Version ${journal.length} of ${journal.length}: idle ready`);
		expect(await lookOver(page)).toEqual([]);

		await slider(page).focus();
		await page.keyboard.press('Home');
		await expect.poll(() => place(page), slow).toContain('Version 1 of');
		await expect.poll(() => activeStates(page), slow).toContain('pending');
		for (let version = 1; version < awaiting; version++) await page.keyboard.press('ArrowRight');
		await expect
			.poll(() => place(page), slow)
			.toContain(`Version ${awaiting} of ${journal.length}: busy awaiting input`);
		await expect.poll(() => activeStates(page), slow).toContain('busy.awaitingInput');
		await page.getByRole('region', { name: 'Cause and consequences' }).getByText('agent.state.changed').waitFor();

		await page.getByRole('tab', { name: 'Transcript', exact: true }).last().click();
		const transcript = page.locator('.history-transcript');
		const sayings = transcript.getByRole('article', { name: "Agent's message" }).locator('.markdown');
		await expect.poll(() => sayings.allInnerTexts(), slow).toEqual(['the first words', 'I ask']);
		await transcript.getByText('Waits for your answer').waitFor();
		expect(await lookOver(page)).toEqual([]);

		await page.getByRole('tab', { name: 'Context' }).click();
		await page.getByText('requests').click();
		const context = page.locator('.history-context');
		await context.getByText('0', { exact: true }).click();
		await context.getByText('fingerprint redacted').waitFor();
		await page.getByLabel('Show texts of people and agents').check();
		await expect.poll(() => context.getByText('redacted').count(), slow).toBe(0);

		await page.getByRole('tab', { name: 'Compare' }).click();
		await page.getByRole('button', { name: 'The one before' }).click();
		await page.getByRole('table').getByText('requests.0').waitFor();
		expect(await lookOver(page)).toEqual([]);
	});

	test('leads from a step to the one that caused it, and to those around it', async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('ada');
		await server.ask(id, 'crash');
		await server.reachedAgain(id, 'idle', 2);
		const journal = await lines(server, id);
		const restarted = journal.find(({ trigger }) => trigger === 'BackoffElapsed')?.version ?? 0;
		const { page } = await visit(browser(), server, { to: `/agents/${id}?tab=history` });
		await page.getByRole('button', { name: new RegExp(`^${restarted} `) }).click();
		await expect.poll(() => place(page), slow).toContain(`Version ${restarted} of`);
		await page.getByRole('button', { name: `version ${restarted - 1}` }).click();
		await expect
			.poll(() => place(page), slow)
			.toContain(`Version ${restarted - 1} of ${journal.length}: failed backing off`);
		await page.getByRole('button', { name: 'Latest version' }).click();
		await page.getByRole('button', { name: 'Failure or beginning before' }).click();
		await expect.poll(() => place(page), slow).toContain('failed backing off');
	});

	test('goes on with the agent, stays where one looks, and plays', async () => {
		const server = await startServerProcess();
		const { id } = await server.hire('ada');
		const { page } = await visit(browser(), server, { to: `/agents/${id}?tab=history` });
		await expect.poll(() => place(page), slow).toContain('idle ready');
		const before = (await lines(server, id)).length;
		await server.settled((await server.ask(id, 'say hello')).id);
		const after = (await lines(server, id)).length;
		expect(after).toBeGreaterThan(before);
		await expect.poll(() => place(page), slow).toContain(`Version ${after} of ${after}: idle ready`);
		await page.getByRole('button', { name: 'First version' }).click();
		await expect.poll(() => place(page), slow).toContain(`Version 1 of ${after}: pending`);
		await server.settled((await server.ask(id, 'say more')).id);
		const later = (await lines(server, id)).length;
		await expect.poll(() => place(page), slow).toContain(`Version 1 of ${later}`);
		await page.getByRole('button', { name: 'Play' }).click();
		await expect.poll(() => place(page), slow).toContain(`Version ${later} of ${later}`);
		await page.getByRole('button', { name: 'Play' }).waitFor();
	});

	test('hands over a bundle that replays, on a phone in the dark as well', async () => {
		const server = await startServerProcess();
		const id = await liveOut(server);
		const phone = { width: 375, height: 700, touch: true, colorScheme: 'dark' } as const;
		const { page } = await visit(browser(), server, { to: `/agents/${id}?tab=history`, ...phone });
		await expect.poll(() => place(page), slow).toContain('idle ready');
		expect(await lookOver(page)).toEqual([]);
		const [download] = await Promise.all([
			page.waitForEvent('download'),
			page.getByRole('button', { name: 'Bug report bundle' }).click(),
		]);
		expect(download.suggestedFilename()).toBe('ada.bundle.jsonl');
		const text = readFileSync(await download.path(), 'utf8');
		expect(replayBundle(parseBundle(text), [inertAgentDefinition])).toMatchObject({ ok: true });
		expect(text).not.toContain('words');
	});
});
