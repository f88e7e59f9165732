/** `machines/SPEC.md` against the machines and the tests: neither may drift from the other. */

import { describe, expect, test } from 'vitest';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { agentMachine } from '../../machines/agent.ts';
import { orchestratorMachine } from '../../machines/orchestrator.ts';
import { triggerOfOrchestrator } from '../../machines/orchestrator-model.ts';
import { workflowRunnerMachine } from '../../machines/workflow-runner.ts';
import { triggerOfRunner } from '../../machines/workflow-runner-model.ts';
import { allNodes, declaredTransitions } from '../machines/transition-coverage.ts';
import { readSpecification } from '../support/specification.ts';
import { readSources } from './source-files.ts';

const specification = readSpecification();

/** What stands in the bracket that a title begins with, and where. */
const citations = readSources('test').flatMap(({ path, text }) =>
	[...text.matchAll(/\(\s*(['"`])\[([A-Z]*\d[^\]\n]*)\]/g)].map(([, , ids = '']) => ({ path, ids })),
);

describe('rules and tests', () => {
	test('every id that a title cites is a rule', () => {
		const known = new Set(specification.ruleIds);
		const unknown = citations.filter(({ ids }) => ids.split(', ').some((id) => !known.has(id)));
		expect(unknown).toEqual([]);
	});

	test('every rule is cited by the title of a test', () => {
		const cited = new Set(citations.flatMap(({ ids }) => ids.split(', ')));
		expect(specification.ruleIds.filter((id) => !cited.has(id))).toEqual([]);
	});

	test('no rule is there twice', () => {
		expect(specification.ruleIds.filter((id, index, all) => all.indexOf(id) !== index)).toEqual([]);
	});
});

describe('tables of the agent', () => {
	test('[AG2] its transitions are those of the machine, in the order of the machine', () => {
		expect(specification.table('Transitions').map((row) => row.slice(0, 4))).toEqual(transitionsOf(agentMachine));
	});

	test('[AG1] its states and tags are those of the machine', () => {
		expect(specification.table('States').map((row) => row.slice(0, 3))).toEqual(statesOf(agentMachine));
	});
});

describe('tables of the orchestrator', () => {
	test('[OR1] its transitions and triggers are those of the machine, in the order of the machine', () => {
		const rows = withTriggers(orchestratorMachine, triggerOfOrchestrator);
		expect(specification.table('Transitions of the orchestrator')).toEqual(rows);
	});

	test('[OR1] its states and tags are those of the machine', () => {
		const rows = statesOf(orchestratorMachine).map(([state, , tags]) => [state, tags]);
		expect(specification.table('States of the orchestrator').map((row) => row.slice(0, 2))).toEqual(rows);
	});
});

describe('tables of the workflow runner', () => {
	test('[WR2, WR20] its transitions and triggers are those of the machine, in the order of the machine', () => {
		const rows = withTriggers(workflowRunnerMachine, triggerOfRunner);
		expect(specification.table('Transitions of a workflow runner')).toEqual(rows);
	});

	test('[WR1] its states and tags are those of the machine', () => {
		const rows = statesOf(workflowRunnerMachine);
		expect(specification.table('States of a workflow runner').map((row) => row.slice(0, 3))).toEqual(rows);
	});
});

/** From, event, guard and target of every transition. */
function transitionsOf(machine: AnyStateMachine): readonly (readonly string[])[] {
	return declaredTransitions(machine).map(({ source, eventType, guard, target, actions }) => [
		source.path.join('.') || 'any',
		formatEvent(eventType),
		typeof guard === 'object' && 'type' in guard ? guard.type : String(guard ?? ''),
		target?.map(({ path }) => path.join('.')).join() ?? (actions.length > 0 ? 'stays' : 'refused'),
	]);
}

function withTriggers(machine: AnyStateMachine, triggerOf: (event: { readonly type: string }) => string) {
	const types = declaredTransitions(machine).map(({ eventType }) => eventType);
	return transitionsOf(machine).map((row, index) => {
		const type = types[index] ?? '';
		return [...row, type === '' ? '' : triggerOf({ type })];
	});
}

/** Path and tags of every state that can be rested in. */
function statesOf(machine: AnyStateMachine): readonly (readonly string[])[] {
	const leaves = allNodes(machine.root).filter(({ type }) => type === 'atomic' || type === 'final');
	return leaves.map((leaf) => {
		const [state = '', ...inside] = leaf.path;
		return [state, inside.join('.'), [...new Set(tagsOf(leaf))].sort().join(', ')];
	});
}

/** Tags of a state and of those around it. */
function tagsOf({ parent, tags }: AnyStateNode): readonly string[] {
	return [...(parent ? tagsOf(parent) : []), ...tags];
}

/** `after startupDeadline` for the event of a delay, `always` for none. */
function formatEvent(type: string): string {
	if (type === '') return 'always';
	return type.startsWith('xstate.after.') ? `after ${type.split('.')[2]}` : type;
}
