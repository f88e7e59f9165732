/** Ends a run with one plain line that any tool can read: `12 passed, 0 failed, 1 skipped`. */

import type { Reporter, TestModule } from 'vitest/node';

export class ClosingLineReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
		const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
		for (const module of modules) {
			// A file that cannot be loaded has no tests, and has failed all the same.
			if (module.state() === 'failed' && module.errors().length > 0) counts.failed++;
			for (const test of module.children.allTests()) counts[test.result().state]++;
		}
		process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
	}
}
