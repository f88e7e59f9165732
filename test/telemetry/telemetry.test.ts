/** Telemetry as a whole: what it costs those who want no traces, and how long it waits for a receiver. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createEventBus } from '../../src/events/bus.ts';
import { createEvent } from '../../src/events/catalogue.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { createMemoryTelemetryReads } from '../support/memory-telemetry-reads.ts';

async function createScene(tracing: boolean) {
	const store = createMemoryStore();
	const clock = createManualClock();
	const bus = createEventBus();
	const warnings: string[] = [];
	const telemetry = await createTelemetry({
		config: { tracing },
		clock,
		instance: 'here',
		reads: { ...createMemoryReads(store), ...createMemoryTelemetryReads(store) },
		bus,
		system: () => undefined,
		onWarning: (where) => warnings.push(where),
	});
	await telemetry.begin();
	return { telemetry, clock, bus, warnings };
}

test('without tracing nothing sees requests, and the core is observed by the metrics alone', async () => {
	const { telemetry } = await createScene(false);
	expect(telemetry.traceRequests).toBeNull();
	expect(telemetry.observer).toBe(telemetry.metrics.observer);
	await telemetry.stop();
});

test('the end waits three seconds for a receiver that never answers, and no longer', async () => {
	let asked = () => {};
	const isAsked = new Promise<void>((resolve) => {
		asked = resolve;
	});
	const server = createServer(() => asked());
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		return new Promise<void>((resolve) => void server.close(() => resolve()));
	});
	vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	onTestFinished(() => void vi.unstubAllEnvs());

	const { telemetry, clock, bus } = await createScene(true);
	const cancelled = createEvent('prompt.cancelled', 'agt_1', clock.now(), { promptId: 'pmt_1' });
	bus.publish([{ ...cancelled, seq: 1 }]);
	let isOver = false;
	const stopped = telemetry.stop().then(() => {
		isOver = true;
	});
	await isAsked;
	clock.advance(2_999);
	await new Promise((resolve) => setImmediate(resolve));
	expect(isOver).toBe(false);
	clock.advance(1);
	await stopped;
	expect(clock.armed).toBe(0);
});
