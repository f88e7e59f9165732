import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './support/closing-line-reporter.ts';

export default defineConfig({
	root: fileURLToPath(new URL('..', import.meta.url)),
	test: {
		include: ['test/**/*.test.ts'],
		environment: 'node',
		pool: 'forks',
		// Most of the time is spent waiting for servers and agents that are processes of their own.
		maxWorkers: availableParallelism() + 1,
		// Many are real programs on a shared machine. What fails there twice is wrong; what failed once is named as retried.
		retry: process.env.CI ? 1 : 0,
		testTimeout: 30_000,
		hookTimeout: 60_000,
		reporters: ['default', new ClosingLineReporter()],
	},
});
