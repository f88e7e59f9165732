/** A receiver of OTLP over HTTP, as a collector is one: takes JSON, and shows the spans. */

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';

export interface ReceivedSpan {
	readonly traceId: string;
	readonly spanId: string;
	/** Null for a root. */
	readonly parentSpanId: string | null;
	readonly name: string;
	/** As OTLP numbers them: 1 internal, 2 server. */
	readonly kind: number;
	/** Epoch milliseconds. */
	readonly startAt: number;
	readonly endAt: number;
	readonly attributes: Readonly<Record<string, unknown>>;
	readonly links: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>;
	/** 2 for an error. */
	readonly status: number;
	readonly resource: Readonly<Record<string, unknown>>;
}

export interface TraceReceiver {
	readonly url: string;
	readonly spans: readonly ReceivedSpan[];
	/** Of every request, in order. */
	readonly requests: ReadonlyArray<{ readonly path: string; readonly headers: IncomingHttpHeaders }>;
	/** What is answered from now on; 200 by default. */
	answer(status: number): void;
	/** Waits until a span fits. */
	received(fits: (span: ReceivedSpan) => boolean, timeoutMs?: number): Promise<ReceivedSpan>;
}

export async function startTraceReceiver(): Promise<TraceReceiver> {
	const spans: ReceivedSpan[] = [];
	const requests: Array<TraceReceiver['requests'][number]> = [];
	let status = 200;
	const server = createServer(async (request, response) => {
		requests.push({ path: request.url ?? '', headers: request.headers });
		const body = (await json(request)) as ExportRequest;
		if (status === 200) spans.push(...readSpans(body));
		response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		return new Promise<void>((resolve) => server.close(() => resolve()));
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		spans,
		requests,
		answer(next) {
			status = next;
		},
		async received(fits, timeoutMs = 20_000) {
			await expect.poll(() => spans.some(fits), { timeout: timeoutMs, message: 'a span that fits' }).toBe(true);
			return spans.find(fits) as ReceivedSpan;
		},
	};
}

interface Attribute {
	readonly key: string;
	readonly value: Readonly<Record<string, unknown>>;
}

interface ExportRequest {
	readonly resourceSpans: ReadonlyArray<{
		readonly resource: { readonly attributes: readonly Attribute[] };
		readonly scopeSpans: ReadonlyArray<{ readonly spans: readonly WireSpan[] }>;
	}>;
}

interface WireSpan {
	readonly traceId: string;
	readonly spanId: string;
	readonly parentSpanId?: string;
	readonly name: string;
	readonly kind: number;
	readonly startTimeUnixNano: string;
	readonly endTimeUnixNano: string;
	readonly attributes: readonly Attribute[];
	readonly links?: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>;
	readonly status: { readonly code: number };
}

function readSpans({ resourceSpans }: ExportRequest): ReceivedSpan[] {
	return resourceSpans.flatMap(({ resource, scopeSpans }) =>
		scopeSpans.flatMap(({ spans }) =>
			spans.map((span) => ({
				traceId: span.traceId,
				spanId: span.spanId,
				parentSpanId: span.parentSpanId || null,
				name: span.name,
				kind: span.kind,
				startAt: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000,
				endAt: Number(BigInt(span.endTimeUnixNano) / 1_000n) / 1_000,
				attributes: readAttributes(span.attributes),
				links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
				status: span.status.code,
				resource: readAttributes(resource.attributes),
			})),
		),
	);
}

function readAttributes(attributes: readonly Attribute[]): Record<string, unknown> {
	return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
