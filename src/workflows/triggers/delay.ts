/** The trigger `delay`: one item at a time that is set, or at once when that has passed; then never again. */

import type { TriggerSource } from './source.ts';
import type { TriggerOf } from './trigger-config.ts';
import { createWorkItem } from './work-item.ts';

/** The time it has fired for, as ISO time; null while it has not. An edit of the time makes it fire again. */
type DelayCursor = string | null;

export function createDelaySource(): TriggerSource<TriggerOf<'delay'>, DelayCursor> {
	return {
		async poll({ trigger, cursor, now }) {
			const at = Date.parse(trigger.runAt);
			const runAt = new Date(at).toISOString();
			if (cursor === runAt) return { items: [], cursor, nextPollAt: null, exhausted: true };
			if (now < at) return { items: [], cursor, nextPollAt: at };
			const item = createWorkItem({ sourceId: `delay:${runAt}`, title: `Due at ${runAt}`, at, metadata: { runAt } });
			return { items: [item], cursor: runAt, nextPollAt: null, exhausted: true };
		},
	};
}
