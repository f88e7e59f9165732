/**
 * Gauges of what there is: filled from one census of the database for each scrape, and so right from the
 * first boot on. While the database does not answer they are left out, and `statecraft_database_up` says so.
 */

import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../durable/clock.ts';
import type { Census, Tally, TelemetryReads } from './views.ts';

/** Names that are shown with 0 while there are none, so that graphs and alerts need not guess. */
const known = {
	agents: ['pending', 'starting', 'idle', 'busy', 'stopped', 'failed'],
	requests: ['permission', 'question'],
	supervisors: [
		...['initializing', 'idle', 'working', 'waiting_for_user', 'waiting_for_tasks', 'blocked', 'interrupted'],
		...['completed', 'failed'],
	],
	tasks: ['assigned', 'working', 'conflicted', 'in_review', 'approved', 'completed', 'failed'],
	runners: ['waiting', 'dispatching', 'backingOff'],
	dispatches: ['pending', 'dispatched', 'retrying'],
} as const;

interface Reading {
	/** Without labels. */
	readonly isSingle: boolean;
	readonly gauge: Gauge;
	read(census: Census, now: number): ReadonlyArray<readonly [Readonly<Record<string, string>>, number]>;
}

/** Answers what is to be done before each scrape. */
export function createCensusMetrics(reads: Pick<TelemetryReads, 'census'>, clock: Clock, registry: Registry) {
	const registers = [registry];

	const single = (name: string, help: string, read: (census: Census) => number): Reading => ({
		isSingle: true,
		gauge: new Gauge({ name, help, registers }),
		read: (census) => [[{}, read(census)]],
	});

	const tallied = (
		name: string,
		help: string,
		label: string,
		names: readonly string[],
		read: (census: Census, now: number) => Tally,
	): Reading => ({
		isSingle: false,
		gauge: new Gauge({ name, help, labelNames: [label], registers }),
		read: (census, now) => fill(read(census, now), names).map(([value, count]) => [{ [label]: value }, count]),
	});

	const readings: readonly Reading[] = [
		tallied('statecraft_agents', 'Agents by execution state', 'state', known.agents, ({ agents }) => agents),
		tallied('statecraft_prompts', 'Prompts that are not settled', 'status', ['queued', 'running'], countPrompts),
		tallied(
			'statecraft_open_requests',
			'Requests that wait for a human',
			'kind',
			known.requests,
			({ openRequests }) => openRequests,
		),
		tallied(
			'statecraft_open_request_oldest_seconds',
			'Age of the open request that waits longest; 0 where none is open',
			'kind',
			known.requests,
			({ oldestRequests }, now) => new Map([...oldestRequests].map(([kind, at]) => [kind, (now - at) / 1_000])),
		),
		tallied(
			'statecraft_supervisors',
			'Missions by state',
			'state',
			known.supervisors,
			({ supervisors }) => supervisors,
		),
		tallied('statecraft_tasks', 'Tasks by state', 'state', known.tasks, ({ tasks }) => tasks),
		tallied(
			'statecraft_workflow_runners',
			'Runners of workflows by what they do',
			'state',
			known.runners,
			({ runners }) => runners,
		),
		tallied(
			'statecraft_dispatches',
			'Dispatches that are not settled for good',
			'status',
			known.dispatches,
			({ dispatches }) => dispatches,
		),
		single('statecraft_timers', 'Durable timers that are set', ({ timers }) => timers),
		single(
			'statecraft_timers_overdue',
			'Durable timers whose time has passed and whose step is not committed',
			({ overdueTimers }) => overdueTimers,
		),
		single('statecraft_effects_unsettled', 'Effects asked for and not settled', ({ effects }) => effects),
		single('statecraft_messages_undelivered', 'Messages between durable actors under way', ({ messages }) => messages),
		single(
			'statecraft_actors_quarantined',
			'Actors that could not be restored and were set aside',
			({ quarantinedActors }) => quarantinedActors,
		),
		single('statecraft_event_cursor', 'Seq of the last committed event', ({ lastEventSeq }) => lastEventSeq),
	];
	const up = new Gauge({
		name: 'statecraft_database_up',
		help: 'Whether the database answered when this was asked for',
		registers,
	});

	return async (): Promise<void> => {
		const now = clock.now();
		const census = await reads.census(now).catch(() => undefined);
		up.set(census ? 1 : 0);
		for (const { gauge, isSingle, read } of readings) {
			gauge.reset();
			for (const [labels, value] of census ? read(census, now) : []) gauge.set(labels, value);
			// One without labels would be 0, which nobody has counted.
			if (!census && isSingle) gauge.remove();
		}
	};
}

function countPrompts({ agents, queuedPrompts }: Census): Tally {
	// An agent is busy as long as it has a turn, and has one turn at a time.
	return new Map([
		['queued', queuedPrompts],
		['running', agents.get('busy') ?? 0],
	]);
}

function fill(tally: Tally, names: readonly string[]): ReadonlyArray<readonly [string, number]> {
	return [...new Map([...names.map((name) => [name, 0] as const), ...tally])];
}
