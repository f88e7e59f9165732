/**
 * The task's machine, walked: every situation its guards can tell apart, times every event, each step
 * taken twice, as it stands and after a restart from its stored text. And its tables against it.
 */

import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { taskMachine } from '../../machines/task.ts';
import { type TaskInput, taskTriggers, triggerOfTask } from '../../machines/task-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { taskTransitions } from '../../src/tasks/transitions.ts';
import { readSpecification } from '../support/specification.ts';
import {
	checkTaskStep,
	contextOfTask,
	createTaskInput,
	stateOfTask,
	type TaskStep,
	taskEventsFor,
	taskSteps,
} from './task-steps.ts';
import { allNodes, createTransitionCoverage, declaredTransitions } from './transition-coverage.ts';

/** Time stands still while walking. */
const at = 1_000_000;

const specification = readSpecification();
const coverage = createTransitionCoverage(taskMachine);
const reached = new Set<string>();
const moved = new Set<string>();

/** What guards and rules ask of a task, and no more, or there is no end. */
function situationOf(snapshot: AnyMachineSnapshot): string {
	const { agentId, instruction, prompt, rounds, cleans } = contextOfTask(snapshot);
	const state = formatState(snapshot.value);
	const attempt = /\.(prompting|following|backingOff)$/.test(state) ? instruction.attempt : 0;
	return JSON.stringify([state, agentId !== null, attempt, prompt && prompt.promptId !== null, rounds, cleans]);
}

function walk(input: TaskInput): number {
	const first = taskSteps.create(input, at);
	checkTaskStep(first);
	const known = new Set([situationOf(first.after)]);
	let frontier = [first.after];
	while (frontier.length > 0) {
		const found: AnyMachineSnapshot[] = [];
		for (const { after } of frontier.flatMap(takeEvery)) {
			const situation = situationOf(after);
			if (known.has(situation)) continue;
			known.add(situation);
			found.push(after);
		}
		frontier = found;
	}
	return known.size;
}

/** Every event in one situation, with and without a restart before it. */
function takeEvery(situation: AnyMachineSnapshot): TaskStep[] {
	reached.add(formatState(situation.value));
	const text = taskSteps.persist(situation);
	const restarted = taskSteps.restart(text);
	const steps = taskEventsFor(situation).map((event) => {
		const step = taskSteps.take(situation, event, at);
		try {
			checkTaskStep(step);
			assert.deepEqual(outcomeOf(taskSteps.take(restarted, event, at)), outcomeOf(step), 'a restart matters');
		} catch (error) {
			throw new Error(`${text}\ntakes ${JSON.stringify(event)}\nand is ${taskSteps.persist(step.after)}`, {
				cause: error,
			});
		}
		moved.add(`${stateOfTask(situation)} ${stateOfTask(step.after)}`);
		coverage.add(step.taken);
		return step;
	});
	assert.equal(taskSteps.persist(situation), text, 'a step changed the situation it started from');
	return steps;
}

/** All that can be seen of a step. */
function outcomeOf({ after, accepted, actions }: TaskStep) {
	return { accepted, state: JSON.parse(taskSteps.persist(after)), actions };
}

describe('[TA4, TA5, TA6, TA7, TA9] whatever happens to a task, in every situation', () => {
	test.each([
		['that has gates', createTaskInput()],
		['that has none', createTaskInput({ gated: false })],
		['that has no agent yet', createTaskInput({ agentId: null })],
	])('%s', { timeout: 120_000 }, (_name, input) => {
		expect(walk(input)).toBeGreaterThan(100);
	});

	test('[TA2] every declared transition was taken', () => {
		expect(coverage.missing()).toEqual([]);
	});

	test('[TA1] every state was reached, and what is never rested in was not', () => {
		const leaves = allNodes(taskMachine.root).filter(({ type }) => type === 'atomic' || type === 'final');
		const paths = leaves.map(({ path }) => path.join('.')).filter((path) => !/\.(telling|deciding)$/.test(path));
		expect([...reached].sort()).toEqual(paths.sort());
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
