/**
 * A page of another origin that receives as the Stately inspector does, with the receiver of
 * `@statelyai/inspect`; whatever it receives is in its `seen`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { onTestFinished } from 'vitest';

export interface InspectorPage {
	readonly url: string;
	/** How often the page was asked for. */
	readonly loads: number;
}

const script = `
	import { createBrowserReceiver } from '@statelyai/inspect';
	window.seen = [];
	createBrowserReceiver().subscribe((message) => window.seen.push(message));
	window.addEventListener('message', ({ data }) => {
		if (data?.type === '@statelyai.disconnected') window.seen.push(data);
	});
`;
const html =
	'<!doctype html><html lang="en"><title>An inspector</title><script type="module" src="/script.js"></script>';

/** Serves it on a port of its own until the test has finished. */
export async function serveInspectorPage(): Promise<InspectorPage> {
	const code = await bundle();
	let loads = 0;
	const server = createServer((request, response) => {
		const isScript = request.url === '/script.js';
		if (request.url === '/inspect') loads++;
		response.writeHead(isScript || request.url === '/inspect' ? 200 : 204, {
			'content-type': isScript ? 'text/javascript' : 'text/html',
		});
		response.end(isScript ? code : html);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/inspect`,
		get loads() {
			return loads;
		},
	};
}

/** Below the repository, where its packages are found. */
const buildFolder = fileURLToPath(new URL('../../dist/', import.meta.url));

async function bundle(): Promise<string> {
	const folder = mkdtempSync(join(buildFolder, 'inspector-page-'));
	try {
		const entry = join(folder, 'entry.js');
		writeFileSync(entry, script);
		const built = await build({
			root: dirname(entry),
			configFile: false,
			logLevel: 'error',
			build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'script' } },
			define: { 'process.env.NODE_ENV': '"production"' },
		});
		const [output] = [built].flat();
		if (!output || !('output' in output)) throw new Error('Nothing was built');
		return output.output[0].code;
	} finally {
		rmSync(folder, { recursive: true });
	}
}
