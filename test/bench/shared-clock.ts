/** Milliseconds of the clock that every process of this host reads alike, and that never jumps. */
export function sharedClockMs(): number {
	return Number(process.hrtime.bigint()) / 1e6;
}
