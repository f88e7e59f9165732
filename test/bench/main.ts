/**
 * `npm run bench`: measures what the design promises, as ratios to hand-written code of the same run.
 *
 *     npm run bench                          everything but what takes minutes to prepare
 *     npm run bench -- --all                 everything
 *     npm run bench -- --only throughput     one benchmark, also one that takes minutes to prepare
 *     npm run bench -- --json                one JSON object on stdout
 *     npm run bench -- --write               also writes the table of src/docs/performance.md
 *     npm run bench -- --size tiny           only shows that everything runs
 */

import { parseArgs } from 'node:util';
import type { Bench, BenchSize } from './bench.ts';
import { benches } from './benches.ts';
import { readMachineFacts } from './machine-facts.ts';
import { type BenchResult, type Report, renderText, writePage } from './report.ts';

const { values } = parseArgs({
	options: {
		all: { type: 'boolean', default: false },
		only: { type: 'string' },
		json: { type: 'boolean', default: false },
		write: { type: 'boolean', default: false },
		size: { type: 'string', default: 'full' },
	},
});

function chooseBenches(only: string | undefined): readonly Bench[] {
	if (only === undefined) return benches.filter(({ onRequest }) => values.all || !onRequest);
	if (values.write) throw new Error('The page holds one run of everything: leave out --only');
	const chosen = benches.find(({ name }) => name === only);
	if (chosen) return [chosen];
	throw new Error(`There is no benchmark ${only}; there are: ${benches.map(({ name }) => name).join(', ')}`);
}

async function main(): Promise<void> {
	const size: BenchSize = values.size === 'tiny' ? 'tiny' : 'full';
	const results: BenchResult[] = [];
	for (const bench of chooseBenches(values.only)) {
		if (!values.json) process.stderr.write(`${bench.title} …\n`);
		results.push({ bench, figures: await bench.run(size) });
	}
	const report: Report = { machine: readMachineFacts(), results };
	if (values.write) await writePage(report);
	const plain = results.flatMap(({ bench, figures }) => figures.map((figure) => ({ bench: bench.name, ...figure })));
	process.stdout.write(
		values.json ? `${JSON.stringify({ machine: report.machine, figures: plain })}\n` : renderText(report),
	);
}

await main();
