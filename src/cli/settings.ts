/** Where the server is, who asks and how answers are written: the options every command takes. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { StatecraftError } from '../errors.ts';

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
	readonly url: string;
	readonly token?: string;
	readonly dataDir: string;
	readonly json?: boolean;
}

/** Adds the global options; commander reads the environment variables they name. */
export function addGlobalOptions(program: Command): void {
	program
		.addOption(new Option('--json', 'print JSON: one document, or one line per item for streams'))
		.addOption(
			new Option('--url <url>', 'address of the server').env('STATECRAFT_URL').default('http://127.0.0.1:4700'),
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
		url: checkUrl(options.url),
		token: options.token || readTokenFile(dataDir),
		dataDir,
		json: options.json === true,
	};
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
