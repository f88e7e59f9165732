/** Times as people in a time zone write them. */

/** ISO time with the zone's offset, to the second: `2026-03-29T03:00:00+02:00`, or with `Z` for none. */
export function formatZoned(at: number, timeZone: string): string {
	const format = new Intl.DateTimeFormat('en', {
		timeZone,
		hourCycle: 'h23',
		year: 'numeric',
		month: '2-digit',
		day: '2-digit',
		hour: '2-digit',
		minute: '2-digit',
		second: '2-digit',
		timeZoneName: 'longOffset',
	});
	const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
	const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
	const date = [part('year'), part('month'), part('day')].join('-');
	const time = [part('hour'), part('minute'), part('second')].join(':');
	const offset = part('timeZoneName').replace('GMT', '');
	return `${date}T${time}${offset === '' || offset === '+00:00' ? 'Z' : offset}`;
}
