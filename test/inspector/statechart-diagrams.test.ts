/** Diagrams as they are offered: laid out once and elsewhere, marked on demand, and held to the machines. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AnyStateMachine, createMachine } from 'xstate';
import { agentMachine } from '../../machines/agent.ts';
import { runMachine } from '../../machines/run.ts';
import { describeChart } from '../../src/inspector/statechart/chart.ts';
import { createDiagrams, drawMachine } from '../../src/inspector/statechart/diagrams.ts';
import { documentedMachines, findDrift, writePictures } from '../../src/inspector/statechart/documents.ts';
import { readSources } from '../architecture/source-files.ts';
import { adminToken, startWorld, type World } from '../support/http-world.ts';
import { readPicture } from './committed-pictures.ts';
import { readElements } from './xml-elements.ts';

const activeIn = (svg: string) =>
	readElements(svg).flatMap(({ attributes }) =>
		attributes.get('class')?.split(' ').includes('active') ? [attributes.get('data-state')] : [],
	);

describe('a diagram', () => {
	test('marks the active state and what contains it, and nothing else', async () => {
		const diagrams = createDiagrams([agentMachine], async () => readPicture('agent'));
		expect(activeIn(await diagrams.draw('agent'))).toEqual([]);
		expect(activeIn(await diagrams.draw('agent', 'idle.suspended.untilTime'))).toEqual([
			'idle',
			'idle.suspended',
			'idle.suspended.untilTime',
		]);
		expect(activeIn(await diagrams.draw('agent'))).toEqual([]);
	});

	test('marks one state of each region', async () => {
		const region = { initial: 'on', states: { on: {}, off: {} } };
		const diagrams = createDiagrams([createMachine({ id: 'two', type: 'parallel', states: { a: region, b: region } })]);
		expect(activeIn(await diagrams.draw('two', 'a.on,b.off'))).toEqual(['a', 'a.on', 'b', 'b.off']);
	});

	test('is laid out once, however many ask, and for whatever state', async () => {
		const drawn: string[] = [];
		const diagrams = createDiagrams([runMachine], async ({ chart }) => {
			drawn.push(chart.id);
			return '<svg/>';
		});
		await Promise.all([diagrams.draw('run'), diagrams.draw('run', 'running'), diagrams.draw('run')]);
		await diagrams.draw('run', 'failed');
		expect(drawn).toEqual(['run']);
	});

	test('that could not be drawn is tried again', async () => {
		const answers = [Promise.reject(new Error('no room')), Promise.resolve('<svg/>')];
		const diagrams = createDiagrams(
			[runMachine],
			() => answers.shift() ?? Promise.reject(new Error('asked too often')),
		);
		await expect(diagrams.draw('run')).rejects.toThrow('no room');
		expect(await diagrams.draw('run')).toBe('<svg/>');
	});

	test('is not laid out for a state that is none', async () => {
		const diagrams = createDiagrams([runMachine], () => Promise.reject(new Error('was drawn')));
		await expect(diagrams.draw('run', 'asleep')).rejects.toThrow(/no state "asleep": it has spawning, running/);
	});

	test('is never laid out in the thread that serves', async () => {
		await drawMachine(runMachine);
		const loaded = Object.keys(createRequire(import.meta.url).cache);
		expect(loaded.filter((path) => path.includes('elkjs'))).toEqual([]);
		const importers = readSources('src').filter(
			({ imports, typeImports }) => imports.includes('elkjs') && !typeImports.includes('elkjs'),
		);
		expect(importers.map(({ path }) => path)).toEqual([]);
	});
});

describe('GET /machines/{id}/diagram.svg', () => {
	let world: World;
	beforeEach(async () => {
		world = await startWorld();
	});
	afterEach(() => world.close());

	test('answers SVG, with a state marked', async () => {
		const response = await fetch(`${world.url}/machines/agent/diagram.svg?state=busy.working`, {
			headers: { authorization: `Bearer ${adminToken}` },
		});
		expect(response.headers.get('content-type')).toMatch('image/svg+xml');
		expect(activeIn(await response.text())).toEqual(['busy', 'busy.working']);
	});

	test('refuses unknown states with those that there are, and unknown machines', async () => {
		expect(await world.call('GET', '/machines/agent/diagram.svg?state=sleeping')).toMatchObject({
			status: 400,
			body: { code: 'invalid_request', detail: expect.stringContaining('busy.awaitingInput') },
		});
		expect(await world.call('GET', '/machines/none/diagram.svg')).toMatchObject({
			status: 404,
			body: { code: 'not_found', detail: expect.stringContaining('agent') },
		});
		expect(await world.call('GET', '/machines/agent/diagram.svg', { token: null })).toMatchObject({ status: 401 });
	});
});

describe('the pictures in the documentation', () => {
	/** Everything that a picture tells, without a place for it. */
	const drawCheaply = async (machine: AnyStateMachine) => JSON.stringify(describeChart(machine));
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'statecraft-pictures-'));
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	test('are those of every machine there is', () => {
		const sources = readSources('machines').filter(({ text }) => text.includes('createMachine({'));
		const ids = sources.map(({ text }) => /createMachine\(\{\s*id: '(\w+)'/.exec(text)?.[1]);
		expect(documentedMachines.map(({ id }) => id).sort()).toEqual(ids.sort());
	});

	test('have drifted once a machine changes, a picture is missing, or is of no machine', async () => {
		await writePictures(folder, [runMachine], drawCheaply);
		expect(await findDrift(folder, [runMachine], drawCheaply)).toEqual([]);
		const changed = createMachine({ ...runMachine.config, initial: 'running' });
		expect(await findDrift(folder, [changed], drawCheaply)).toEqual(['run.svg']);
		writeFileSync(join(folder, 'gone.svg'), '');
		const added = createMachine({ id: 'added' });
		expect(await findDrift(folder, [runMachine, added], drawCheaply)).toEqual(['added.svg', 'gone.svg']);
	});

	test('are renewed by writing them', async () => {
		await writePictures(folder, [runMachine]);
		expect(await findDrift(folder, [runMachine])).toEqual([]);
	});
});
