/**
 * OpenTelemetry's SDK: takes finished spans, and exports them over OTLP/HTTP as JSON. The only importer of
 * the SDK, loaded only when tracing is configured. The SDK reads its standard variables by itself
 * (`OTEL_EXPORTER_OTLP_*`, `OTEL_TRACES_SAMPLER`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_BSP_*`, …).
 *
 * 1. A receiver that is away, slow or broken disturbs nobody: what it does not take is dropped and counted,
 *    and said once until it is well again.
 * 2. Whether a trace is exported is decided by its id alone, and so the same after a restart.
 */

import {
	type Attributes,
	type Context,
	DiagLogLevel,
	diag,
	type HrTime,
	ROOT_CONTEXT,
	SpanKind,
	SpanStatusCode,
	TraceFlags,
	type Tracer,
	trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { packageVersion } from '../package.ts';
import type { FinishedSpan, RecordSpan, SpanReference } from './spans.ts';

export interface OpenTelemetryDeps {
	/** Tells this installation from others. */
	readonly instance: string;
	exported(spans: number, isDelivered: boolean): void;
	onWarning(message: string, error?: Error): void;
}

export interface OpenTelemetry {
	readonly record: RecordSpan;
	/** Exports what is left; resolves when that is done, whether it succeeded or not. */
	stop(): Promise<void>;
}

export function createOpenTelemetry(deps: OpenTelemetryDeps): OpenTelemetry {
	warnThrough(deps.onWarning);
	/** What the next span is to be called: the SDK asks for it while it makes the span. */
	let next: SpanReference = { traceId: '', spanId: '' };
	const exporter = watchExporter(new OTLPTraceExporter(), deps);
	const provider = new BasicTracerProvider({
		resource: defaultResource()
			.merge(resourceFromAttributes(describeService(deps.instance)))
			.merge(detectResources({ detectors: [envDetector] })),
		idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
		spanProcessors: [new BatchSpanProcessor(exporter)],
	});
	const tracer = provider.getTracer('statecraft', packageVersion);

	return {
		record(span) {
			next = span;
			const parent = span.parentSpanId === null ? ROOT_CONTEXT : inTrace(tracer, span.traceId, span.parentSpanId);
			const { name, links = [], error } = span;
			const live = tracer.startSpan(
				name,
				{
					kind: span.kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL,
					startTime: toHrTime(span.startAt),
					attributes: definedOf(span),
					links: links.map((link) => ({ context: { ...link, traceFlags: TraceFlags.SAMPLED, isRemote: true } })),
				},
				parent,
			);
			if (error !== undefined) live.setStatus({ code: SpanStatusCode.ERROR, message: error });
			live.end(toHrTime(Math.max(span.startAt, span.endAt)));
		},
		async stop() {
			await provider.shutdown().catch((thrown: unknown) => deps.onWarning('tracing', thrown as Error));
		},
	};
}

function describeService(instance: string): Attributes {
	return { 'service.name': 'statecraft', 'service.version': packageVersion, 'service.instance.id': instance };
}

/** The context of a span whose parent is, or will be, exported if its trace is. */
function inTrace(tracer: Tracer, traceId: string, spanId: string): Context {
	// The root may be long gone, or yet to come: what the sampler would say of it is asked, and nothing kept.
	const { traceFlags } = tracer.startSpan('', {}, ROOT_CONTEXT).spanContext();
	return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags });
}

/** Seconds and nanoseconds: the SDK takes a number of before its start for something else. */
function toHrTime(at: number): HrTime {
	return [Math.trunc(at / 1_000), Math.round((at % 1_000) * 1e6)];
}

function definedOf({ attributes }: FinishedSpan): Attributes {
	const defined: Attributes = {};
	for (const [name, value] of Object.entries(attributes)) {
		if (value !== undefined) defined[name] = typeof value === 'object' ? [...value] : value;
	}
	return defined;
}

/** Success and failure are counted; a failure is none of the SDK's business any more. */
function watchExporter(exporter: OTLPTraceExporter, { exported, onWarning }: OpenTelemetryDeps): SpanExporter {
	let isWell = true;
	return {
		export(spans, done) {
			exporter.export(spans, ({ code, error }) => {
				const isDelivered = code === 0;
				exported(spans.length, isDelivered);
				if (!isDelivered && isWell) onWarning('spans could not be exported', error);
				isWell = isDelivered;
				done({ code: 0 });
			});
		},
		forceFlush: () => exporter.forceFlush(),
		shutdown: () => exporter.shutdown(),
	};
}

/** Bad values of the SDK's variables are told by its logger. */
function warnThrough(onWarning: OpenTelemetryDeps['onWarning']): void {
	const warn = (message: string) => onWarning(message);
	const logger = { error: warn, warn, info: () => {}, debug: () => {}, verbose: () => {} };
	diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
