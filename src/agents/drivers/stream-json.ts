/**
 * The stream-json protocol of Claude Code: newline-delimited JSON over stdin and stdout, or the same
 * messages over a socket.
 *
 * 1. Ready means that `initialize` was answered. `system/init` is not waited for: the agent is silent until
 *    its first prompt.
 * 2. Resuming is the command line's affair (`--resume <id>`), or that of the program that dials in. An agent
 *    that does not have the session ends at once, and `connect` rejects with `handshake_failed` and
 *    `extras.actual.resume` = `not_found`: launch it fresh.
 * 3. So is a tool server: one that the agent has still to be told of is one that it does without, visibly.
 * 4. A handshake that fails closes the connection; ending the process is for whoever started it.
 */
import { StatecraftError } from '../../errors.ts';
import type { ConnectOptions, Protocol } from './driver.ts';
import { describeHandshakeError } from './stream-json-handshake.ts';
import { createStreamJsonSession } from './stream-json-session.ts';

export const streamJsonProtocol: Protocol = {
	name: 'stream-json',
	async connect(transport, options) {
		const session = createStreamJsonSession(transport, options);
		const abort = watchAbort(options.signal);
		try {
			await Promise.race([session.initialize(), abort.aborted]);
			tellMissingTools(options);
			return session;
		} catch (error) {
			transport.close();
			throw describeHandshakeError(error);
		} finally {
			abort.stop();
		}
	},
};

function tellMissingTools({ toolServer, sink }: ConnectOptions): void {
	if (!toolServer) return;
	const data = { name: toolServer.name, reason: 'only the preset is started with MCP servers' };
	sink.output({ type: 'other', name: 'tools_not_offered', data });
}

/** Rejects when the signal aborts, with its reason where that is an error of ours; `stop` takes the listener away again. */
function watchAbort(signal: AbortSignal): { readonly aborted: Promise<never>; stop(): void } {
	let onAbort = () => {};
	const aborted = new Promise<never>((_, reject) => {
		onAbort = () => reject(describeAbortion(signal));
		if (signal.aborted) onAbort();
		else signal.addEventListener('abort', onAbort, { once: true });
	});
	return { aborted, stop: () => signal.removeEventListener('abort', onAbort) };
}

function describeAbortion(signal: AbortSignal): StatecraftError {
	if (signal.reason instanceof StatecraftError) return signal.reason;
	return new StatecraftError('handshake_failed', 'It was given up before the agent was ready');
}
