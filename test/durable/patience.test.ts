/** How long a runner's effects are tried for. */

import { expect, test } from 'vitest';
import { patiently } from '../../src/durable/patience.ts';

test('pauses double from a second to a minute, for as long as it takes', () => {
	const { attempts, delayMs } = patiently.retry ?? { attempts: 0, delayMs: () => 0 };
	expect([1, 2, 3, 6, 7, 5_000].map(delayMs)).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
	expect(attempts).toBe(Number.MAX_SAFE_INTEGER);
	expect(patiently.repeat).toBe('always');
});
