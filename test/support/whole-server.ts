/** The whole product in this process, on a directory and port of its own: gone after the test, with all it started. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';
import { loadConfig, type SettingTexts } from '../../src/config.ts';
import { type Overrides, type Statecraft, startStatecraft } from '../../src/main.ts';
import { endLeftovers } from './leaks.ts';
import { createOperator, type Operator } from './operator.ts';

export interface WholeServer extends Operator {
	readonly statecraft: Statecraft;
	/** Everything the test writes to disk; kept when it fails. */
	readonly directory: string;
	readonly dataDir: string;
	readonly sessionDirectory: string;
	/** Ends the server in good order, before the test does. */
	shutDown(): Promise<void>;
}

export interface WholeServerOptions {
	readonly settings?: SettingTexts;
	readonly overrides?: Overrides;
	/** A directory that another server has used; its owner removes it. */
	readonly directory?: string;
}

export async function startWholeServer(options: WholeServerOptions = {}): Promise<WholeServer> {
	const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'statecraft-world-'));
	const dataDir = join(directory, 'data');
	const sessionDirectory = join(directory, 'sessions');
	const config = loadConfig({ port: '0', dataDir, sqliteSynchronous: 'NORMAL', ...options.settings }, {});
	const errors: string[] = [];
	const logger = pino({ level: 'error' }, { write: (line: string) => errors.push(line) });
	const statecraft = await startStatecraft(config, { logger, ...options.overrides });
	const { url, token } = statecraft;
	const operator = createOperator({ url, token, directory, sessionDirectory });
	let closed: Promise<void> | undefined;

	function shutDown(): Promise<void> {
		closed ??= operator.close().then(() => statecraft.close());
		return closed;
	}

	onTestFinished(async ({ task }) => {
		await shutDown();
		expect(await endLeftovers(dataDir)).toEqual([]);
		expect(errors).toEqual([]);
		if (options.directory === undefined && task.result?.state !== 'fail') rmSync(directory, { recursive: true });
	});
	return { ...operator, statecraft, directory, dataDir, sessionDirectory, shutDown };
}
