/** What every command is given: settings, the API, a printer and a signal for Ctrl-C. */

import type { Command } from 'commander';
import { type ApiClient, createApiClient } from './client.ts';
import { createPrinter, type Printer } from './printer.ts';
import { readSettings, type Settings } from './settings.ts';

export interface Context {
	readonly settings: Settings;
	readonly api: ApiClient;
	readonly print: Printer;
}

export function createContext(command: Command): Context {
	const settings = readSettings(command);
	return { settings, api: createApiClient(settings), print: createPrinter(settings.json) };
}

/** Aborts at the first SIGINT or SIGTERM; `dispose` gives the signals back. */
export function createInterrupt(): { readonly signal: AbortSignal; dispose(): void } {
	const controller = new AbortController();
	const interrupt = (): void => controller.abort();
	process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
	return {
		signal: controller.signal,
		dispose: () => {
			process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
		},
	};
}
