/**
 * Counts what there is, for whoever watches the installation. One statement, so that a scrape costs one
 * round trip and all of its numbers are of the same moment. What grows for ever (prompts, events, settled
 * dispatches and requests) is never gone through: only what is live is counted, by indexes.
 */
import type { Census, Tally, TelemetryReads } from '../telemetry/views.ts';
import type { ReadClient } from './read-client.ts';
import type { ReadDialect } from './read-dialect.ts';

interface CensusRow {
	readonly what: string;
	readonly name: string;
	readonly count: number | bigint;
	/** Something else of the same rows. */
	readonly detail: number | bigint;
}

export function createTelemetryQueries(client: ReadClient, { by, join, values }: ReadDialect): TelemetryReads {
	return {
		async census(now) {
			return toCensus(
				await client.$queryRaw<CensusRow[]>`
				SELECT 'agents' AS what, "execution_state" AS name, count(*) AS count, sum("queued_prompts") AS detail
				FROM "agents" GROUP BY "execution_state"
				UNION ALL SELECT 'requests', "kind", count(*), min("asked_at")
				FROM "requests" WHERE "status" = 'open' GROUP BY "kind"
				UNION ALL SELECT 'supervisors', "state", count(*), 0 FROM "supervisors" GROUP BY "state"
				UNION ALL SELECT 'tasks', "state", count(*), 0 FROM "tasks" GROUP BY "state"
				UNION ALL SELECT 'runners', "runner_state", count(*), 0
				FROM "workflows" WHERE "runner_state" IS NOT NULL GROUP BY "runner_state"
				UNION ALL SELECT 'dispatches', "status", count(*), 0 FROM "workflows" AS w ${join} "dispatches" AS d
				ON d."workflow_id" = w."id" AND d."status" IN ('pending', 'dispatched') GROUP BY "status"
				UNION ALL SELECT 'scheduled', '', count(*), 0 FROM "workflows" AS w ${join} "dispatches" AS d
				${by('dispatches_workflow_id_next_attempt_at_priority_id_idx')}
				ON d."workflow_id" = w."id" AND d."next_attempt_at" > 0
				UNION ALL SELECT 'timers', '', count(*), 0 FROM "timers"
				UNION ALL SELECT 'overdue', '', count(*), 0 FROM "timers" WHERE "due_at" <= ${now}
				UNION ALL SELECT 'effects', '', count(*), 0 FROM "effects"
				UNION ALL SELECT 'messages', '', count(*), 0 FROM "messages"
				UNION ALL SELECT 'quarantined', '', count(*), 0 FROM "actors" WHERE "quarantine" IS NOT NULL
				UNION ALL SELECT 'events', '', coalesce(max("seq"), 0), 0 FROM "events"`,
			);
		},
		async turnStarts(promptIds) {
			const rows = await client.$queryRaw<ReadonlyArray<{ readonly id: string; readonly at: bigint | number | null }>>`
				SELECT p."id", p."started_at" AS at FROM ${values(promptIds, 'wanted')}
				${join} "prompts" AS p ON p."id" = wanted.value`;
			return new Map(rows.map(({ id, at }) => [id, at === null ? null : Number(at)]));
		},
	};
}

function toCensus(rows: readonly CensusRow[]): Census {
	const of = (what: string) => rows.filter((row) => row.what === what);
	const tally = (what: string): Tally => new Map(of(what).map(({ name, count }) => [name, Number(count)]));
	const one = (what: string) => Number(of(what)[0]?.count ?? 0);
	const dispatches = new Map(tally('dispatches'));
	// Whatever is to be tried has a time; what has not been tried yet is pending.
	dispatches.set('retrying', one('scheduled') - (dispatches.get('pending') ?? 0));
	return {
		agents: tally('agents'),
		queuedPrompts: of('agents').reduce((sum, { detail }) => sum + Number(detail), 0),
		openRequests: tally('requests'),
		oldestRequests: new Map(of('requests').map(({ name, detail }) => [name, Number(detail)])),
		supervisors: tally('supervisors'),
		tasks: tally('tasks'),
		runners: tally('runners'),
		dispatches,
		timers: one('timers'),
		overdueTimers: one('overdue'),
		effects: one('effects'),
		messages: one('messages'),
		quarantinedActors: one('quarantined'),
		lastEventSeq: one('events'),
	};
}
