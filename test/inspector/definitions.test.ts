/** What is sent of machines, and what their sources look like: both can be read by tools that are not ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseSync } from 'vite';
import { describe, expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { runMachine } from '../../machines/run.ts';
import { listDefinitions, serializeDefinition } from '../../src/durable/definition.ts';
import { recordedMachines } from '../support/recorded-machines.ts';
import { listLaws } from './machine-laws.ts';

const machines = [
	...new Set(recordedMachines.flatMap(({ definition }) => listDefinitions(definition)).map(({ machine }) => machine)),
	runMachine,
];

describe('a definition that was sent', () => {
	test.each(machines.map((machine) => [machine.id, machine] as const))(
		'%s: makes a machine with the same states and transitions',
		(_id, machine) => {
			const made = createMachine(JSON.parse(serializeDefinition(machine)));
			expect(listLaws(made)).toEqual(listLaws(machine));
			expect(listLaws(machine).length).toBeGreaterThan(5);
			expect(Object.keys(made.root.states)).toEqual(Object.keys(machine.root.states));
		},
	);
});

/** A node of a syntax tree, loosely. */
// biome-ignore lint/suspicious/noExplicitAny: its shape depends on its type.
type Node = any;

/** Whose values may be code: they are what a machine works out, not what it looks like. */
const codeKeys: ReadonlySet<string> = new Set(['context', 'params', 'input', 'output']);

/** What in a machine's configuration is more than a literal. */
function findCode(node: Node, path: string): readonly string[] {
	switch (node.type) {
		case 'Literal':
			return [];
		case 'UnaryExpression':
			return findCode(node.argument, path);
		case 'ArrayExpression':
			return node.elements.flatMap((element: Node, index: number) => findCode(element, `${path}.${index}`));
		case 'ObjectExpression':
			return node.properties.flatMap((property: Node) => findCodeInProperty(property, path));
		default:
			return [`${path}: ${node.type}`];
	}
}

function findCodeInProperty(property: Node, path: string): readonly string[] {
	if (property.type !== 'Property' || property.computed || property.shorthand || property.method) {
		return [`${path}: ${property.type}`];
	}
	const key = String(property.key.name ?? property.key.value);
	const isCode = codeKeys.has(key) && property.value.type === 'ArrowFunctionExpression';
	return isCode ? [] : findCode(property.value, `${path}.${key}`);
}

function findCalls(node: Node, name: string): readonly Node[] {
	if (typeof node !== 'object' || node === null) return [];
	if (Array.isArray(node)) return node.flatMap((element) => findCalls(element, name));
	const callee = node.type === 'CallExpression' ? (node.callee.property?.name ?? node.callee.name) : undefined;
	return [...(callee === name ? [node] : []), ...Object.values(node).flatMap((inner) => findCalls(inner, name))];
}

/** How a source departs from one literal machine; nothing where it holds none. */
function findDepartures(source: string): readonly string[] {
	const { program, errors } = parseSync('machine.ts', source, { lang: 'ts' });
	const made = findCalls(program, 'createMachine');
	const [machine] = made;
	if (!machine) return errors.map(({ message }) => message);
	const { callee, arguments: given } = machine;
	const setup = callee.type === 'MemberExpression' ? callee.object : null;
	const isDirect = setup === null || (setup.type === 'CallExpression' && setup.callee.name === 'setup');
	return [
		...errors.map(({ message }) => message),
		...(made.length === 1 ? [] : ['more than one machine']),
		...(given.length === 1 && isDirect ? [] : ['not made by createMachine({…}) or setup({…}).createMachine({…})']),
		...findCode(given[0], 'machine'),
	];
}

describe('the source of a machine', () => {
	const folder = new URL('../../machines/', import.meta.url);
	const sources = readdirSync(folder)
		.filter((name) => name.endsWith('.ts'))
		.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const)
		.filter(([, source]) => source.includes('createMachine('));

	test('every machine has one', () => {
		expect(sources).toHaveLength(machines.length);
	});

	test.each(sources)('%s is one literal, which editors and Stately Studio can read', (_name, source) => {
		expect(findDepartures(source)).toEqual([]);
	});

	test('what is no literal is noticed', () => {
		const about = (config: string) => findDepartures(`setup({}).createMachine(${config})`);
		expect(about("{ id: 'a', states: { b: { after: { wake: 'c' } } } }")).toEqual([]);
		expect(about('{ ...shared }')).toEqual(['machine: SpreadElement']);
		expect(about('{ [name]: 1 }')).toEqual(['machine: Property']);
		expect(about('{ states: { a: makeState() } }')).toEqual(['machine.states.a: CallExpression']);
		expect(about('{ states }')).toEqual(['machine: Property']);
		expect(about('{ on: { A: { guard: ({ context }) => context.ok } } }')).toEqual([
			'machine.on.A.guard: ArrowFunctionExpression',
		]);
		expect(about('shared')).toEqual(['machine: Identifier']);
		expect(findDepartures('createMachine({}); createMachine({})')).toEqual(['more than one machine']);
		expect(findDepartures('base.extend({}).createMachine({})')).toHaveLength(1);
	});
});
