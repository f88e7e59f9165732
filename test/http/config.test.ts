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

	it('export traces where the variables of OpenTelemetry say so, and refuse what its SDK would get wrong', () => {
		const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
		const traced = (environment: NodeJS.ProcessEnv) => loadConfig({}, environment).tracing;
		expect(traced({})).toBe(false);
		expect(traced({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBe(false);
		expect(traced({ OTEL_SERVICE_NAME: 'fleet' })).toBe(false);
		expect(traced(endpoint)).toBe(true);
		expect(traced({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://otel.example/v1/traces' })).toBe(true);
		expect(traced({ ...endpoint, OTEL_SDK_DISABLED: 'True' })).toBe(false);
		expect(traced({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBe(false);
		expect(traced({ ...endpoint, OTEL_TRACES_EXPORTER: 'console, otlp' })).toBe(true);
		expect(traced({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' })).toBe(true);
		const secret = catchError(() => traced({ OTEL_EXPORTER_OTLP_ENDPOINT: 'mona:lisa@otel.example' }));
		expect(secret.code).toBe('invalid_configuration');
		expect(secret.message).toContain('OTEL_EXPORTER_OTLP_ENDPOINT: an http or https URL');
		expect(secret.message).not.toContain('lisa');
		const protocol = catchError(() => traced({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }));
		expect(protocol.message).toContain('OTEL_EXPORTER_OTLP_PROTOCOL: http/json');
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
		// Tracing is set by the variables of OpenTelemetry.
		expect(Object.keys(loadConfig({} satisfies SettingTexts, {})).sort()).toEqual(
			[...Object.keys(environmentVariables), 'tracing'].sort(),
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
