import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { servePage } from '../../src/http/page.ts';

async function serve(folder: string) {
	const app = express();
	app.use(servePage({ inspectorOrigin: 'https://inspector.example', folder }));
	app.use(((error: { code?: string }, _request, response, _next) => {
		response.status(404).json({ code: error.code });
	}) satisfies express.ErrorRequestHandler);
	const server = app.listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
	const { port } = server.address() as { port: number };
	return (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
}

async function builtPage(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'statecraft-page-'));
	onTestFinished(() => rm(folder, { recursive: true }));
	await writeFile(join(folder, 'index.html'), '<title>the page</title>');
	await writeFile(join(folder, 'inspect.html'), '<title>the inspector</title>');
	return folder;
}

test('the page loads nothing but our own files and frames nobody', async () => {
	const get = await serve(await builtPage());
	const answer = await get('/');
	expect(await answer.text()).toContain('the page');
	const policy = answer.headers.get('content-security-policy') ?? '';
	expect(policy).toContain("default-src 'none'");
	expect(policy).toContain("script-src 'self';");
	expect(policy).toContain("frame-src 'none'");
	expect(policy).not.toContain('unsafe');
});

test('the page of the inspector may frame the inspector alone', async () => {
	const get = await serve(await builtPage());
	const answer = await get('/inspect');
	expect(await answer.text()).toContain('the inspector');
	expect(answer.headers.get('content-security-policy')).toContain('frame-src https://inspector.example;');
});

test('a page that was never built says how to build it', async () => {
	const get = await serve(join(tmpdir(), 'statecraft-no-such-page'));
	const answer = await get('/');
	expect(answer.status).toBe(404);
	expect(await answer.json()).toEqual({ code: 'not_found' });
});
