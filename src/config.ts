/**
 * Settings: the only reader of `process.env`. Each is described once, in `settings`, with the variable
 * that sets it, its default and what makes it valid; a bad value is one clear message that names it.
 */

import { join, resolve } from 'node:path';
import { z } from 'zod';
import { StatecraftError } from './errors.ts';

const wholeNumber = (least: number, most: number) =>
	z.coerce.number(`a whole number from ${least} to ${most}`).int().min(least).max(most);

/** Names separated by commas or spaces. */
const nameList = z.string().transform((text) => text.split(/[\s,]+/).filter((name) => name !== ''));

const hourMs = 3_600_000;

const schema = z.object({
	port: wholeNumber(0, 65_535).default(4700).describe('Port to listen on; 0 takes a free one.'),
	host: z.string().min(1).default('127.0.0.1').describe('Address to bind.'),
	dataDir: z.string().min(1).default('./.statecraft').describe('Directory of the database, the token and logs.'),
	databaseUrl: z
		.string()
		.refine(isDatabaseUrl, 'file:<path> or postgresql://<user>@<host>/<database>')
		.optional()
		.describe('Database: postgresql://…, or file:…; by default a SQLite file in the data directory.'),
	token: z
		.string()
		.regex(/^\S+$/, 'a token without spaces')
		.optional()
		.describe('Admin token; by default one is made on first start and kept in the data directory.'),
	logLevel: z
		.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
		.default('info')
		.describe('Least level that is logged.'),
	allowedHosts: nameList.default([]).describe('Host names, besides localhost and the bound one, that clients may use.'),
	allowedOrigins: nameList
		.refine((origins) => origins.every(isOrigin), 'origins such as https://example.org, separated by commas')
		.default([])
		.describe('Origins of pages, besides our own, that may call the API.'),
	bodyLimitBytes: wholeNumber(1_024, 2 ** 30)
		.default(2 ** 20)
		.describe('Longest request body.'),
	agentFrameLimitBytes: wholeNumber(1_024, 2 ** 30)
		.default(2 ** 25)
		.describe('Longest message of an agent that dials in.'),
	agentPingIntervalMs: wholeNumber(100, hourMs)
		.default(15_000)
		.describe('How often an agent that dialled in is pinged; one that answers two pings no more is cut off.'),
	streamBufferBytes: wholeNumber(2 ** 14, 2 ** 30)
		.default(2 ** 20)
		.describe('Events kept in memory for one client that reads slowly; beyond it is told of a gap.'),
	streamClientLimit: wholeNumber(1, 100_000).default(1_000).describe('Most clients on /stream at a time.'),
	heartbeatIntervalMs: wholeNumber(100, 24 * hourMs)
		.default(30_000)
		.describe('How often an agent should show a sign of life.'),
	reconnectGraceMs: wholeNumber(0, 24 * hourMs)
		.default(30_000)
		.describe('How long an agent that dialled in may be away.'),
	startupTimeoutMs: wholeNumber(100, 24 * hourMs)
		.default(60_000)
		.describe('How long an agent may take to get ready.'),
	shutdownGraceMs: wholeNumber(0, hourMs).default(10_000).describe('How long a shutdown waits for what is in flight.'),
	sqliteSynchronous: z
		.enum(['FULL', 'NORMAL'])
		.default('FULL')
		.describe('SQLite: FULL survives a power cut, NORMAL a killed process only.'),
	githubToken: z
		.string()
		.regex(/^\S+$/, 'a token without spaces')
		.optional()
		.describe('Token with which GitHub triggers read; without one, public repositories only, 60 requests an hour.'),
	notifyUrl: nameList
		.refine((urls) => urls.every(isNotifiable), 'http or https URLs, separated by commas')
		.default([])
		.describe('URLs that are told of what people have to know: requests, failures, budgets.'),
	notifySecret: z
		.string()
		.min(16)
		.optional()
		.describe('Signs what is sent to these URLs; without one it is not signed.'),
	githubApiUrl: z
		.string()
		.refine(isPlainUrl, 'an http or https URL without user, query and fragment')
		.transform((url) => url.replace(/\/+$/, ''))
		.default('https://api.github.com')
		.describe("GitHub's REST API; for GitHub Enterprise Server https://<host>/api/v3."),
	inspectorUrl: z
		.string()
		.refine(isPlainUrl, 'an http or https URL without user, query and fragment')
		.default('https://stately.ai/inspect')
		.describe('The Stately inspector that /inspect opens.'),
	valkeyUrl: z
		.string()
		.refine(isValkeyUrl, 'a redis://, rediss:// or valkey:// URL')
		.optional()
		.describe('Valkey or Redis that events and the state of agents are relayed to.'),
	valkeyPrefix: z
		.string()
		.regex(/^[^\s:*?[\]{}]+$/, 'a word without spaces, colons, braces and wildcards')
		.default('statecraft')
		.describe('First word of every key and channel there; each installation needs one of its own.'),
	valkeyStreamLength: wholeNumber(100, 100_000_000)
		.default(100_000)
		.describe('Events that are kept in the stream there, about.'),
	valkeyOutput: z
		.enum(['0', '1'], '0 or 1')
		.default('0')
		.transform((flag) => flag === '1')
		.describe('1 relays what agents say, too.'),
});

