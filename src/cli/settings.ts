/** Where the server is, who asks and how answers are written: the options every command takes. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { StatecraftError } from '../errors.ts';
import { readLockInfo } from '../store/lock-info.ts';

const defaultPort = '4700';
const defaultUrl = `http://127.0.0.1:${defaultPort}`;

export interface Settings {
	/** Base of the API, without a slash at its end. */
	readonly url: string;
	/** Undefined when no token was given and the data directory holds none. */
	readonly token: string | undefined;
	/** Absolute. */
	readonly dataDir: string;
	readonly json: boolean;
}

interface GlobalOptions {
	readonly url?: string;
	readonly token?: string;
	readonly dataDir: string;
	readonly json?: boolean;
}

/** Adds the global options; commander reads the environment variables they name. */
export function addGlobalOptions(program: Command): void {
	program
		.addOption(new Option('--json', 'print JSON: one document, or one line per item for streams'))
		.addOption(
			new Option(
				'--url <url>',
				`address of the server (default: that of STATECRAFT_PORT, else of the server that holds the data directory, else ${defaultUrl})`,
			).env('STATECRAFT_URL'),
		)
		.addOption(
			new Option('--token <token>', 'API token (default: the token file in the data directory)').env(
				'STATECRAFT_TOKEN',
			),
		)
		.addOption(
			new Option('--data-dir <path>', "the server's data directory")
				.env('STATECRAFT_DATA_DIR')
				.default('./.statecraft'),
		);
}

/** Reads the settings a command runs with; fails with `invalid_request` when the address is no URL. */
export function readSettings(command: Command): Settings {
	const options = command.optsWithGlobals<GlobalOptions>();
	const dataDir = resolve(options.dataDir);
	return {
		url: checkUrl(options.url || findUrl(dataDir)),
		token: options.token || readTokenFile(dataDir),
		dataDir,
		json: options.json === true,
	};
}

/** Where the server is, as far as it can be told without its address: see the option `--url`. */
function findUrl(dataDir: string, environment: NodeJS.ProcessEnv = process.env): string {
	const { STATECRAFT_PORT: port = '', STATECRAFT_HOST: host = '' } = environment;
	// Port 0 is one that the server chooses.
	if (Number(port) > 0 || (host !== '' && port === '')) return urlOf(host, port || defaultPort);
	const address = readLockInfo(dataDir)?.address;
	if (typeof address !== 'string') return defaultUrl;
	const url = address.includes('://') ? address : `http://${address}`;
	if (!URL.canParse(url)) return defaultUrl;
	const { hostname, port: known } = new URL(url);
	return urlOf(hostname, known);
}

/** One that listens everywhere is reached here. */
function urlOf(host: string, port: string): string {
	if (host === '' || host === '0.0.0.0' || host === '::' || host === '[::]') return `http://127.0.0.1:${port}`;
	return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

/** Path of the file in which the server keeps its admin token. */
export function tokenFile(dataDir: string): string {
	return join(dataDir, 'token');
}

function checkUrl(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
		throw new StatecraftError('invalid_request', `"${text}" is not an http or https address`, {
			hint: 'give --url or STATECRAFT_URL in the form http://127.0.0.1:4700',
		});
	return text.replace(/\/+$/, '');
}

function readTokenFile(dataDir: string): string | undefined {
	try {
		return readFileSync(tokenFile(dataDir), 'utf8').trim() || undefined;
	} catch {
		// No file, or not ours to read: the server's 401 explains what to do.
		return undefined;
	}
}
