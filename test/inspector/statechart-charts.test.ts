/** What charts and their pictures tell of machines: all of it, and nothing that is not so. */

import { beforeAll, describe, expect, test } from 'vitest';
import { type AnyStateMachine, createMachine, setup } from 'xstate';
import { type ChartState, describeChart, listStates } from '../../src/inspector/statechart/chart.ts';
import { drawMachine } from '../../src/inspector/statechart/diagrams.ts';
import { documentedMachines } from '../../src/inspector/statechart/documents.ts';
import { allNodes, declaredTransitions } from '../machines/transition-coverage.ts';
import { readPicture } from './committed-pictures.ts';
import { readElements } from './xml-elements.ts';

const machines = documentedMachines.map((machine) => [machine.id, machine] as const);

/** `<source>|<event>|<target>` of everything that a machine declares, the target empty where nothing moves. */
function namesOfTransitions(machine: AnyStateMachine): string[] {
	return declaredTransitions(machine).flatMap(({ source, eventType, target }) =>
		(target ?? [undefined]).map((to) =>
			[source.path.join('.'), eventType || 'always', to?.path.join('.') ?? ''].join('|'),
		),
	);
}

function valuesOf(svg: string, attribute: string): string[] {
	return readElements(svg).flatMap(({ attributes }) => attributes.get(attribute) ?? []);
}

describe.each(machines)('%s', (id, machine) => {
	const states = listStates(describeChart(machine).root);
	const nodes = allNodes(machine.root);
	const svg = readPicture(id);

	test('has a chart with every state, its kind, its tags and where it begins', () => {
		expect(states.map(({ path, kind, tags }) => [path, kind, tags])).toEqual(
			nodes.map(({ path, type, tags }) => [path.join('.'), type, tags]),
		);
		for (const { path, kind, initial } of states.filter(({ kind }) => kind === 'compound'))
			expect(initial, `${path} is ${kind}`).toBe(
				nodes.find((node) => node.path.join('.') === path)?.initial.target?.[0]?.path.join('.'),
			);
	});

	test('has a picture with every state and every declared transition', () => {
		const drawn = valuesOf(svg, 'data-state');
		expect(drawn.sort()).toEqual(
			states
				.map(({ path }) => path)
				.filter((path) => path !== '')
				.sort(),
		);
		expect(valuesOf(svg, 'data-edge').sort()).toEqual(namesOfTransitions(machine).sort());
	});

	test('names its delays and its tags in the picture', () => {
		const delays = nodes.flatMap(({ after }) => after.map(({ delay }) => String(delay)));
		expect(valuesOf(svg, 'data-delay').sort()).toEqual(delays.sort());
		for (const delay of delays) expect(svg).toContain(`>after ${delay}`);
		for (const tag of new Set(nodes.flatMap(({ tags }) => tags))) expect(svg).toContain(`>${tag}</text>`);
	});
});

describe('what our own machines have not', () => {
	const traffic = setup({
		actions: { honk: () => {} },
		guards: { isDark: () => true },
		delays: { green: 90_000, yellow: () => 1 },
		actors: { camera: createMachine({}) },
	}).createMachine({
		id: 'traffic',
		type: 'parallel',
		states: {
			lamp: {
				initial: 'red',
				states: {
					red: { after: { green: 'yellow', 1500: 'off', 300: 'off' }, on: { '*': { actions: 'honk' } } },
					yellow: {
						after: { yellow: { guard: 'isDark', target: 'off' } },
						on: { AGAIN: { target: 'yellow', reenter: true } },
					},
					off: { type: 'final' },
					back: { type: 'history', history: 'deep', target: 'yellow' },
				},
				onDone: { target: '.back' },
			},
			watch: {
				invoke: { id: 'eye', src: 'camera', onDone: { actions: 'honk' }, onError: '.blind' },
				initial: 'looking',
				states: { looking: {}, blind: {} },
			},
		},
	});
	let svg: string;
	beforeAll(async () => {
		svg = await drawMachine(traffic);
	});
	const states = new Map(listStates(describeChart(traffic).root).map((state) => [state.path, state]));
	const labels = (path: string) => states.get(path)?.transitions.map(({ label }) => label);

	test('regions, history and final states are told apart', () => {
		const kind = (path: string) => (states.get(path) as ChartState).kind;
		expect([kind(''), kind('lamp'), kind('lamp.off'), kind('lamp.back')]).toEqual([
			'parallel',
			'compound',
			'final',
			'history',
		]);
		expect(states.get('lamp.back')?.initial).toBe('lamp.yellow');
		const classes = new Map(
			readElements(svg).map(({ attributes }) => [attributes.get('data-state'), attributes.get('class')]),
		);
		expect(classes.get('lamp')).toBe('state compound region');
		expect(classes.get('lamp.off')).toBe('state final');
	});

	test('delays are told by name and, where they are fixed, by their length', () => {
		expect(labels('lamp.red')).toEqual(['any other event', 'after 300 ms', 'after 1.5 s', 'after green (90 s)']);
		expect(labels('lamp.yellow')).toEqual(['AGAIN', 'after yellow']);
	});

	test('ends of states and of invoked actors are told as such', () => {
		expect(labels('lamp')).toEqual(['onDone']);
		expect(labels('watch')).toEqual(['onDone of camera', 'onError of camera']);
		expect(states.get('watch')?.invokes).toEqual(['camera']);
	});

	test('a state that enters itself again is told from one that stays', () => {
		const edges = valuesOf(svg, 'data-edge');
		expect(edges).toContain('lamp.yellow|AGAIN|lamp.yellow');
		expect(edges).toContain('lamp.red|*|');
	});

	test('names are text, whatever they are made of', async () => {
		const script = '<script>alert("&\u0007\ud800")</script>';
		const hostile = createMachine({
			id: 'x"><script>',
			initial: script,
			states: {
				[script]: { description: ']]><img src=x onerror=alert(1)>', tags: [script], on: { [script]: 'other' } },
				other: { on: { '"\'onload=1': {} } },
			},
		});
		const elements = readElements(await drawMachine(hostile));
		const allowed = new Set(['svg', 'title', 'desc', 'style', 'g', 'rect', 'circle', 'path', 'text', 'tspan']);
		expect(elements.filter(({ name }) => !allowed.has(name))).toEqual([]);
		const attributes = elements.flatMap(({ attributes }) => [...attributes.keys()]);
		expect(attributes.filter((name) => /^on|href|style/.test(name))).toEqual([]);
		const shown = script.replace('\u0007', '\ufffd').replace('\ud800', '\ufffd');
		expect(elements.map(({ attributes }) => attributes.get('data-state'))).toContain(shown);
	});
});
