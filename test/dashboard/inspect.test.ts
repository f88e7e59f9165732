/** `/inspect` in a real browser, before a page of another origin that receives as the Stately inspector does. */
import type { Frame, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { runAxe } from '../support/axe.ts';
import { describeInBrowser, type OpenPage } from '../support/browser.ts';
import { type InspectorPage, serveInspectorPage } from '../support/inspector-page.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

/** A message that the inspector has received, loosely. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape.
type Seen = any;

const secret = 'MARKED-SECRET';

describeInBrowser('The page of the inspector', (browser) => {
	async function start(): Promise<{ readonly inspector: InspectorPage; readonly server: ServerProcess }> {
		const inspector = await serveInspectorPage();
		return {
			inspector,
			server: await startServerProcess({ inspectorUrl: inspector.url, sqliteSynchronous: 'NORMAL' }),
		};
	}

	/** The operator's own browser asks the inspector for its page, and that alone. */
	async function openPage(server: ServerProcess, inspector: InspectorPage, look = {}): Promise<OpenPage> {
		const opened = await browser().newPage({ url: server.url, ...look });
		opened.faults.forgive(new RegExp(`^foreign request: ${new URL(inspector.url).origin}/`));
		return opened;
	}

	async function visit(server: ServerProcess, inspector: InspectorPage, query = '', look = {}): Promise<OpenPage> {
		const opened = await openPage(server, inspector, look);
		await opened.page.goto(`/inspect${query}#token=${server.token}`);
		return opened;
	}

	function frameOf(page: Page, { url }: InspectorPage): Frame | undefined {
		return page.frames().find((frame) => frame.url() === url);
	}

	async function readSeen(target: Frame | Page | undefined): Promise<readonly Seen[]> {
		// While it is loaded anew there is nothing to ask.
		return ((await target?.evaluate('window.seen').catch(() => undefined)) ?? []) as Seen[];
	}

	async function until(target: () => Frame | Page | undefined, passed: (seen: readonly Seen[]) => boolean) {
		let seen: readonly Seen[] = [];
		await expect
			.poll(
				async () => {
					seen = await readSeen(target());
					return passed(seen);
				},
				{ timeout: 30_000 },
			)
			.toBe(true);
		return seen;
	}

	async function reached(page: Page, state: string): Promise<void> {
		await page.locator(`[role=status][data-state=${state}]`).waitFor();
	}

	const sessions = (seen: readonly Seen[]) =>
		seen.filter(({ type }) => type === '@xstate.actor').map(({ sessionId }) => sessionId);

	test('asks first: nothing is loaded from there, and no socket is opened, before the operator says so', async () => {
		const { inspector, server } = await start();
		const { page } = await openPage(server, inspector);
		const sockets: string[] = [];
		page.on('websocket', (socket) => sockets.push(socket.url()));
		await page.goto(`/inspect#token=${server.token}`);
		await page.getByRole('heading', { name: 'Look at live actors' }).waitFor();
		expect(page.url()).not.toContain(server.token);
		expect(await page.locator('main').innerText()).toContain(new URL(inspector.url).host);
		expect([page.frames().length, sockets.length, inspector.loads]).toEqual([1, 0, 0]);
		expect(await runAxe(page)).toEqual([]);
		const focused = () => page.evaluate('document.activeElement?.textContent');
		while ((await focused()) !== 'Open') await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await reached(page, 'live');
		expect([page.frames().length, sockets.length, inspector.loads]).toEqual([2, 1, 1]);
		await page.getByRole('button', { name: 'Stop' }).click();
		await page.getByRole('heading', { name: 'Look at live actors' }).waitFor();
		expect(page.frames().length).toBe(1);
	});

	test('shows what was there before, then every transition in order, and no secret', { timeout: 240_000 }, async () => {
		const { inspector, server } = await start();
		const env = { STATECRAFT_DEMO_DIR: server.sessionDirectory, SECRET_OF_ENV: secret };
		const labels = { note: secret };
		const { id } = await server.hire(`worker-${secret}`, { driver: { kind: 'demo', env }, labels });
		await server.post('/workflows', {
			name: `chores-${secret}`,
			agent: id,
			trigger: { type: 'manual' },
			template: `Do ${secret}`,
		});
		await server.settled((await server.ask(id, `Keep ${secret}`)).id);
		const { page } = await visit(server, inspector);
		await page.getByRole('button', { name: 'Open', exact: true }).click();
		const address = `agent:${id}`;
		const frame = () => frameOf(page, inspector);
		const late = await until(frame, (seen) => sessions(seen).includes(address));
		expect(late.find(({ sessionId }) => sessionId === address)).toMatchObject({
			snapshot: { value: { idle: expect.anything() } },
		});
		expect(sessions(late)).toContain('orchestrator:main');

		const rounds = 500;
		for (let round = 0; round < rounds; round++) {
			await server.post(`/agents/${id}/suspend`, { reason: secret });
			await server.post(`/agents/${id}/resume`, {});
		}
		const done = (seen: readonly Seen[]) =>
			seen.filter(({ type, event }) => type === '@xstate.snapshot' && event.type === 'RESUME').length === rounds;
		const seen = await until(frame, done);
		const told = seen.filter(({ event }) => ['SUSPEND', 'RESUME'].includes(event?.type));
		const expected = Array.from({ length: rounds }, () =>
			['SUSPEND', 'RESUME'].flatMap((type) => [`@xstate.event ${type}`, `@xstate.snapshot ${type}`]),
		).flat();
		expect(told.map(({ type, event }) => `${type} ${event.type}`)).toEqual(expected);
		expect(sessions(seen).filter((session) => session === address)).toHaveLength(1);
		const times = told.map(({ event }) => event.at);
		expect(times).toEqual([...times].sort((one, other) => one - other));

		await server.settled((await server.ask(id, `Once more ${secret}`)).id);
		const all = await until(frame, (messages) => messages.some(({ event }) => event?.type === 'RESULT'));
		expect(JSON.stringify(all)).not.toContain(secret);
		expect(JSON.stringify(all)).not.toContain(server.directory);
		expect(JSON.stringify(all)).not.toContain('@durable');
	});

	test('a server that was killed and came back is shown afresh, and goes on', async () => {
		const { inspector, server } = await start();
		const { id } = await server.hire('worker');
		const address = `agent:${id}`;
		const { page, faults } = await visit(server, inspector, '?agent=worker');
		// While the server is gone, the browser says so in its console.
		faults.forgive(/WebSocket connection to .* failed/);
		await page.getByRole('button', { name: 'Open', exact: true }).click();
		const frame = () => frameOf(page, inspector);
		await until(frame, (seen) => sessions(seen).length === 1);
		await server.crash();
		await reached(page, 'waiting');
		expect(await readSeen(frame())).toHaveLength(1);
		await server.boot();
		await expect.poll(() => inspector.loads, { timeout: 30_000 }).toBe(2);
		const afresh = await until(frame, (seen) => sessions(seen).length === 1);
		expect(sessions(afresh)).toEqual([address]);
		await server.reachedAgain(id, 'idle', 2);
		await server.post(`/agents/${id}/suspend`, {});
		await until(frame, (seen) =>
			seen.some(({ type, event }) => type === '@xstate.snapshot' && event.type === 'SUSPEND'),
		);
		await reached(page, 'live');
	});

	test('shows the agent that is chosen, by address and by select', async () => {
		const { inspector, server } = await start();
		const worker = await server.hire('worker');
		const other = await server.hire('other');
		const { page } = await visit(server, inspector, '?agent=worker', { width: 375, colorScheme: 'dark' });
		expect(await page.getByLabel('Show').inputValue()).toBe(`agent:${worker.id}`);
		const fits = () => page.evaluate('document.documentElement.scrollWidth <= innerWidth');
		expect(await fits()).toBe(true);
		await page.getByRole('button', { name: 'Open', exact: true }).click();
		const frame = () => frameOf(page, inspector);
		expect(sessions(await until(frame, (seen) => seen.length > 0))).toEqual([`agent:${worker.id}`]);
		await page.getByLabel('Show').selectOption({ label: 'other' });
		const changed = await until(frame, (seen) => sessions(seen)[0] === `agent:${other.id}`);
		await server.post(`/agents/${worker.id}/suspend`, {});
		await server.post(`/agents/${other.id}/suspend`, {});
		const seen = await until(frame, (messages) => messages.length > changed.length + 1);
		expect(new Set(seen.map(({ sessionId }) => sessionId))).toEqual(new Set([`agent:${other.id}`]));
		expect(page.url()).toContain(`?agent=${other.id}`);
		expect(await fits()).toBe(true);
		expect(await runAxe(page)).toEqual([]);
	});

	test('feeds a window of its own as well', async () => {
		const { inspector, server } = await start();
		const { id } = await server.hire('worker');
		const { page } = await visit(server, inspector, '?agent=worker');
		const opening = page.context().waitForEvent('page');
		await page.getByRole('button', { name: 'Open in a window' }).click();
		const popup = await opening;
		await until(
			() => popup,
			(seen) => sessions(seen).includes(`agent:${id}`),
		);
		await server.post(`/agents/${id}/suspend`, {});
		await until(
			() => popup,
			(seen) => seen.some(({ event }) => event?.type === 'SUSPEND'),
		);
		await popup.close();
		await page.getByRole('heading', { name: 'Look at live actors' }).waitFor();
	});

	test('says what is wrong: no token, an agent that is not there', async () => {
		const { inspector, server } = await start();
		const { page, faults } = await openPage(server, inspector);
		faults.forgive(/status of 401/);
		await page.goto('/inspect');
		await page.getByLabel(/^Token/).fill('wrong');
		await page.getByRole('button', { name: 'Open' }).click();
		await page.getByText('does not know this token').waitFor();
		const { page: other } = await visit(server, inspector, '?agent=nobody');
		await other.getByRole('button', { name: 'Open', exact: true }).click();
		await other.getByText('There is no such agent or workflow').waitFor();
	});
});
