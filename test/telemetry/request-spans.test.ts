/** Spans of HTTP requests, over a real server: which leave one, and what it says. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createRequestTracer } from '../../src/telemetry/request-spans.ts';
import { type FinishedSpan, rootOf } from '../../src/telemetry/spans.ts';

const id = 'pmt_01arz3ndektsv4rrffq69g5fav';
const parent = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

interface Answer {
	readonly status?: number;
	readonly location?: string;
	readonly locals?: Readonly<Record<string, unknown>>;
}

/** Sends one request that is answered so, and resolves with the spans once its response is closed. */
async function call(method: string, path: string, answer: Answer, headers: Record<string, string> = {}) {
	const spans: FinishedSpan[] = [];
	let time = 1_000;
	const trace = createRequestTracer(
		(span) => spans.push(span),
		() => (time += 5),
	);
	let closed = () => {};
	const done = new Promise<void>((resolve) => {
		closed = resolve;
	});
	const server = createServer((request, response) => {
		const locals = answer.locals ?? { route: '/agents/{id}/prompts', by: 'admin' };
		if (answer.location !== undefined) response.setHeader('location', answer.location);
		trace(request, Object.assign(response, { locals }), () => void response.writeHead(answer.status ?? 202).end());
		response.once('close', () => closed());
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
	await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method, headers });
	await done;
	return spans;
}

const made = { location: `/prompts/${id}` };

test('the request that brought a prompt belongs to its trace, and is linked with its client', async () => {
	const traceparent = `00-${parent.traceId}-${parent.spanId}-01`;
	const spans = await call('POST', '/agents/agt_1/prompts?wait=5', made, { traceparent });
	expect(spans).toMatchObject([
		{
			traceId: rootOf(id).traceId,
			parentSpanId: rootOf(id).spanId,
			name: 'POST /agents/{id}/prompts',
			kind: 'server',
			startAt: 1_005,
			endAt: 1_010,
			links: [parent],
			attributes: { 'http.response.status_code': 202, 'url.path': '/agents/agt_1/prompts', 'error.type': undefined },
		},
	]);
	expect(spans[0]?.spanId).toMatch(/^[0-9a-f]{16}$/);
});

test.each([
	'00-00000000000000000000000000000000-00f067aa0ba902b7-01',
	'00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
	'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
	'4bf92f3577b34da6a3ce929d0e0e4736',
])('a traceparent that is none is no link: %s', async (traceparent) => {
	const [span] = await call('POST', '/agents/agt_1/prompts', made, { traceparent });
	expect(span).toBeDefined();
	expect(span?.links).toBeUndefined();
});

test('a request about a prompt that is there already belongs to its trace as well; failing, it says so', async () => {
	const [span] = await call('POST', `/prompts/${id}/cancel`, { status: 503 });
	expect(span).toMatchObject({ traceId: rootOf(id).traceId, error: '503', attributes: { 'error.type': '503' } });
});

test.each<[string, string, string, Answer]>([
	['reads', 'GET', `/prompts/${id}`, {}],
	['is about something else', 'POST', '/agents', { location: '/agents/agt_1' }],
	[
		'comes from nobody that is known',
		'POST',
		`/prompts/${id}/cancel`,
		{ status: 401, locals: { route: '/prompts/{id}/cancel' } },
	],
	['is about a prompt that is not there', 'POST', `/prompts/${id}/cancel`, { status: 404 }],
	['goes nowhere', 'POST', `/prompts/${id}/nonsense`, { locals: { by: 'admin' } }],
])('a request that %s leaves no trace', async (_, method, path, answer) => {
	expect(await call(method, path, answer)).toEqual([]);
});
