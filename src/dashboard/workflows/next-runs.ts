/** When a trigger that goes by the clock would set its workflow off: asked of the server while it is typed. */

import { useLoaded } from '../connection/loaded.ts';
import { useSettled } from './settled.ts';
import { findTriggerProblems, readTrigger, type TriggerDraft, type TriggerProblems } from './trigger-form.ts';
import { readRefusal } from './workflow-problems.ts';

export interface NextRuns {
	/** As people of the trigger's zone read them; empty where nothing is known. */
	readonly times: readonly string[];
	/** What the server could not make sense of. */
	readonly problems: TriggerProblems;
}

export function useNextRuns(draft: TriggerDraft): NextRuns {
	const hasClock = draft.type === 'cron' && Object.keys(findTriggerProblems(draft)).length === 0;
	const current = hasClock ? JSON.stringify({ trigger: readTrigger(draft) }) : '';
	const asked = useSettled(current);
	const { data, error, isLoading } = useLoaded(asked === '' ? null : asked, (api, signal) =>
		api.post<{ nextAt: string[] }>('/workflows/preview-trigger', JSON.parse(asked), { signal }),
	);
	// What was said of something else is neither right nor wrong about this.
	if (current === '' || current !== asked || isLoading) return { times: [], problems: {} };
	if (error) return { times: [], problems: readRefusal(error, draft).problems.trigger };
	return { times: (data?.nextAt ?? []).map((at) => formatInZone(at, draft.texts.timeZone)), problems: {} };
}

/** `Fri, Nov 20, 09:00`, with seconds where there are any. UTC for a zone that this browser does not know. */
export function formatInZone(at: string, timeZone = '', language?: string): string {
	const time = new Date(at);
	const options: Intl.DateTimeFormatOptions = {
		weekday: 'short',
		day: 'numeric',
		month: 'short',
		hour: '2-digit',
		minute: '2-digit',
		...(time.getUTCSeconds() !== 0 && { second: '2-digit' }),
		hourCycle: 'h23',
	};
	const write = (zone: string) => new Intl.DateTimeFormat(language, { ...options, timeZone: zone }).format(time);
	try {
		return write(timeZone.trim() || 'UTC');
	} catch {
		return `${write('UTC')} UTC`;
	}
}
