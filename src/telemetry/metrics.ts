/**
 * Metrics for Prometheus. The core reports what it does; what can be read is counted when it is asked for.
 * `src/docs/metrics.md` lists every one. Labels take values of closed vocabularies alone: never an id.
 */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Clock, systemClock } from '../durable/clock.ts';
import type { DurableObserver } from '../durable/observer.ts';
import type { StoredEvent } from '../durable/store.ts';
import { packageVersion } from '../package.ts';
import { createCensusMetrics } from './census-metrics.ts';
import { type CoreMetrics, createCoreMetrics } from './core-metrics.ts';
import { createEventMetrics } from './event-metrics.ts';
import { type ContextOf, createUsageMetrics } from './usage-metrics.ts';
import type { TelemetryReads } from './views.ts';

export type StreamKind = 'sse' | 'websocket' | 'agent' | 'inspector';

export type RelayKind = 'valkey';

export interface Metrics extends Pick<CoreMetrics, 'commitObserved' | 'commitFailed'> {
	/** For the durable core. */
	readonly observer: Required<DurableObserver>;
	/** Committed events. */
	eventsPublished(events: readonly StoredEvent[]): void;
	requestAnswered(route: string, status: number, seconds: number): void;
	streamOpened(kind: StreamKind): void;
	streamClosed(kind: StreamKind): void;
	/** A stream client was too slow and lost its place. */
	streamGap(): void;
	/** An attempt to tell one of the configured URLs. */
	notificationSent(isDelivered: boolean): void;
	/** Whether what events are relayed to answers, and how many events it has not got. */
	relayState(relay: RelayKind, isUp: boolean, lag: number): void;
	/** So many events were relayed. */
	eventsRelayed(relay: RelayKind, count: number): void;
	/** An attempt to export so many spans. */
	spansExported(count: number, isDelivered: boolean): void;
	/** Everything in Prometheus' text format. */
	render(): Promise<string>;
	readonly contentType: string;
	readonly registry: Registry;
}

export interface MetricsDeps {
	readonly reads: Pick<TelemetryReads, 'census'>;
	readonly clock?: Clock;
	readonly contextOf?: ContextOf;
}

export function createMetrics({ reads, clock = systemClock, contextOf = () => undefined }: MetricsDeps): Metrics {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	describeBuild(registry);
	const takeCensus = createCensusMetrics(reads, clock, registry);
	const { observer, ...core } = createCoreMetrics(registry);
	const countUsage = createUsageMetrics(contextOf, registry);
	return {
		...core,
		...createDoorMetrics(registry),
		...createRelayMetrics(registry),
		observer: {
			...observer,
			stepCommitted(unit, committedAt) {
				observer.stepCommitted(unit, committedAt);
				countUsage(unit);
			},
		},
		eventsPublished: createEventMetrics(registry),
		async render() {
			await takeCensus();
			return registry.metrics();
		},
		contentType: registry.contentType,
		registry,
	};
}

/** What goes in and out: requests, streams, notifications, spans. */
function createDoorMetrics(registry: Registry) {
	const registers = [registry];
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
	const notifications = new Counter({
		name: 'statecraft_notifications_total',
		help: 'Attempts to tell the configured URLs, by how they ended',
		labelNames: ['outcome'],
		registers,
	});
	const spans = new Counter({
		name: 'statecraft_spans_exported_total',
		help: 'Spans of traces, by whether the receiver took them',
		labelNames: ['outcome'],
		registers,
	});
	return {
		requestAnswered: (route: string, status: number, seconds: number) =>
			requestSeconds.observe({ route, status }, seconds),
		streamOpened: (kind: StreamKind) => streams.inc({ kind }),
		streamClosed: (kind: StreamKind) => streams.dec({ kind }),
		streamGap: () => gaps.inc(),
		notificationSent: (isDelivered: boolean) => notifications.inc({ outcome: isDelivered ? 'delivered' : 'failed' }),
		spansExported: (count: number, isDelivered: boolean) =>
			spans.inc({ outcome: isDelivered ? 'delivered' : 'failed' }, count),
	};
}

/** Absent where nothing is relayed. */
function createRelayMetrics(registry: Registry) {
	const shared = { labelNames: ['relay'], registers: [registry] };
	const up = new Gauge({ name: 'statecraft_relay_up', help: 'Whether what events are relayed to answers', ...shared });
	const lag = new Gauge({
		name: 'statecraft_relay_lag_events',
		help: 'Committed events after the last one that was relayed; 0 when all are',
		...shared,
	});
	const relayed = new Counter({ name: 'statecraft_relay_events_total', help: 'Events relayed', ...shared });
	return {
		relayState(relay: RelayKind, isUp: boolean, events: number) {
			up.set({ relay }, isUp ? 1 : 0);
			lag.set({ relay }, events);
		},
		eventsRelayed: (relay: RelayKind, count: number) => relayed.inc({ relay }, count),
	};
}

function describeBuild(registry: Registry): void {
	new Gauge({
		name: 'statecraft_build_info',
		help: 'Always 1; its labels say what runs',
		labelNames: ['version', 'node'],
		registers: [registry],
	}).set({ version: packageVersion, node: process.versions.node }, 1);
}
