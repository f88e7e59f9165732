/** Metrics for Prometheus. The core reports what it does; what can be read is counted when it is asked for. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Reads } from '../agents/views.ts';
import type { StoredEvent } from '../durable/store.ts';

export type StreamKind = 'sse' | 'websocket' | 'agent';

export interface Metrics {
	/** One group commit: how long it took, in milliseconds, and how many units it held. */
	commitObserved(latencyMs: number, units: number): void;
	/** A commit that the store did not take. */
	commitFailed(): void;
	/** Committed events: counts them, and state changes among them by their trigger. */
	eventsPublished(events: readonly StoredEvent[]): void;
	requestAnswered(route: string, status: number, seconds: number): void;
	streamOpened(kind: StreamKind): void;
	streamClosed(kind: StreamKind): void;
	/** A stream client was too slow and lost its place. */
	streamGap(): void;
	/** Everything in Prometheus' text format. */
	render(): Promise<string>;
	readonly contentType: string;
}

const executionStates = ['pending', 'starting', 'idle', 'busy', 'stopped', 'failed'];
const one = { limit: 1, offset: 0 };

export function createMetrics(reads: Pick<Reads, 'agents' | 'requests' | 'lastEventSeq'>): Metrics {
	const registry = new Registry();
	const registers = [registry];
	collectDefaultMetrics({ register: registry });
	registerReadGauges(reads, registers);

	const commitSeconds = new Histogram({
		name: 'statecraft_commit_seconds',
		help: 'Time of one group commit',
		buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1],
		registers,
	});
	const commitUnits = new Histogram({
		name: 'statecraft_commit_units',
		help: 'Write units in one group commit',
		buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
		registers,
	});
	const commitFailures = new Counter({
		name: 'statecraft_commit_failures_total',
		help: 'Group commits that the store did not take',
		registers,
	});
	const events = new Counter({
		name: 'statecraft_events_total',
		help: 'Committed events',
		labelNames: ['topic'],
		registers,
	});
	const transitions = new Counter({
		name: 'statecraft_agent_transitions_total',
		help: 'State changes of agents',
		labelNames: ['to', 'trigger'],
		registers,
	});
	const requestSeconds = new Histogram({
		name: 'statecraft_http_request_seconds',
		help: 'Time to answer a request',
		labelNames: ['route', 'status'],
		buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
		registers,
	});
	const streams = new Gauge({
		name: 'statecraft_stream_clients',
		help: 'Open streams',
		labelNames: ['kind'],
		registers,
	});
	const gaps = new Counter({
		name: 'statecraft_stream_gaps_total',
		help: 'Stream clients that were too slow and lost their place',
		registers,
	});

	return {
		commitObserved(latencyMs, units) {
			commitSeconds.observe(latencyMs / 1000);
			commitUnits.observe(units);
		},
		commitFailed: () => commitFailures.inc(),
		eventsPublished(published) {
			for (const { topic, data } of published) {
				events.inc({ topic });
				if (topic !== 'agent.state.changed') continue;
				const { to, trigger } = JSON.parse(data) as { to?: string; trigger?: string | null };
				transitions.inc({ to: to ?? '', trigger: trigger ?? '' });
			}
		},
		requestAnswered: (route, status, seconds) => requestSeconds.observe({ route, status }, seconds),
		streamOpened: (kind) => streams.inc({ kind }),
		streamClosed: (kind) => streams.dec({ kind }),
		streamGap: () => gaps.inc(),
		render: () => registry.metrics(),
		contentType: registry.contentType,
	};
}

/** Gauges that ask the store when they are scraped, and so are right from the first boot on. */
function registerReadGauges(reads: Pick<Reads, 'agents' | 'requests' | 'lastEventSeq'>, registers: Registry[]): void {
	new Gauge({
		name: 'statecraft_agents',
		help: 'Agents by execution state',
		labelNames: ['state'],
		registers,
		async collect() {
			for (const state of executionStates)
				this.set({ state }, (await reads.agents({ executionState: state }, one)).total);
		},
	});
	new Gauge({
		name: 'statecraft_open_requests',
		help: 'Requests that wait for a human',
		registers,
		async collect() {
			this.set((await reads.requests({ status: 'open' }, one)).total);
		},
	});
	new Gauge({
		name: 'statecraft_event_cursor',
		help: 'Seq of the last committed event',
		registers,
		async collect() {
			this.set(await reads.lastEventSeq());
		},
	});
}
