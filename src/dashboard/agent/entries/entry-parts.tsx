/** What views of entries have in common. */

import type { ReactElement } from 'react';
import { formatAbsolute } from '../../components/durations.ts';
import type { Prompt } from '../../store/resources.ts';

const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
const sameDay = new Intl.DateTimeFormat(undefined, clock);
const otherDay = new Intl.DateTimeFormat(undefined, {
	month: 'short',
	day: 'numeric',
	hour: '2-digit',
	minute: '2-digit',
	hourCycle: 'h23',
});

/** When it was, by the clock; with the day when that is not today. */
export function Moment({ at }: { readonly at: string }): ReactElement {
	const time = new Date(at);
	const isToday = time.toDateString() === new Date().toDateString();
	return (
		<time className="moment" dateTime={at} title={formatAbsolute(time.getTime())}>
			{(isToday ? sameDay : otherDay).format(time)}
		</time>
	);
}

/** `850 ms`, `12.3 s`, `4 min 05 s`. */
export function formatSpan(ms: number): string {
	if (ms < 1_000) return `${Math.round(ms)} ms`;
	if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
	const minutes = Math.floor(ms / 60_000);
	if (minutes < 60) return `${minutes} min ${String(Math.floor((ms % 60_000) / 1_000)).padStart(2, '0')} s`;
	return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

const origins: ReadonlyArray<readonly [prefix: string, words: string]> = [
	['dsp_', 'from a workflow'],
	['tsk_', 'from a task'],
	['sup_', 'from its supervisor'],
	['page-', 'from the page'],
];

/** Who gave a prompt, as far as its key tells. */
export function describeOrigin(prompt: Pick<Prompt, 'idempotencyKey'> | undefined): string {
	const key = prompt?.idempotencyKey ?? '';
	return origins.find(([prefix]) => key.startsWith(prefix))?.[1] ?? '';
}
