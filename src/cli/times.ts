/** Times and durations for people. */

/** `12s`, `5m`, `3h`, `2d`: how long ago an ISO time was at `now` (epoch ms). */
export function formatAge(at: string | null | undefined, now = Date.now()): string {
	if (!at) return '-';
	const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
	if (seconds < 60) return `${seconds}s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
	if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
	return `${Math.floor(seconds / 86_400)}d`;
}

/** Local date and time with seconds: `2026-03-01 14:02:07`. */
export function formatTime(at: string): string {
	const time = new Date(at);
	const two = (value: number): string => String(value).padStart(2, '0');
	const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
	return `${day} ${formatClock(at)}`;
}

/** Local time of day with seconds: `14:02:07`. */
export function formatClock(at: string): string {
	const time = new Date(at);
	const two = (value: number): string => String(value).padStart(2, '0');
	return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
