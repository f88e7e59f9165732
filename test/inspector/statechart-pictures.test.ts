/** The picture of each machine, laid out anew: it is the one in the documentation, and it can be read. */

import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeChart } from '../../src/inspector/statechart/chart.ts';
import { documentedMachines } from '../../src/inspector/statechart/documents.ts';
import { layOut, type Picture } from '../../src/inspector/statechart/layout.ts';
import { planPicture } from '../../src/inspector/statechart/plan.ts';
import { renderSvg } from '../../src/inspector/statechart/svg.ts';
import { pathOfPicture } from './committed-pictures.ts';
import { findFaults } from './picture-faults.ts';

describe.each(documentedMachines.map((machine) => [machine.id, machine] as const))('%s', (id, machine) => {
	let picture: Picture;
	beforeAll(async () => {
		picture = await layOut(planPicture(describeChart(machine)));
	});

	test('is drawn as it is in the documentation, byte for byte', async () => {
		expect(renderSvg(picture)).toBe(await readFile(pathOfPicture(id), 'utf8'));
	});

	test('has no text on text, and no line through text or through a state that it does not touch', () => {
		expect(findFaults(picture)).toEqual([]);
	});
});
