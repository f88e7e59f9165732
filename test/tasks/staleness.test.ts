/** How stale a task is: whose silence counts, and from when. */

import { expect, test } from 'vitest';
import { computeTaskStaleness } from '../../src/tasks/resources.ts';
import type { TaskState, TaskView } from '../../src/tasks/views.ts';
import { createManualClock } from '../support/manual-clock.ts';

const intervalMs = 1_000;

function stalenessOf(
	task: Partial<Pick<TaskView, 'state' | 'heartbeatAt' | 'stateChangedAt' | 'agentId'>>,
	silentMs: number,
	lastSignAt: number | null = null,
	promptId: string | null = null,
) {
	const clock = createManualClock();
	const since = clock.now();
	const view = { state: 'working', agentId: 'agt_1', heartbeatAt: null, stateChangedAt: since, ...task } as TaskView;
	clock.advance(silentMs);
	return computeTaskStaleness(view, promptId, {
		clock,
		heartbeatIntervalMs: intervalMs,
		signsOfLife: () => ({ lastSignAt: lastSignAt === null ? null : since + lastSignAt }),
	});
}

test('[TA27] it grows with the silence', () => {
	expect([1_000, 4_000, 11_000, 31_000].map((ms) => stalenessOf({}, ms))).toEqual(['ok', 'warn', 'stale', 'dead']);
});

test.each(['conflicted', 'in_review', 'approved', 'completed', 'failed'] satisfies TaskState[])(
	'[TA27] of what is %s is none',
	(state) => {
		expect(stalenessOf({ state }, 1_000_000)).toBe('ok');
	},
);

test('[TA27] a heartbeat ends it, and so does the agent while it has the prompt', () => {
	const at = createManualClock().now();
	expect(stalenessOf({ heartbeatAt: at + 30_000 }, 31_000)).toBe('ok');
	expect(stalenessOf({}, 31_000, 30_500, 'pmt_1')).toBe('ok');
	// What it says to others tells nothing of this task.
	expect(stalenessOf({}, 31_000, 30_500, null)).toBe('dead');
	expect(stalenessOf({ state: 'assigned' }, 31_000)).toBe('dead');
});
