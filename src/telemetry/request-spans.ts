/**
 * Spans of HTTP requests that are about a prompt: its submission, its cancellation. They belong to the
 * prompt's trace, and are linked with the trace of the client that sent `traceparent`. Requests of nobody
 * that is known here, and of prompts that are not, leave no trace.
 */

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RecordSpan, rootOf, type SpanReference } from './spans.ts';

/** Passes every request on, as Express wants it. */
export type RequestTracer = (
	request: IncomingMessage,
	response: ServerResponse & { readonly locals?: { readonly route?: unknown; readonly by?: unknown } },
	next: () => void,
) => void;

export function createRequestTracer(record: RecordSpan, now: () => number): RequestTracer {
	return (request, response, next) => {
		const { method = '', url = '', headers } = request;
		const path = url.split('?')[0] ?? '';
		const startAt = now();
		response.once('close', () => {
			const promptId = promptOf(response.getHeader('location')) ?? promptOf(path);
			const { route, by } = response.locals ?? {};
			const isKnown = typeof route === 'string' && by !== undefined && response.statusCode !== 404;
			if (method === 'GET' || promptId === undefined || !isKnown) return;
			const root = rootOf(promptId);
			const client = readTraceParent(headers.traceparent);
			const failed = response.statusCode >= 500 ? String(response.statusCode) : undefined;
			record({
				traceId: root.traceId,
				spanId: randomBytes(8).toString('hex'),
				parentSpanId: root.spanId,
				name: `${method} ${route}`,
				kind: 'server',
				startAt,
				endAt: now(),
				attributes: {
					'http.request.method': method,
					'http.route': route,
					'http.response.status_code': response.statusCode,
					'url.path': path,
					'error.type': failed,
				},
				...(client && { links: [client] }),
				error: failed,
			});
		});
		next();
	};
}

function promptOf(path: unknown): string | undefined {
	return typeof path === 'string' ? /^\/prompts\/(pmt_\w+)/.exec(path)?.[1] : undefined;
}

/** W3C Trace Context; undefined for what is none. */
function readTraceParent(header: unknown): SpanReference | undefined {
	if (typeof header !== 'string') return undefined;
	const [, traceId, spanId] =
		/^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}/.exec(header) ?? [];
	return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}
