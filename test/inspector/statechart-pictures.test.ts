/** Pictures of all machines: whole, readable, the same every time. */

import { describe, expect, test } from 'vitest';
import { describeChart } from '../../src/inspector/statechart/chart.ts';
import { documentedMachines } from '../../src/inspector/statechart/documents.ts';
import { layOut } from '../../src/inspector/statechart/layout.ts';
import { planPicture } from '../../src/inspector/statechart/plan.ts';
import { findFaults } from './picture-faults.ts';

describe.each(documentedMachines.map((machine) => [machine.id, machine] as const))('%s', (_, machine) => {
	test('has no text on text, and no line through text or through a state that it does not touch', async () => {
		expect(findFaults(await layOut(planPicture(describeChart(machine))))).toEqual([]);
	});
});
