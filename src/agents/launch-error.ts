import { catalogue, createFailure, type Failure, type StatecraftError } from '../errors.ts';
import type { TransportClosure } from './drivers/driver.ts';

/** A launch that failed, with the end of its process where there was one. */
export class LaunchError extends Error {
	override readonly name = 'LaunchError';
	readonly reason: StatecraftError;
	readonly closure: TransportClosure | null;

	constructor(reason: StatecraftError, closure: TransportClosure | null) {
		super(reason.message, { cause: reason });
		this.reason = reason;
		this.closure = closure;
	}

	/** The agent does not know the session it was to take up again. */
	get isSessionLost(): boolean {
		const detail = this.reason.extras.actual;
		return typeof detail === 'object' && detail !== null && 'resume' in detail && detail.resume === 'not_found';
	}

	/** As it is stored with the agent and its run. */
	toFailure(): Failure {
		const { code, message, extras } = this.reason;
		const known = catalogue[code].kind === 'bug' ? ('spawn_failed' as const) : code;
		const closure = this.closure;
		return createFailure(known, message, {
			...(extras.hint !== undefined && { hint: extras.hint }),
			...(closure && { exit: closure.reason, exitCode: closure.exitCode, signal: closure.signal }),
			...(closure && closure.stderrTail !== '' && { stderrTail: closure.stderrTail }),
		});
	}
}
