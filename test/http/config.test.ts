import { isAbsolute, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeSettings, environmentVariables, loadConfig, type SettingTexts } from '../../src/config.ts';
import { StatecraftError } from '../../src/errors.ts';

describe('settings', () => {
	it('have the documented defaults', () => {
		const config = loadConfig({}, {});
		expect(config).toMatchObject({ port: 4700, host: '127.0.0.1', logLevel: 'info', sqliteSynchronous: 'FULL' });
		expect(config.dataDir).toBe(resolve('.statecraft'));
		expect(isAbsolute(config.dataDir)).toBe(true);
		expect(config.databaseUrl).toBe(`file:${join(config.dataDir, 'statecraft.db')}`);
		expect(config.token).toBeUndefined();
	});

	it('come from the environment, and from flags before it; an empty variable is none', () => {
		const environment = {
			STATECRAFT_PORT: '80',
			STATECRAFT_HOST: '::1',
			STATECRAFT_TOKEN: '',
			DATABASE_URL: 'file:/x.db',
		};
		const config = loadConfig({ port: '81' }, environment);
		expect(config).toMatchObject({ port: 81, host: '::1', token: undefined, databaseUrl: 'file:/x.db' });
		const lists = loadConfig({}, { STATECRAFT_ALLOWED_HOSTS: 'a.example, b.example' });
		expect(lists.allowedHosts).toEqual(['a.example', 'b.example']);
	});

	it('refuse a bad value in one message that names the variable', () => {
		const bad: ReadonlyArray<readonly [string, string]> = [
			['STATECRAFT_PORT', '70000'],
			['STATECRAFT_PORT', 'http'],
			['STATECRAFT_LOG_LEVEL', 'loud'],
			['STATECRAFT_ALLOWED_ORIGINS', 'panel.example'],
			['STATECRAFT_HEARTBEAT_INTERVAL_MS', '1.5'],
			['STATECRAFT_SQLITE_SYNCHRONOUS', 'OFF'],
		];
		for (const [variable, value] of bad) {
			const error = catchError(() => loadConfig({}, { [variable]: value }));
			expect(error.code).toBe('invalid_configuration');
			expect(error.message).toContain(`${variable} (it is "${value}")`);
		}
		for (const [variable, value] of [
			['STATECRAFT_TOKEN', 'two words'],
			['GITHUB_TOKEN', 'two words'],
			['STATECRAFT_GITHUB_API_URL', 'https://mona:lisa@github.example/api/v3'],
		] as const) {
			const secret = catchError(() => loadConfig({}, { [variable]: value }));
			expect(secret.message).toContain(variable);
			expect(secret.message).not.toContain(value);
		}
	});

	it('name the API of GitHub, and the token to read it with', () => {
		expect(loadConfig({}, {})).toMatchObject({ githubApiUrl: 'https://api.github.com', githubToken: undefined });
		const environment = { STATECRAFT_GITHUB_API_URL: 'https://github.example/api/v3/', GITHUB_TOKEN: 'ghp_1' };
		expect(loadConfig({}, environment)).toMatchObject({
			githubApiUrl: 'https://github.example/api/v3',
			githubToken: 'ghp_1',
		});
		for (const bad of [
			'github.example',
			'ftp://github.example',
			'https://github.example/?q=1',
			'https://github.example/#x',
		])
			expect(catchError(() => loadConfig({}, { STATECRAFT_GITHUB_API_URL: bad })).code).toBe('invalid_configuration');
	});

	it('are all described, and each has its own variable', () => {
		const described = describeSettings();
		expect(described.every(({ meaning }) => meaning.endsWith('.'))).toBe(true);
		expect(new Set(described.map(({ variable }) => variable)).size).toBe(described.length);
		expect(Object.keys(loadConfig({} satisfies SettingTexts, {})).sort()).toEqual(
			Object.keys(environmentVariables).sort(),
		);
	});
});

function catchError(act: () => unknown): StatecraftError {
	try {
		act();
	} catch (error) {
		if (error instanceof StatecraftError) return error;
		throw error;
	}
	throw new Error('nothing was thrown');
}
