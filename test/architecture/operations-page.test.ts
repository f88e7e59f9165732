/** `src/docs/operations.md`: what it says of restarts, escalation, groups and dispatch is proved by tests. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readSpecification } from '../support/specification.ts';

const page = readFileSync(fileURLToPath(new URL('../../src/docs/operations.md', import.meta.url)), 'utf8');
const provedSections = ['Restarts and escalation', 'Groups', 'Workflows and dispatches', 'Tasks', 'Supervisors'];

/** The points of a section, each on a line of its own. */
function pointsOf(section: string): readonly string[] {
	const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
	return text.split('\n').filter((line) => line.startsWith('- '));
}

/** The rules that a point names at its end. */
function rulesOf(point: string): readonly string[] {
	return / \(([A-Z]+\d+(?:, [A-Z]+\d+)*)\)$/.exec(point)?.[1]?.split(', ') ?? [];
}

describe.each(provedSections)('what operators are told of %s', (section) => {
	const points = pointsOf(section);

	test('names the rules that prove it, point by point', () => {
		expect(points.length).toBeGreaterThan(3);
		expect(points.filter((point) => rulesOf(point).length === 0)).toEqual([]);
	});

	test('names rules that there are', () => {
		const known = new Set(readSpecification().ruleIds);
		expect(points.flatMap(rulesOf).filter((id) => !known.has(id))).toEqual([]);
	});
});
