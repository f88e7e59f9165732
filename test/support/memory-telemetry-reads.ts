/** What telemetry counts, over the store in memory. */

import type { MemoryStore } from '../../src/store/memory-store.ts';
import type { Tally, TelemetryReads } from '../../src/telemetry/views.ts';

type Row = ReturnType<MemoryStore['rows']>[number];

export function createMemoryTelemetryReads(store: MemoryStore): TelemetryReads {
	return {
		async census(now) {
			const open = store.rows('requests').filter(({ status }) => status === 'open');
			const dispatches = store.rows('dispatches');
			const timers = await store.loadTimers();
			const oldest = new Map<string, number>();
			for (const { kind, asked_at: at } of open) {
				oldest.set(String(kind), Math.min(Number(at), oldest.get(String(kind)) ?? Number.POSITIVE_INFINITY));
			}
			const live = tally(dispatches, 'status');
			const scheduled = dispatches.filter((row) => row.next_attempt_at !== null && row.next_attempt_at !== undefined);
			return {
				agents: tally(store.rows('agents'), 'execution_state'),
				queuedPrompts: store.rows('agents').reduce((sum, row) => sum + Number(row.queued_prompts), 0),
				openRequests: tally(open, 'kind'),
				oldestRequests: oldest,
				supervisors: tally(store.rows('supervisors'), 'state'),
				tasks: tally(store.rows('tasks'), 'state'),
				runners: tally(
					store.rows('workflows').filter((row) => typeof row.runner_state === 'string'),
					'runner_state',
				),
				dispatches: new Map([
					['pending', live.get('pending') ?? 0],
					['dispatched', live.get('dispatched') ?? 0],
					['retrying', scheduled.length - (live.get('pending') ?? 0)],
				]),
				timers: timers.length,
				overdueTimers: timers.filter(({ dueAt }) => dueAt <= now).length,
				effects: (await store.loadEffects()).length,
				messages: (await store.loadMessages()).length,
				quarantinedActors: 0,
				lastEventSeq: store.events().at(-1)?.seq ?? 0,
			};
		},
		async turnStarts(promptIds) {
			const rows = store.rows('prompts').filter(({ id }) => promptIds.includes(String(id)));
			return new Map(rows.map((row) => [String(row.id), typeof row.started_at === 'number' ? row.started_at : null]));
		},
	};
}

function tally(rows: readonly Row[], column: string): Tally {
	const counts = new Map<string, number>();
	for (const row of rows) counts.set(String(row[column]), (counts.get(String(row[column])) ?? 0) + 1);
	return counts;
}
