/** Traces assembled: of prompts, dispatches and requests, into OpenTelemetry. Loaded only when tracing is configured. */

import type { AgentContext } from '../../machines/agent-model.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableObserver } from '../durable/observer.ts';
import type { StoredEvent } from '../durable/store.ts';
import { createDispatchTraces } from './dispatch-traces.ts';
import { createOpenTelemetry, type OpenTelemetryDeps } from './open-telemetry.ts';
import { createPromptTraces, type PromptTracesDeps } from './prompt-traces.ts';
import { createRequestTracer, type RequestTracer } from './request-spans.ts';

export interface Traces {
	readonly observer: DurableObserver;
	readonly traceRequests: RequestTracer;
	/** With the contexts of all agents. */
	begin(contexts: readonly AgentContext[]): Promise<void>;
	eventsPublished(events: readonly StoredEvent[]): void;
	stop(): Promise<void>;
}

export interface TracesDeps extends OpenTelemetryDeps, Pick<PromptTracesDeps, 'reads' | 'contextOf'> {
	readonly clock: Clock;
}

export function createTraces(deps: TracesDeps): Traces {
	const { clock, onWarning } = deps;
	const { record, stop } = createOpenTelemetry(deps);
	const prompts = createPromptTraces({ ...deps, record, onError: onWarning });
	const dispatches = createDispatchTraces(record);
	return {
		observer: {
			stepCommitted(unit, committedAt) {
				dispatches.stepCommitted(unit);
				prompts.stepCommitted(unit, committedAt);
			},
			effectEnded: prompts.effectEnded,
		},
		traceRequests: createRequestTracer(record, clock.now),
		async begin(contexts) {
			dispatches.begin(contexts);
			await prompts.begin(contexts, clock.now());
		},
		eventsPublished(events) {
			dispatches.eventsPublished(events);
			prompts.eventsPublished(events);
		},
		async stop() {
			await prompts.idle();
			await stop();
		},
	};
}
