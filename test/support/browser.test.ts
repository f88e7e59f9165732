import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runAxe } from './axe.ts';
import { describeInBrowser, type OpenPage } from './browser.ts';

/** Serves the files under a policy like the product's. */
async function serve(files: Readonly<Record<string, string>>): Promise<string> {
	const server = createServer((request, response) => {
		const path = request.url ?? '/';
		response.setHeader('content-type', path.endsWith('.js') ? 'text/javascript' : 'text/html');
		response.setHeader(
			'content-security-policy',
			"default-src 'none'; script-src 'self'; connect-src *; img-src data:",
		);
		response.end(files[path] ?? '');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => void server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function write(body: string): string {
	return `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>A page</title></head>
		<body><main><h1>A page</h1>${body}</main></body></html>`;
}

describeInBrowser('The browser of the tests', (browser) => {
	async function open(body: string, script = ''): Promise<OpenPage> {
		const url = await serve({ '/': write(`${body}<script src="/own.js"></script>`), '/own.js': script });
		const opened = await browser().newPage({ url });
		await opened.page.goto('/');
		return opened;
	}

	test('finds nothing wrong with a decent page', async () => {
		const { page, faults } = await open('<img alt="" src="data:,">', 'console.warn("only a warning")');
		expect(await runAxe(page)).toEqual([]);
		expect(await faults.list()).toEqual([]);
	});

	test('notices what the policy forbids, and the policy holds', async () => {
		const { page, faults } = await open('<script>document.title = "Taken"</script>');
		await runAxe(page);
		expect(await page.title()).toBe('A page');
		expect(await browser().closePages()).toContainEqual(
			expect.stringMatching(/^policy violation: script-src-elem forbids inline/),
		);
		expect(await faults.list()).toHaveLength(2);
	});

	test('notices an error in the console, and forgives it when told', async () => {
		const { faults } = await open('', 'console.error("Something is amiss")');
		expect(await faults.list()).toEqual([expect.stringMatching(/^console error: Something is amiss .*own\.js/)]);
		faults.forgive(/amiss/);
		expect(await faults.list()).toEqual([]);
	});

	test('notices an exception, and a promise that nobody looks after', async () => {
		const { faults } = await open('', 'Promise.reject(new Error("The second")); throw new Error("The first");');
		await expect.poll(() => faults.list()).toHaveLength(2);
		expect(await faults.list()).toEqual([
			expect.stringMatching(/^exception: Error: The first/),
			expect.stringMatching(/^exception: Error: The second/),
		]);
		faults.forgive(/^exception/);
	});

	test('notices a request to another host, which goes nowhere', async () => {
		const script = 'fetch("https://elsewhere.example/beacon").catch((error) => { document.title = error.message; });';
		const { page, faults } = await open('', script);
		await expect.poll(() => page.title()).toBe('Failed to fetch');
		expect(await faults.list()).toContain('foreign request: https://elsewhere.example/beacon');
		faults.forgive(/elsewhere|ERR_NAME_NOT_RESOLVED/);
	});

	test('notices a socket to another host', async () => {
		const { faults } = await open('', 'new WebSocket("ws://elsewhere.example/stream")');
		await expect.poll(() => faults.list()).toContain('foreign request: ws://elsewhere.example/stream');
		faults.forgive(/elsewhere/);
	});

	test('notices what axe finds serious', async () => {
		const { page } = await open('<input type="text">');
		expect(await runAxe(page)).toEqual([
			expect.objectContaining({ rule: 'label', impact: 'critical', targets: [expect.stringMatching(/^input/)] }),
		]);
	});

	test('opens pages of the size and the colours that are asked for', async () => {
		const { page } = await browser().newPage({
			url: await serve({ '/': write('') }),
			width: 360,
			height: 640,
			colorScheme: 'dark',
			touch: true,
		});
		await page.goto('/');
		const [picture] = await browser().takePictures('A phone at night');
		expect(picture).toMatch(/A-phone-at-night-1\.png$/);
		if (picture !== undefined) rmSync(dirname(picture), { recursive: true });
		expect(await page.evaluate('[innerWidth, matchMedia("(prefers-color-scheme: dark)").matches]')).toEqual([
			360,
			true,
		]);
	});
});
