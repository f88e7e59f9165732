/** A failure as machines carry it: JSON only. The same shape as `Failure` of the error catalogue. */
export interface MachineFailure {
	readonly code: string;
	readonly message: string;
	/** Whether trying again may help. */
	readonly retryable: boolean;
	readonly detail?: Readonly<Record<string, unknown>>;
}
