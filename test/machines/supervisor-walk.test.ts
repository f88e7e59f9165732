/**
 * The supervisor's machine, walked: every situation its guards can tell apart, times every event, each
 * step taken twice, as it stands and after a restart from its stored text. And its tables against it.
 */

import { describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { supervisorMachine } from '../../machines/supervisor.ts';
import { supervisorTriggers, triggerOfSupervisor } from '../../machines/supervisor-model.ts';
import { readSpecification } from '../support/specification.ts';
import { createWalk, leavesOf } from './situations.ts';
import {
	checkSupervisorStep,
	contextOfSupervisor,
	mission,
	supervisorEventsFor,
	supervisorSteps,
} from './supervisor-steps.ts';
import { allNodes, declaredTransitions } from './transition-coverage.ts';

const specification = readSpecification();
/** Time stands still while walking. */
const at = 1_000_000;

/** What guards and rules ask of a supervisor, and no more, or there is no end. */
function situationOf(snapshot: AnyMachineSnapshot): string {
	const { current, outbox, pendingQuestions, awaiting, agentId, cutShort, spawnedTaskIds } =
		contextOfSupervisor(snapshot);
	const kinds = outbox.map(({ kind }) => kind).slice(0, 3);
	const waits = awaiting && [awaiting.mode, awaiting.ended.map(({ taskId }) => taskId)];
	const turn = current && [current.note.kind, current.promptId];
	const known = [pendingQuestions.length, spawnedTaskIds.length > 0, agentId, cutShort !== null];
	return JSON.stringify([snapshot.value, turn, kinds, waits, known]);
}

const walk = createWalk({
	machine: supervisorMachine,
	steps: supervisorSteps,
	at,
	situationOf,
	eventsFor: supervisorEventsFor,
	check: checkSupervisorStep,
	deepest: 5,
});

describe('[SU3, SU4, SU5, SU7, SU12, SU13, SU22] whatever happens to a supervisor, in every situation', () => {
	test.each([
		['that is new', mission],
		['whose state was lost', { ...mission, lost: { reason: 'It was not stored.', restorationCount: 3, saves: 30 } }],
	])('%s', { timeout: 120_000 }, (_name, input) => {
		expect(walk.explore(input).situations).toBeGreaterThan(100);
	});

	test('[SU2] every declared transition was taken', () => {
		expect(walk.missing()).toEqual([]);
	});

	test('[SU1] every state was reached', () => {
		expect([...walk.reached].sort()).toEqual([...leavesOf(supervisorMachine)].sort());
	});
});

describe('tables of the supervisor', () => {
	test('[SU2] its transitions and triggers are those of the machine, in the order of the machine', () => {
		const rows = declaredTransitions(supervisorMachine).map(({ source, eventType, guard, target }) => [
			source.path.join('.') || 'any',
			eventType || 'always',
			typeof guard === 'object' && 'type' in guard ? guard.type : String(guard ?? ''),
			target?.map(({ path }) => path.join('.')).join() ?? 'stays',
			eventType === '' ? '' : triggerOfSupervisor({ type: eventType }),
		]);
		expect(specification.table('Transitions of a supervisor')).toEqual(rows);
		const used = new Set(['Created', ...rows.map(([, , , , trigger]) => trigger).filter((trigger) => trigger !== '')]);
		expect([...used].sort()).toEqual([...supervisorTriggers].sort());
	});

	test('[SU1] its states and tags are those of the machine', () => {
		const leaves = allNodes(supervisorMachine.root).filter(({ type }) => type === 'atomic' || type === 'final');
		const rows = leaves.map(({ path, tags }) => [path.join('.'), [...tags].sort().join(', ')]);
		expect(specification.table('States of a supervisor').map((row) => row.slice(0, 2))).toEqual(rows);
	});
});
