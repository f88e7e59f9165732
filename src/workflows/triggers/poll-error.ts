/** A trigger could not be read; the runner backs off, at least until `retryAt`. */

import { type ErrorCode, StatecraftError } from '../../errors.ts';

export class PollError extends StatecraftError {
	/** Epoch milliseconds, where the source says when; null otherwise. */
	readonly retryAt: number | null;

	constructor(code: ErrorCode, detail: string, retryAt: number | null = null, options?: ErrorOptions) {
		super(code, detail, {}, options);
		this.retryAt = retryAt;
	}
}
