/** Starts the server in this process. Loaded only when asked for: no other command needs its weight. */

import { loadConfig, type SettingTexts } from '../config.ts';

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
	const running = await startStatecraft(config);
	const { url, token, close } = running;
	return { url, token, isTokenGiven: config.token !== undefined, close };
}