/** Settings whose value no message shows, not even a wrong one: they are secrets, or may hold one. */
const secretSettings: ReadonlySet<string> = new Set([
	'databaseUrl',
	'token',
	'githubToken',
	'githubApiUrl',
	'notifyUrl',
	'notifySecret',
	'valkeyUrl',
]);

/** The variable that sets each setting. */
export const environmentVariables = {
	port: 'STATECRAFT_PORT',
	host: 'STATECRAFT_HOST',
	dataDir: 'STATECRAFT_DATA_DIR',
	databaseUrl: 'DATABASE_URL',
	token: 'STATECRAFT_TOKEN',
	logLevel: 'STATECRAFT_LOG_LEVEL',
	allowedHosts: 'STATECRAFT_ALLOWED_HOSTS',
	allowedOrigins: 'STATECRAFT_ALLOWED_ORIGINS',
	bodyLimitBytes: 'STATECRAFT_BODY_LIMIT_BYTES',
	agentFrameLimitBytes: 'STATECRAFT_AGENT_FRAME_LIMIT_BYTES',
	agentPingIntervalMs: 'STATECRAFT_AGENT_PING_INTERVAL_MS',
	streamBufferBytes: 'STATECRAFT_STREAM_BUFFER_BYTES',
	streamClientLimit: 'STATECRAFT_STREAM_CLIENT_LIMIT',
	heartbeatIntervalMs: 'STATECRAFT_HEARTBEAT_INTERVAL_MS',
	reconnectGraceMs: 'STATECRAFT_RECONNECT_GRACE_MS',
	startupTimeoutMs: 'STATECRAFT_STARTUP_TIMEOUT_MS',
	shutdownGraceMs: 'STATECRAFT_SHUTDOWN_GRACE_MS',
	sqliteSynchronous: 'STATECRAFT_SQLITE_SYNCHRONOUS',
	githubToken: 'GITHUB_TOKEN',
	notifyUrl: 'STATECRAFT_NOTIFY_URL',
	notifySecret: 'STATECRAFT_NOTIFY_SECRET',
	githubApiUrl: 'STATECRAFT_GITHUB_API_URL',
	inspectorUrl: 'STATECRAFT_INSPECTOR_URL',
	valkeyUrl: 'STATECRAFT_VALKEY_URL',
	valkeyPrefix: 'STATECRAFT_VALKEY_PREFIX',
	valkeyStreamLength: 'STATECRAFT_VALKEY_STREAM_LENGTH',
	valkeyOutput: 'STATECRAFT_VALKEY_OUTPUT',
} as const satisfies Record<SettingName, string>;

export type SettingName = keyof z.output<typeof schema>;

/** Everything that can be set, validated. `dataDir` is absolute. */
export interface Config
	extends Omit<
		Readonly<z.output<typeof schema>>,
		'databaseUrl' | 'token' | 'githubToken' | 'notifySecret' | 'valkeyUrl'
	> {
	readonly databaseUrl: string;
	/** Undefined: the one kept in the data directory. */
	readonly token: string | undefined;
	readonly githubToken: string | undefined;
	readonly notifySecret: string | undefined;
	/** Undefined: nothing is relayed. */
	readonly valkeyUrl: string | undefined;
	/** Whether traces are exported. */
	readonly tracing: boolean;
}

