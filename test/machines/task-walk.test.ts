/**
 * The task's machine, walked: every situation its guards can tell apart, times every event, each step
 * taken twice, as it stands and after a restart from its stored text. And its tables against it.
 */

import { describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { taskMachine } from '../../machines/task.ts';
import { taskTriggers, triggerOfTask } from '../../machines/task-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { taskTransitions } from '../../src/tasks/transitions.ts';
import { readSpecification } from '../support/specification.ts';
import { createWalk, leavesOf } from './situations.ts';
import {
	checkTaskStep,
	contextOfTask,
	createTaskInput,
	stateOfTask,
	type TaskStep,
	taskEventsFor,
	taskSteps,
} from './task-steps.ts';
import { allNodes, declaredTransitions } from './transition-coverage.ts';

/** Time stands still while walking. */
const at = 1_000_000;

const specification = readSpecification();
const moved = new Set<string>();

/** What guards and rules ask of a task, and no more, or there is no end. */
function situationOf(snapshot: AnyMachineSnapshot): string {
	const { agentId, instruction, prompt, rounds, cleans } = contextOfTask(snapshot);
	const state = formatState(snapshot.value);
	const attempt = /\.(prompting|following|backingOff)$/.test(state) ? instruction.attempt : 0;
	return JSON.stringify([state, agentId !== null, attempt, prompt && prompt.promptId !== null, rounds, cleans]);
}

const walk = createWalk({
	machine: taskMachine,
	steps: taskSteps,
	at,
	situationOf,
	eventsFor: taskEventsFor,
	check(step: TaskStep) {
		checkTaskStep(step);
		if (step.before) moved.add(`${stateOfTask(step.before)} ${stateOfTask(step.after)}`);
	},
});

describe('[TA4, TA5, TA6, TA7, TA9] whatever happens to a task, in every situation', () => {
	test.each([
		['that has gates', createTaskInput()],
		['that has none', createTaskInput({ gated: false })],
		['that has no agent yet', createTaskInput({ agentId: null })],
	])('%s', { timeout: 120_000 }, (_name, input) => {
		expect(walk.explore(input).situations).toBeGreaterThan(100);
	});

	test('[TA2] every declared transition was taken', () => {
		expect(walk.missing()).toEqual([]);
	});

	test('[TA1] every state was reached, and what is never rested in was not', () => {
		const paths = leavesOf(taskMachine).filter((path) => !/\.(telling|deciding)$/.test(path));
		expect([...walk.reached].sort()).toEqual(paths.sort());
	});

	test('[TA3] people see every transition of their table, and no other', () => {
		const pairs = Object.entries(taskTransitions).flatMap(([from, targets]) => targets.map((to) => `${from} ${to}`));
		const seen = [...moved].filter((pair) => new Set(pair.split(' ')).size === 2);
		expect(seen.sort()).toEqual(pairs.sort());
	});
});

describe('tables of the task', () => {
	test('[TA2, TA8] its transitions and triggers are those of the machine, in the order of the machine', () => {
		const rows = declaredTransitions(taskMachine).map(({ source, eventType, guard, target, actions }) => [
			source.path.join('.') || 'any',
			formatEvent(eventType),
			typeof guard === 'object' && 'type' in guard ? guard.type : (guard ?? ''),
			target?.map(({ path }) => path.join('.')).join() ?? (actions.length > 0 ? 'stays' : 'refused'),
			eventType === '' ? '' : triggerOfTask({ type: eventType }),
		]);
		expect(specification.table('Transitions of a task')).toEqual(rows);
		expect(new Set(['Created', ...rows.map(([, , , , trigger]) => trigger)].filter(Boolean))).toEqual(
			new Set(taskTriggers),
		);
	});

	test('[TA1] its states and tags are those of the machine', () => {
		const leaves = allNodes(taskMachine.root).filter(({ type }) => type === 'atomic' || type === 'final');
		const rows = leaves.map(({ path, tags, parent }) => {
			const [state = '', ...inside] = path;
			return [state, inside.join('.'), [...new Set([...tags, ...(parent?.tags ?? [])])].sort().join(', ')];
		});
		expect(specification.table('States of a task').map((row) => row.slice(0, 3))).toEqual(rows);
	});

	test('[TA3] the table for people is the one that requests are checked against', () => {
		const rows = Object.entries(taskTransitions).map(([from, targets]) => [from, targets.join(', ')]);
		expect(specification.table('What people see of a task')).toEqual(rows);
	});
});

function formatEvent(type: string): string {
	if (type === '') return 'always';
	return type.startsWith('xstate.after.') ? `after ${type.split('.')[2]}` : type;
}
