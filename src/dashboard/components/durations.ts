/** Times and durations in few words. Pure; milliseconds throughout. */

const units = [
	['d', 86_400_000],
	['h', 3_600_000],
	['min', 60_000],
	['s', 1_000],
] as const;

/** `3 min`, `2 h`: the largest unit that fits, rounded down; `0 s` for less than a second. */
export function formatDuration(ms: number): string {
	const [name, size] = units.find(([, least]) => ms >= least) ?? (['s', 1_000] as const);
	return `${Math.floor(Math.max(0, ms) / size)} ${name}`;
}

/** `2 min 05 s`, `1 h 03 min`: the two largest units, for countdowns. */
export function formatCountdown(ms: number): string {
	const whole = Math.max(0, ms);
	const at = units.findIndex(([, least]) => whole >= least);
	const [name, size] = units[at] ?? (['s', 1_000] as const);
	const [smaller, step] = units[at + 1] ?? [];
	const large = `${Math.floor(whole / size)} ${name}`;
	if (at < 0 || step === undefined) return large;
	return `${large} ${String(Math.floor((whole % size) / step)).padStart(2, '0')} ${smaller}`;
}

/** `5 s ago`, `in 3 min`, `just now`. */
export function formatRelative(at: number, now: number): string {
	const ms = now - at;
	if (Math.abs(ms) < 1_500) return 'just now';
	return ms > 0 ? `${formatDuration(ms)} ago` : `in ${formatDuration(-ms)}`;
}

/** Date and time as this browser's language writes them, by the clock of 24 hours as everywhere on the page. */
export function formatAbsolute(at: number): string {
	return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }).format(at);
}
