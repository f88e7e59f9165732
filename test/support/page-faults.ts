/**
 * What a page must never do, noticed while a test uses it: errors in its console, exceptions, breaches of
 * its Content-Security-Policy, and requests to any host but the server's.
 */
import type { BrowserContext, Page, Request } from 'playwright-core';

export interface PageFaults {
	/** What the pages did so far and was not forgiven, in order. */
	list(): Promise<readonly string[]>;
	/** A fault that the test itself brings about: a server that is gone, say. Counts for earlier ones as well. */
	forgive(pattern: RegExp): void;
}

const reporter = 'reportPolicyViolation';

/** Listens to every page of the context, which must not have any yet. `origin`: of the server under test. */
export async function watchFaults(context: BrowserContext, origin: string): Promise<PageFaults> {
	const faults: string[] = [];
	const forgiven: RegExp[] = [];
	const { host } = new URL(origin);

	function demandOwnHost(url: string): void {
		if (isForeign(url, host)) faults.push(`foreign request: ${url}`);
	}

	context.on('console', (message) => {
		if (message.type() === 'error') faults.push(`console error: ${message.text()} (${message.location().url})`);
	});
	context.on('weberror', (webError) => faults.push(`exception: ${webError.error().stack ?? webError.error()}`));
	context.on('request', (request: Request) => demandOwnHost(request.url()));
	context.on('page', (page: Page) => {
		page.on('websocket', (socket) => demandOwnHost(socket.url()));
		page.on('crash', () => faults.push(`crash: ${page.url()}`));
	});
	await context.exposeBinding(reporter, (_source, violation: string) => faults.push(`policy violation: ${violation}`));
	await context.addInitScript(`
		addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) =>
			${reporter}(effectiveDirective + ' forbids ' + blockedURI + ' (' + sourceFile + ')'));
	`);

	return {
		async list() {
			// What a page reports arrives in order: once it has answered, all before that is known.
			await Promise.all(context.pages().map((page) => page.evaluate('0').catch(() => undefined)));
			return faults.filter((fault) => !forgiven.some((pattern) => pattern.test(fault)));
		},
		forgive: (pattern) => void forgiven.push(pattern),
	};
}

function isForeign(url: string, host: string): boolean {
	const { protocol, host: asked } = new URL(url);
	return !['data:', 'blob:', 'about:'].includes(protocol) && asked !== host;
}
