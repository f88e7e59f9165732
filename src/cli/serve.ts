/** Starts the server in this process. Loaded only when asked for: no other command needs its weight. */

import { loadConfig, type SettingTexts } from '../config.ts';
import { exitCodes } from './failure.ts';

export interface RunningServer {
	readonly url: string;
	readonly token: string;
	/** It was given by flag or environment; otherwise it is in the data directory. */
	readonly isTokenGiven: boolean;
	close(options: { readonly leaveRunning: boolean }): Promise<void>;
}

/** Rejects with `invalid_configuration` and with what keeps the server from starting. */
export async function startServer(flags: SettingTexts): Promise<RunningServer> {
	const config = loadConfig(flags);
	const { startStatecraft } = await import('../main.ts');
	const { url, token, close } = await startStatecraft(config, {
		onTaken(error) {
			// Whatever is done here from now on is done twice. Agents are ended by their closing input, or by the new owner.
			process.stderr.write(`${error.message}\n`);
			process.exit(exitCodes.failure);
		},
	});
	return { url, token, isTokenGiven: config.token !== undefined, close };
}
