/** A time told relative to now; the title says it in full. Server times are read by the server's clock. */

import { usePage } from '../connection/session-context.ts';
import { useTimeText } from './clock.ts';
import { formatAbsolute, formatCountdown, formatRelative } from './durations.ts';

export interface TimeProps {
	/** ISO 8601, or epoch ms; null shows a dash. */
	readonly at: string | number | null | undefined;
	/** `relative`: how long ago. `countdown`: how long until then, to the second. */
	readonly style?: 'relative' | 'countdown';
}

export function Time({ at, style = 'relative' }: TimeProps) {
	const skewMs = usePage((context) => context.skewMs);
	const time = typeof at === 'string' ? Date.parse(at) : (at ?? Number.NaN);
	const text = useTimeText((now) => {
		if (Number.isNaN(time)) return '–';
		return style === 'countdown' ? formatCountdown(time - now - skewMs) : formatRelative(time, now + skewMs);
	});
	if (Number.isNaN(time)) return <span className="muted">–</span>;
	return (
		<time dateTime={new Date(time).toISOString()} title={formatAbsolute(time)}>
			{text}
		</time>
	);
}
