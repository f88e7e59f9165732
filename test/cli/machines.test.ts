import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AnyStateMachine, createMachine } from 'xstate';
import { renderMachine } from '../../src/cli/machine-source.ts';
import { listDefinitions, serializeDefinition } from '../../src/durable/definition.ts';
import { listLaws } from '../inspector/machine-laws.ts';
import { recordedMachines } from '../support/recorded-machines.ts';
import { createScriptedApi, listing, type ScriptedApi } from '../support/scripted-api.ts';
import { type CliWorld, createCliWorld } from './cli-process.ts';

const definitions = [...new Set(recordedMachines.flatMap(({ definition }) => listDefinitions(definition)))];
const machines = definitions.map(({ machine, version }) => ({
	id: machine.id,
	version,
	definition: JSON.parse(serializeDefinition(machine)),
}));

let api: ScriptedApi;
let cli: CliWorld;
/** Below the repository: elsewhere its packages are not found. */
let importable: string;

beforeEach(async () => {
	api = await createScriptedApi();
	api.on('GET', '/machines', () => ({ body: listing(machines) }));
	importable = mkdtempSync(join(import.meta.dirname, '../../dist/exported-'));
	cli = createCliWorld({ STATECRAFT_URL: api.url, STATECRAFT_TOKEN: api.token });
});

afterEach(async () => {
	await cli.close();
	await api.close();
	rmSync(importable, { recursive: true });
});

test('lists the machines that run there', async () => {
	expect((await cli.run(['machines'])).stdout).toMatch(/^MACHINE +VERSION[\s\S]*agentGroup +1/);
	const { items } = (await cli.run(['machines', 'list', '--json'])).json<{ items: Array<{ id: string }> }>();
	expect(items.map(({ id }) => id)).toEqual(machines.map(({ id }) => id));
});

test('writes every machine as a module of one literal, which makes the same machine', async () => {
	const { stdout, code } = await cli.run(['machines', 'export', '--out', 'out/here']);
	expect(code).toBe(0);
	expect(stdout.trim().split('\n')).toEqual(machines.map(({ id }) => join('out/here', `${id}.ts`)));
	for (const { machine } of definitions) {
		const text = readFileSync(join(cli.directory, 'out/here', `${machine.id}.ts`), 'utf8');
		expect(text).not.toMatch(/\t|\.\.\.|=>|function/);
		expect(text).not.toMatch(/params: \{\s*type: "params"/);
		const file = join(importable, `${machine.id}.mjs`);
		writeFileSync(file, text);
		const module: Record<string, AnyStateMachine> = await import(/* @vite-ignore */ pathToFileURL(file).href);
		const made = module[`${machine.id}Machine`];
		if (!made) throw new Error(`${machine.id} is not exported under its name`);
		expect(listLaws(made)).toEqual(listLaws(machine));
	}
});

test('writes those that are named, as definitions, over what was there', async () => {
	const folder = join(cli.directory, 'statecraft-machines');
	mkdirSync(folder);
	writeFileSync(join(folder, 'agent.json'), 'old');
	const { items } = (await cli.run(['machines', 'export', 'agent', 'task', '--format', 'json', '--json'])).json<{
		items: Array<{ id: string; file: string }>;
	}>();
	expect(items.map(({ id }) => id).sort()).toEqual(['agent', 'task']);
	expect(readdirSync(folder).sort()).toEqual(['agent.json', 'task.json']);
	const made = createMachine(JSON.parse(readFileSync(join(folder, 'agent.json'), 'utf8')));
	expect(listLaws(made)).toEqual(listLaws(definitions.find(({ machine }) => machine.id === 'agent')?.machine as never));
});

test('says what is wrong: a machine that is not there, a format that is none, a folder it cannot have', async () => {
	const unknown = await cli.run(['machines', 'export', 'agnet']);
	expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/no machine "agnet"[\s\S]*agentGroup/)]);
	expect((await cli.run(['machines', 'export', '--format', 'xml'])).code).toBe(2);
	writeFileSync(join(cli.directory, 'taken'), '');
	const taken = await cli.run(['machines', 'export', '--out', 'taken']);
	expect([taken.code, taken.stderr]).toEqual([2, expect.stringMatching(/Cannot write to taken[\s\S]*--out/)]);
});

test('keys and names of every kind come out as code that means the same', () => {
	const definition = JSON.parse(
		`{"id":"odd one","on":{"a-b":".x","__proto__":".x","xstate.done.actor.*":".x"},"states":{"x":{"tags":[],"meta":{"text":"\\u2028'\`\${}\\n","no":null}}}}`,
	);
	const text = renderMachine({ id: 'odd one', version: 3, definition }, 'ts');
	const body = text.slice(text.indexOf('createMachine(') + 'createMachine('.length, text.lastIndexOf(')'));
	expect(new Function(`return ${body}`)()).toEqual(definition);
	expect(text).toContain('export const oddOneMachine = ');
});
