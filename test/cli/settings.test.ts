/** Where commands look for the server that nobody named. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { addGlobalOptions, readSettings } from '../../src/cli/settings.ts';

afterEach(() => vi.unstubAllEnvs());

/** The address that a command uses with these variables, on a directory that such a server holds. */
function findUrl(environment: Readonly<Record<string, string>>, address?: string | null, args: string[] = []): string {
	const dataDir = mkdtempSync(join(tmpdir(), 'statecraft-settings-'));
	onTestFinished(() => rmSync(dataDir, { recursive: true }));
	mkdirSync(dataDir, { recursive: true });
	if (address !== undefined) writeFileSync(join(dataDir, 'lock.json'), JSON.stringify({ pid: 1, address }));
	for (const name of ['STATECRAFT_URL', 'STATECRAFT_PORT', 'STATECRAFT_HOST'])
		vi.stubEnv(name, environment[name] ?? undefined);
	const program = new Command();
	addGlobalOptions(program);
	program.parse(['--data-dir', dataDir, ...args], { from: 'user' });
	return readSettings(program).url;
}

describe('the address of the server', () => {
	test('is the one that is given, before the one of the environment', () => {
		const everything = { STATECRAFT_URL: 'http://far:1', STATECRAFT_PORT: '2' };
		expect(findUrl(everything, 'http://127.0.0.1:3', ['--url', 'http://given:9'])).toBe('http://given:9');
		expect(findUrl(everything, 'http://127.0.0.1:3')).toBe('http://far:1');
	});

	test.each([
		[{ STATECRAFT_PORT: '4711' }, 'http://127.0.0.1:4711'],
		[{ STATECRAFT_PORT: '4711', STATECRAFT_HOST: '0.0.0.0' }, 'http://127.0.0.1:4711'],
		[{ STATECRAFT_PORT: '4711', STATECRAFT_HOST: '::1' }, 'http://[::1]:4711'],
		[{ STATECRAFT_HOST: '10.0.0.7' }, 'http://10.0.0.7:4700'],
		[{ STATECRAFT_PORT: '0' }, 'http://127.0.0.1:3'],
	])('is that of the server so configured: %o', (environment, url) => {
		expect(findUrl(environment, 'http://127.0.0.1:3')).toBe(url);
	});

	test.each([
		['http://127.0.0.1:5123', 'http://127.0.0.1:5123'],
		['127.0.0.1:5123', 'http://127.0.0.1:5123'],
		['http://0.0.0.0:5123', 'http://127.0.0.1:5123'],
		['http://[::]:5123', 'http://127.0.0.1:5123'],
		[null, 'http://127.0.0.1:4700'],
		[undefined, 'http://127.0.0.1:4700'],
		['nonsense of sorts', 'http://127.0.0.1:4700'],
	])('is that of the server which holds the data directory: %s', (address, url) => {
		expect(findUrl({}, address)).toBe(url);
	});
});