/** Settings given as text, as flags of the command line are; they win over the environment. */
export type SettingTexts = Readonly<Partial<Record<SettingName, string | undefined>>>;

/** Reads the settings; rejects a bad value with `invalid_configuration`, naming the variable. */
export function loadConfig(flags: SettingTexts = {}, environment: NodeJS.ProcessEnv = process.env): Config {
	const texts: Record<string, string> = {};
	for (const [name, variable] of Object.entries(environmentVariables)) {
		// An empty variable counts as unset: that is how compose files and CI systems leave one out.
		const text = flags[name as SettingName] ?? (environment[variable] || undefined);
		if (text !== undefined) texts[name] = text;
	}
	const parsed = schema.safeParse(texts);
	if (!parsed.success) throw describeBadSetting(parsed.error, texts);
	const dataDir = resolve(parsed.data.dataDir);
	const databaseUrl = parsed.data.databaseUrl ?? `file:${join(dataDir, 'statecraft.db')}`;
	const { token, githubToken, notifySecret, valkeyUrl } = parsed.data;
	const tracing = isTracingConfigured(environment);
	return { ...parsed.data, dataDir, databaseUrl, token, githubToken, notifySecret, valkeyUrl, tracing };
}

/** One line for each setting, for `--help` and the documentation. */
export function describeSettings(): ReadonlyArray<{ readonly variable: string; readonly meaning: string }> {
	return Object.entries(environmentVariables).map(([name, variable]) => ({
		variable,
		meaning: schema.shape[name as SettingName].description ?? '',
	}));
}

/**
 * Tracing is set by OpenTelemetry's standard variables and by nothing of ours. Here it is only decided
 * whether there is any; where there is, the SDK reads them by itself, with many more (headers, sampler,
 * timeouts, resource attributes). What it would silently get wrong is refused here.
 */
function isTracingConfigured(environment: NodeJS.ProcessEnv): boolean {
	const endpoints = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
	const endpoint = endpoints.find((variable) => environment[variable]);
	const isDisabled = environment.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
	const exporters = (environment.OTEL_TRACES_EXPORTER || 'otlp').split(',').map((name) => name.trim());
	if (endpoint === undefined || isDisabled || !exporters.includes('otlp')) return false;
	// Without it the SDK would turn to localhost. What stands there may hold a password, and is not shown.
	if (!isNotifiable(environment[endpoint] ?? '')) throw badTracing(endpoint, 'an http or https URL');
	const protocols = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'];
	const protocol = protocols.find((variable) => environment[variable]);
	if (protocol !== undefined && !environment[protocol]?.startsWith('http/')) {
		throw badTracing(protocol, 'http/json: spans are sent over HTTP; receivers take it on port 4318 as a rule');
	}
	return true;
}

function badTracing(variable: string, wanted: string): StatecraftError {
	const issues = [{ path: variable, message: `${variable}: ${wanted}` }];
	return new StatecraftError('invalid_configuration', `${variable}: ${wanted}`, { issues });
}

function describeBadSetting(error: z.ZodError, texts: Readonly<Record<string, string>>): StatecraftError {
	const issues = error.issues.map((issue) => {
		const name = String(issue.path[0]) as SettingName;
		const variable = environmentVariables[name];
		const value = secretSettings.has(name) ? '' : ` (it is "${texts[name]}")`;
		return { path: variable, message: `${variable}${value}: ${issue.message}` };
	});
	const detail = issues.map((issue) => issue.message).join('; ');
	return new StatecraftError('invalid_configuration', detail, { issues });
}

/** Whether it names a database that a store can be in. */
export function isDatabaseUrl(text: string): boolean {
	if (text.startsWith('file:')) return text.length > 'file:'.length;
	return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
}

function isNotifiable(text: string): boolean {
	return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

function isValkeyUrl(text: string): boolean {
	return URL.canParse(text) && /^(rediss?|valkeys?):$/.test(new URL(text).protocol) && new URL(text).hostname !== '';
}

function isPlainUrl(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, username, password, search, hash } = new URL(text);
	return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
}

function isOrigin(text: string): boolean {
	return URL.canParse(text) && new URL(text).origin === text;
}
