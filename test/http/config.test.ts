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
		const token = catchError(() => loadConfig({}, { STATECRAFT_TOKEN: 'two words' }));
		expect(token.message).toContain('STATECRAFT_TOKEN');
		expect(token.message).not.toContain('two words');
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
