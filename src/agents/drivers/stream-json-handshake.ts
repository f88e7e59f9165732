/** What may go wrong before a stream-json agent is ready, named so that the host knows what to do next. */
import { StatecraftError, toStatecraftError } from '../../errors.ts';
import type { TransportClosure } from './driver.ts';
import { ControlError } from './stream-json-control.ts';
import type { ResultMessage } from './stream-json-messages.ts';
import { needsLogin } from './stream-json-result.ts';

/** Claude Code on `--resume` with an id or title that it does not have. */
const sessionMissing = /no conversation found with session id|does not match any session/i;

/** Whether an error answer to `initialize` says that an earlier connection has done it: ready as well. */
export function isAlreadyInitialized(error: unknown): boolean {
	return error instanceof ControlError && /already initialized/i.test(error.message);
}

/** The agent closed the connection instead of answering; its last line says why, where it has one. */
export function describeEarlyClosure(closure: TransportClosure): StatecraftError {
	const { reason, exitCode, signal, stderrTail } = closure;
	const lastLine = stderrTail.trim().split('\n').at(-1);
	const message = `The agent ended before it was ready: ${reason}${lastLine ? `: ${lastLine}` : ''}`;
	return describeRefusal(message, { exitCode, signal, stderrTail }, stderrTail);
}

/** The agent reported the end of a turn that it was never given: it could not start. */
export function describeEarlyResult(result: ResultMessage): StatecraftError {
	const message = result.errors?.join('; ') || result.result || `The agent could not start: ${result.subtype}`;
	return describeRefusal(message, { subtype: result.subtype });
}

/** Whatever else was thrown while shaking hands. */
export function describeHandshakeError(error: unknown): StatecraftError {
	return error instanceof ControlError
		? describeRefusal(error.message, {})
		: toStatecraftError(error, 'handshake_failed');
}

/**
 * `extras.actual.resume` is `not_found` when a fresh session would do.
 * @param evidence all that the agent said
 */
function describeRefusal(
	message: string,
	actual: Readonly<Record<string, unknown>>,
	evidence: string = message,
): StatecraftError {
	if (needsLogin(evidence)) return new StatecraftError('authentication_required', message, { actual });
	const resume = sessionMissing.test(evidence) ? { resume: 'not_found' } : {};
	return new StatecraftError('handshake_failed', message, { actual: { ...actual, ...resume } });
}
