import { expect, test } from 'vitest';
import { benches } from './benches.ts';

test.each(benches)(
	'the benchmark $name runs and reports figures that are numbers',
	async ({ run }) => {
		const figures = await run('tiny');
		expect(figures.length).toBeGreaterThan(0);
		for (const { id, value, baseline } of figures) {
			expect([id, Number.isFinite(value.median)]).toEqual([id, true]);
			if (baseline) expect([id, Number.isFinite(baseline.value.median)]).toEqual([id, true]);
		}
		expect(new Set(figures.map(({ id }) => id)).size).toBe(figures.length);
	},
	120_000,
);
