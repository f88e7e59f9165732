/** What becomes of dispatches that fail, with the defaults of the installation. */

import type { DispatchRetry } from '../../machines/workflow-runner-model.ts';
import type { RetryPolicy } from './service.ts';

export const defaultRetry: DispatchRetry = {
	maxAttempts: 3,
	backoffMs: { initial: 5_000, max: 300_000 },
	interrupted: 'retry',
};

export function completeRetry(given: RetryPolicy = {}): DispatchRetry {
	return { ...defaultRetry, ...given };
}
