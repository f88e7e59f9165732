/** Every benchmark there is, in the order of the page. */

import type { Bench } from './bench.ts';
import { bootBench, largeBootBench } from './boot.ts';
import { fanOutBench } from './fan-out.ts';
import { gateBench } from './gate.ts';
import { inspectorBench } from './inspector.ts';
import { latencyBench } from './latency.ts';
import { memoryBench } from './memory.ts';
import { populationBench } from './population.ts';
import { postgresqlBench } from './postgresql.ts';
import { replayBench } from './replay.ts';
import { resourcesBench } from './resources.ts';
import { runnersBench } from './runners.ts';
import { throughputBench } from './throughput.ts';

export const benches: readonly Bench[] = [
	throughputBench,
	postgresqlBench,
	latencyBench,
	gateBench,
	inspectorBench,
	populationBench,
	runnersBench,
	bootBench,
	largeBootBench,
	memoryBench,
	fanOutBench,
	resourcesBench,
	replayBench,
];
