/** Machines as Stately Studio and the editors read them: one literal, everything in it by name. */

import { describe, expect, test } from 'vitest';
import { type AnyStateMachine, createMachine, getNextTransitions } from 'xstate';
import { agentMachine } from '../../machines/agent.ts';
import { agentGroupMachine } from '../../machines/agent-group.ts';
import { orchestratorMachine } from '../../machines/orchestrator.ts';
import { runMachine } from '../../machines/run.ts';
import { supervisorMachine } from '../../machines/supervisor.ts';
import { taskMachine } from '../../machines/task.ts';
import { workflowRunnerMachine } from '../../machines/workflow-runner.ts';
import { serializeDefinition } from '../../src/durable/definition.ts';
import { readSources } from '../architecture/source-files.ts';
import { allNodes } from './transition-coverage.ts';

const machines: ReadonlyArray<readonly [file: string, machine: AnyStateMachine]> = [
	['machines/agent.ts', agentMachine],
	['machines/agent-group.ts', agentGroupMachine],
	['machines/orchestrator.ts', orchestratorMachine],
	['machines/run.ts', runMachine],
	['machines/supervisor.ts', supervisorMachine],
	['machines/task.ts', taskMachine],
	['machines/workflow-runner.ts', workflowRunnerMachine],
];

/** Where the literal has a function other than one that works out parameters, the first context or the output. */
function functionsIn(value: unknown, path: string): string[] {
	if (typeof value === 'function') return /\.params$|^\.(context|output)$/.test(path) ? [] : [path];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) => functionsIn(inner, `${path}.${key}`));
}

/** Names that the literal uses for one kind of thing. */
function namesIn(value: unknown, kinds: readonly string[]): string[] {
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) =>
		kinds.includes(key) ? [inner].flat().map(nameOf) : namesIn(inner, kinds),
	);
}

function nameOf(reference: unknown): string {
	if (typeof reference === 'object' && reference !== null && 'type' in reference) return String(reference.type);
	return String(reference);
}

describe.each(machines)('[AG47] %s', (file, machine) => {
	const source = readSources('machines').find(({ path }) => path === file)?.text ?? '';
	const literal = source.slice(source.indexOf('createMachine({'));

	test('is one literal, without spreads, computed keys or factories', () => {
		expect(source.match(/\bcreateMachine\(\{/g)).toHaveLength(1);
		if (source.includes('setup(')) expect(source).toMatch(/= setup\(\{[\s\S]*\n\}\)\.createMachine\(\{/);
		const config = literal.slice(0, literal.indexOf('\n});'));
		expect(config).not.toMatch(/\.\.\./);
		expect(config).not.toMatch(/^\s*\[[^\]]*\]\s*:/m);
		expect(config).not.toMatch(/\b(createStateConfig|assign|raise|sendTo|enqueueActions)\(/);
	});

	test('has no function but parameters, the first context and the output', () => {
		expect(functionsIn(machine.config, '')).toEqual([]);
	});

	test('uses names that are registered, and registers none in vain', () => {
		const { actions, guards, delays } = machine.implementations;
		const used = {
			actions: namesIn(machine.config, ['actions', 'entry', 'exit']),
			guards: namesIn(machine.config, ['guard']),
			delays: allNodes(machine.root).flatMap((node) => Object.keys(node.config.after ?? {})),
		};
		const sorted = (names: Iterable<string>) => [...new Set(names)].sort();
		expect(sorted(used.actions)).toEqual(sorted(Object.keys(actions)));
		expect(sorted(used.guards)).toEqual(sorted(Object.keys(guards)));
		expect(sorted(used.delays)).toEqual(sorted(Object.keys(delays)));
	});

	test('describes every state that can be rested in', () => {
		const leaves = allNodes(machine.root).filter(({ type, parent }) => parent && type !== 'compound');
		const silent = leaves.filter(({ description, parent }) => !description && !parent?.description);
		expect(silent.map(({ id }) => id)).toEqual([]);
	});

	test('exported, opens as a machine with the same states and ways out of them', () => {
		const opened: AnyStateMachine = createMachine(JSON.parse(serializeDefinition(machine)));
		const pathsOf = ({ root }: AnyStateMachine) => allNodes(root).map(({ path }) => path.join('.'));
		expect(pathsOf(opened)).toEqual(pathsOf(machine));
		for (const { path } of allNodes(machine.root).filter(({ type }) => type === 'atomic' || type === 'final')) {
			const waysOut = (which: AnyStateMachine) => {
				const snapshot = which.resolveState({ value: nest(path), context: {} });
				return getNextTransitions(snapshot).map(({ eventType, target }) => [eventType, target?.map(({ id }) => id)]);
			};
			expect(waysOut(opened)).toEqual(waysOut(machine));
		}
	});
});

/** `{ idle: 'ready' }` for `['idle', 'ready']`. */
function nest([key = '', ...inner]: readonly string[]): string | Record<string, never> {
	return inner.length === 0 ? key : ({ [key]: nest(inner) } as Record<string, never>);
}
