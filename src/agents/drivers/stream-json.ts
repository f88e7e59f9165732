/**
 * The stream-json protocol of Claude Code: newline-delimited JSON over stdin and stdout, or the same
 * messages over a socket.
 *
 * 1. Ready means that `initialize` was answered. `system/init` is not waited for: the agent is silent until
 *    its first prompt.
 * 2. Resuming is the command line's affair (`--resume <id>`). An agent that does not have the session ends at
 *    once, and `connect` rejects with `handshake_failed` and `facts.resume` = `not_found`: launch it fresh.
 */
import { StatecraftError } from '../../errors.ts';
import type { Protocol } from './driver.ts';
import { describeHandshakeError } from './stream-json-handshake.ts';
import { createStreamJsonSession } from './stream-json-session.ts';

export const streamJsonProtocol: Protocol = {
	name: 'stream-json',
	async connect(transport, options) {
		const session = createStreamJsonSession(transport, options);
		const abort = watchAbort(options.signal);
		try {
			await Promise.race([session.initialize(), abort.aborted]);
			return session;
		} catch (error) {
			throw describeHandshakeError(error);
		} finally {
			abort.stop();
		}
	},
};

/** Rejects when the signal aborts; `stop` takes the listener away again. */
function watchAbort(signal: AbortSignal): { readonly aborted: Promise<never>; stop(): void } {
	let onAbort = () => {};
	const aborted = new Promise<never>((_, reject) => {
		onAbort = () => reject(new StatecraftError('handshake_failed', 'Given up before the agent was ready'));
		if (signal.aborted) onAbort();
		else signal.addEventListener('abort', onAbort, { once: true });
	});
	return { aborted, stop: () => signal.removeEventListener('abort', onAbort) };
}
