/** Telemetry assembled: metrics always, traces when they are configured. */

import type { AgentContext } from '../../machines/agent-model.ts';
import { agentKind } from '../agents/address.ts';
import type { Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableObserver } from '../durable/observer.ts';
import type { DurableSystem } from '../durable/system.ts';
import type { EventBus } from '../events/bus.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { RequestTracer } from './request-spans.ts';
import type { Traces } from './traces.ts';
import type { TelemetryReads } from './views.ts';

export interface TelemetryDeps {
	readonly config: { readonly tracing: boolean };
	readonly clock: Clock;
	/** Tells this installation from others. */
	readonly instance: string;
	readonly reads: TelemetryReads & Pick<Reads, 'agent' | 'request'>;
	readonly bus: Pick<EventBus, 'subscribe'>;
	/** Undefined until it is made. */
	system(): DurableSystem | undefined;
	onWarning(where: string, error?: Error): void;
}

export interface Telemetry {
	readonly metrics: Metrics;
	/** For the durable core. */
	readonly observer: DurableObserver;
	/** Sees every HTTP request; null where nothing is traced. */
	readonly traceRequests: RequestTracer | null;
	/** After the actors are restored, and before anything happens. */
	begin(): Promise<void>;
	/** Exports what is left, within bounds. */
	stop(): Promise<void>;
}

/** How long a shutdown waits for the receiver of traces. */
const stopMs = 3_000;

export async function createTelemetry(deps: TelemetryDeps): Promise<Telemetry> {
	const { clock, reads, bus } = deps;
	const contextOf = (address: string) => deps.system()?.get(address)?.getSnapshot().context as AgentContext | undefined;
	const metrics = createMetrics({ reads, clock, contextOf });
	const traces = await loadTraces(deps, metrics, contextOf);
	if (!traces) {
		return { metrics, observer: metrics.observer, traceRequests: null, begin: async () => {}, stop: async () => {} };
	}
	let leaveBus = () => {};
	return {
		metrics,
		observer: both(metrics.observer, traces.observer),
		traceRequests: traces.traceRequests,
		async begin() {
			const agents = deps.system()?.list(agentKind) ?? [];
			await traces.begin(agents.map((agent) => agent.getSnapshot().context as AgentContext));
			leaveBus = bus.subscribe(traces.eventsPublished);
		},
		async stop() {
			leaveBus();
			let cancel = () => {};
			const patience = new Promise<void>((resolve) => {
				cancel = clock.setTimer(resolve, stopMs);
			});
			await Promise.race([traces.stop(), patience]);
			cancel();
		},
	};
}

/** Nothing of it is loaded where it is not wanted. */
async function loadTraces(
	{ config, instance, clock, reads, onWarning }: TelemetryDeps,
	metrics: Metrics,
	contextOf: (address: string) => AgentContext | undefined,
): Promise<Traces | null> {
	if (!config.tracing) return null;
	const { createTraces } = await import('./traces.ts');
	return createTraces({ instance, clock, reads, contextOf, exported: metrics.spansExported, onWarning });
}

function both(one: Required<DurableObserver>, other: DurableObserver): DurableObserver {
	return {
		...one,
		stepCommitted(unit, committedAt) {
			one.stepCommitted(unit, committedAt);
			other.stepCommitted?.(unit, committedAt);
		},
		effectEnded(run) {
			one.effectEnded(run);
			other.effectEnded?.(run);
		},
	};
}
