/**
 * Judges what comes instead of an ACP agent's result: JSON-RPC errors and the end of the connection become
 * errors of the catalogue.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { RequestError } from '@agentclientprotocol/sdk';
import { createFailure, type ErrorCode, type Failure, StatecraftError } from '../../errors.ts';
import type { Transport } from './driver.ts';

/** Codes of JSON-RPC and ACP. */
const codes = {
	authRequired: -32000,
	resourceNotFound: -32002,
	invalidRequest: -32600,
	methodNotFound: -32601,
	invalidParams: -32602,
	/** An HTTP status that agents pass on as it is. */
	tooManyRequests: 429,
} as const;

/** How long the transport may take to end after the connection over it has. */
const closureMs = 5000;

/** A way to log in that the agent offers. */
export interface LoginMethod {
	readonly name: string;
	readonly description?: string | null | undefined;
}

/** The same prompt would be answered in the same way again. */
const hopelessCodes: ReadonlySet<number> = new Set([
	codes.resourceNotFound,
	codes.invalidRequest,
	codes.methodNotFound,
	codes.invalidParams,
]);

export function isAuthenticationRequired(error: unknown): boolean {
	return error instanceof RequestError && error.code === codes.authRequired;
}

/** The provider behind the agent takes no more work for now. */
export function isUsageLimit(error: unknown): boolean {
	return error instanceof RequestError && error.code === codes.tooManyRequests;
}

/** Why a turn failed, from the error that answered `session/prompt`. */
export function judgeTurnError(error: RequestError, authMethods: readonly LoginMethod[]): Failure {
	if (isAuthenticationRequired(error)) {
		const { message, extras } = authenticationRequired(error, authMethods);
		return createFailure('authentication_required', message, { hint: extras.hint });
	}
	const failure = createFailure('turn_failed', error.message, { code: error.code, data: error.data });
	return { ...failure, retryable: !hopelessCodes.has(error.code) };
}

/** Names the ways to log in. */
export function authenticationRequired(error: RequestError, authMethods: readonly LoginMethod[]): StatecraftError {
	const names = authMethods.map(({ name, description }) => (description ? `${name} (${description})` : name));
	const hint = names.length === 0 ? 'Log in with the program itself' : `Log in first: ${names.join('; ')}`;
	return new StatecraftError('authentication_required', error.message, { hint }, { cause: error });
}

/** The error for a connection that ended under somebody who waited: how the transport ended says why. */
export async function describeEnd(transport: Transport, cause: unknown, code?: ErrorCode): Promise<StatecraftError> {
	const closure = await Promise.race([transport.closed, delay(closureMs, null, { ref: false })]);
	if (closure === null) {
		return new StatecraftError(code ?? 'connection_lost', 'The agent can no longer be talked to', {}, { cause });
	}
	const { reason, exitCode, signal, stderrTail } = closure;
	// The last line that has words: what is printed in pieces ends with a brace.
	const lastWords = stderrTail.split('\n').findLast((line) => /[a-z]/i.test(line));
	const detail = `The agent ended (${reason})${lastWords ? `: ${lastWords.trim()}` : ''}`;
	const ended = transport.kind === 'stdio' ? 'process_crashed' : 'connection_lost';
	return new StatecraftError(code ?? ended, detail, { actual: { exitCode, signal, stderrTail } }, { cause });
}
