import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readManifest } from '../../src/cli/manifest.ts';
import { findChanges } from '../../src/cli/manifest-difference.ts';
import { orderWorkflows } from '../../src/cli/manifest-references.ts';
import { readTemplate } from '../../src/cli/manifest-template.ts';
import { StatecraftError } from '../../src/errors.ts';
import { parseTemplate } from '../../src/workflows/template.ts';

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'statecraft-manifest-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

const environment = (name: string): string | undefined => (name === 'TOKEN' ? 'from outside' : undefined);

function read(text: string) {
	const file = join(directory, 'fleet.yaml');
	writeFileSync(file, text);
	return readManifest(file, environment);
}

/** What is wrong, as `line:column: message`. */
function faultsOf(attempt: () => unknown): string[] {
	try {
		attempt();
	} catch (error) {
		if (!(error instanceof StatecraftError) || error.code !== 'invalid_request') throw error;
		const { issues = [] } = error.extras;
		return issues.map(({ path, message }) => `${path.replace(/^.*fleet\.yaml:/, '')}: ${message}`);
	}
	throw new Error('Nothing was wrong with it');
}

test('the manifest of the README is one, templates and all', () => {
	const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
	const text = /^```yaml\n(.*?)^```/ms.exec(readme)?.[1] ?? '';
	const { agents, workflows } = read(text);
	expect(agents.map(({ value }) => value.name)).toEqual(['reviewer']);
	expect(workflows.map(({ value }) => value.name)).toEqual(['triage', 'standup', 'builds']);
	for (const { value } of workflows) parseTemplate(value.template ?? '');
});

const workflow = (name: string, trigger = '{ type: manual }') =>
	`  - { name: ${name}, agent: ada, template: Go, trigger: ${trigger} }\n`;
const follows = (name: string) => `{ type: dispatch_result, workflow: ${name}, status: [completed] }`;

describe('a manifest', () => {
	test('may be several documents, empty ones among them, with anchors', () => {
		const manifest = read(`# nothing here
---
agents:
  - name: ada
    driver: &demo { kind: demo }
  - { name: bob, driver: *demo, cwd: sub }
---
groups: [{ name: both, strategy: one_for_all, members: [ada, bob] }]
workflows:
${workflow('triage')}`);
		expect(manifest.agents.map(({ value }) => value)).toEqual([
			{ name: 'ada', driver: { kind: 'demo' } },
			{ name: 'bob', driver: { kind: 'demo' }, cwd: join(directory, 'sub') },
		]);
		expect(manifest.groups[0]?.value.members).toEqual(['ada', 'bob']);
		expect(manifest.workflows[0]?.at('template')).toMatch(/fleet\.yaml:10:\d+$/);
	});

	test('takes variables of the environment where secrets live, and nowhere else', () => {
		const manifest = read(`agents:
  - name: ada
    driver: { kind: demo, command: "\${TOKEN}", env: { A: "x \${TOKEN} y", B: "$\${TOKEN}", "C.D": "\${TOKEN}" } }
    labels: { note: "\${TOKEN}" }
workflows:
  - name: hook
    agent: ada
    trigger:
      type: webhook
      secret: "\${TOKEN}"
    template: "\${TOKEN} \${ABSENT}"
`);
		expect(manifest.agents[0]?.value).toMatchObject({
			driver: { command: '$' + '{TOKEN}', env: { A: 'x from outside y', B: '$' + '{TOKEN}', 'C.D': 'from outside' } },
			labels: { note: '$' + '{TOKEN}' },
		});
		expect(manifest.workflows[0]?.value).toMatchObject({
			trigger: { secret: 'from outside' },
			template: '$' + '{TOKEN} $' + '{ABSENT}',
		});
	});

	test('may have templates in files of their own, beside it', () => {
		writeFileSync(join(directory, 't.liquid'), 'Look at {{ item.title }}');
		const manifest = read('workflows: [{ name: w, agent: a, trigger: { type: manual }, templateFile: t.liquid }]');
		expect(manifest.workflows.map((one) => readTemplate(one, manifest))).toEqual(['Look at {{ item.title }}']);
	});

	test('puts workflows after those they wait for', () => {
		const manifest = read(
			`workflows:\n${workflow('c', follows('b'))}${workflow('a')}${workflow('b', follows('a'))}${workflow('d', follows('elsewhere'))}`,
		);
		expect(orderWorkflows(manifest).map(({ value }) => value.name)).toEqual(['a', 'b', 'c', 'd']);
	});
});

describe('what is wrong with a manifest is told with its place', () => {
	test.each([
		['nothing in it', '# nothing\n', ['1:1: It names no agents, groups or workflows']],
		['only empty lists', 'agents: []\n', ['1:1: It names no agents, groups or workflows']],
		['not YAML', 'agents:\n  - name: [\n', [expect.stringMatching(/^\d:\d+: Flow sequence/)]],
		['a key twice', 'agents:\n  - name: a\n    name: b\n', ['3:5: Map keys must be unique']],
		['an alias of nothing', 'agents:\n  - *gone\n', ['2:5: There is no anchor &gone before this alias']],
		['a tag nobody knows', 'agents: !odd []\n', [expect.stringMatching(/^1:9: Unresolved tag: !odd/)]],
		[
			'a wrong type where an alias leads to',
			'agents:\n  - name: a\n    driver: &d\n      kind: demo\n      args: [1]\n  - name: b\n    driver: *d\n',
			[
				'5:14: agents[0].driver.args[0]: Invalid input: expected string, received number',
				'5:14: agents[1].driver.args[0]: Invalid input: expected string, received number',
			],
		],
		['no map', '- agents\n', ['1:1: Invalid input: expected object, received array']],
		['an unknown list', 'agents: []\ntasks: []\n', ['2:1: tasks: There is no such field']],
		[
			'an unknown field',
			'agents:\n  - name: a\n    colour: red\n    driver: { kind: demo }\n',
			['3:5: agents[0].colour: There is no such field'],
		],
		['a field that is missing', 'agents:\n  - name: a\n', ['2:5: agents[0].driver: It is missing']],
		[
			'a wrong type in the second document',
			'agents: []\n---\nagents:\n  - name: a\n    driver:\n      kind: demo\n      env: { A: x, PORT: 80 }\n',
			['7:20: agents[0].driver.env.PORT: Invalid input: expected string, received number'],
		],
		[
			'a name of a variable that cannot be',
			'agents:\n  - name: a\n    driver: { kind: demo, env: { "A=B": x } }\n',
			['3:34: agents[0].driver.env["A=B"]: Not a name of an environment variable'],
		],
		[
			'a variable that is not set',
			`agents:\n  - name: a\n    driver: { kind: demo, env: { A: "$\{ABSENT}" } }\n`,
			['3:34: The environment variable ABSENT is not set'],
		],
		[
			'a trigger of no type',
			`workflows:\n${workflow('w', '{ type: crn }')}`,
			[expect.stringMatching(/^2:\d+: workflows\[0\]\.trigger\.type: Invalid discriminator value\. Expected/)],
		],
		[
			'a time that never comes',
			`workflows:\n${workflow('w', '{ type: cron, expression: 99 * * * * }')}`,
			[expect.stringMatching(/^2:\d+: workflows\[0\]\.trigger\.expression: Not a cron expression/)],
		],
		[
			'a template, and a file of it too',
			'workflows:\n  - name: w\n    agent: a\n    trigger: { type: manual }\n    template: x\n    templateFile: y\n',
			['2:5: workflows[0]: Give exactly one of template and templateFile'],
		],
		[
			'several things at once',
			'agents:\n  - driver: { kind: demo }\n  - name: b\n    driver: 3\n',
			['2:5: agents[0].name: It is missing', '4:5: agents[1].driver: Invalid input: expected object, received number'],
		],
	])('%s', (_what, text, faults) => {
		expect(faultsOf(() => read(text))).toEqual(faults);
	});

	test('names given twice, across documents', () => {
		const agents = 'agents:\n  - name: a\n    driver: { kind: demo }\n';
		const two = `${agents}---\n${agents}workflows:\n${workflow('w')}${workflow('w')}`;
		expect(faultsOf(() => read(two))).toEqual([
			`6:5: Another agent is named "a" at ${join(directory, 'fleet.yaml')}:2:5`,
			expect.stringMatching(/^10:7: Another workflow is named "w" at .*fleet\.yaml:9:7$/),
		]);
	});

	test('an agent in two groups', () => {
		const group = (name: string) => `  - { name: ${name}, strategy: one_for_all, members: [a] }\n`;
		expect(faultsOf(() => read(`groups:\n${group('one')}${group('two')}`))).toEqual([
			expect.stringMatching(/^3:\d+: An agent is in one group, once; here is another "a" at .*:2:\d+$/),
		]);
	});

	test('workflows that wait for one another', () => {
		const circle = `workflows:\n${workflow('a', follows('c'))}${workflow('b', follows('a'))}${workflow('c', follows('b'))}`;
		expect(faultsOf(() => orderWorkflows(read(circle)))).toEqual([
			expect.stringMatching(/^2:\d+: Workflows start one another in a circle: a → c → b → a$/),
		]);
	});

	test('a template that cannot be read, and one that cannot be used', () => {
		const first = (fields: string) => {
			const manifest = read(`workflows:\n  - name: w\n    agent: a\n    trigger: { type: manual }\n${fields}`);
			return faultsOf(() => manifest.workflows.map((one) => readTemplate(one, manifest)));
		};
		expect(first('    templateFile: gone.liquid\n')).toEqual([expect.stringMatching(/^5:5: ENOENT/)]);
		writeFileSync(join(directory, 'empty.liquid'), '');
		expect(first('    templateFile: empty.liquid\n')).toEqual(['5:5: empty.liquid is empty']);
		expect(first('    template: |\n      Hello\n      {{ itm.title }}\n')).toEqual([
			expect.stringMatching(/^5:5: template line 2: there is no variable "itm"/),
		]);
	});

	test('aliases without end', () => {
		const lines = Array.from({ length: 12 }, (_, n) => `x${n + 1}: &x${n + 1} [${`*x${n}, `.repeat(9)}]`);
		expect(faultsOf(() => read(['x0: &x0 [a]', ...lines].join('\n')))).toEqual([
			expect.stringMatching(/^1:1: Excessive alias count/),
		]);
	});
});

describe('the difference', () => {
	const comparison = { whole: ['driver'], resendSecrets: false };

	test('is told field by field; what is not named is left alone, except within what is replaced as a whole', () => {
		const wanted = {
			driver: { kind: 'acp', args: ['a', 'b'] },
			restart: { maxRestarts: 5 },
			labels: undefined,
			members: ['a'],
		};
		const actual = {
			driver: { kind: 'acp', args: ['a'], command: 'x' },
			restart: { policy: 'transient', maxRestarts: 3 },
			labels: { team: 'x' },
			members: ['a'],
			cwd: '/',
		};
		expect(findChanges(wanted, actual, comparison)).toEqual([
			{ field: 'driver.args', from: ['a'], to: ['a', 'b'] },
			{ field: 'driver.command', from: 'x', to: undefined },
			{ field: 'restart.maxRestarts', from: 3, to: 5 },
		]);
	});

	test('never is a secret that the server masks, and never shows one', () => {
		const wanted = {
			driver: { kind: 'demo', env: { A: 's1', B: 's2' } },
			trigger: { type: 'webhook', secret: 's3', source: 'any' },
		};
		const actual = {
			driver: { kind: 'demo', env: { A: '***', C: '***' } },
			trigger: { type: 'webhook', secret: '***' },
		};
		const changes = [
			{ field: 'driver.env.B', from: undefined, to: '***' },
			{ field: 'driver.env.C', from: '***', to: undefined },
			{ field: 'trigger.source', from: undefined, to: 'any' },
		];
		expect(findChanges(wanted, actual, comparison)).toEqual(changes);
		const whole = { ...actual, driver: { kind: 'demo' }, trigger: { type: 'manual' } };
		expect(JSON.stringify(findChanges(wanted, whole, comparison))).not.toMatch(/s1|s2|s3/);
		const resent = findChanges(wanted, actual, { ...comparison, resendSecrets: true });
		expect(resent.map(({ field }) => field)).toEqual([
			'driver.env.A',
			'driver.env.B',
			'driver.env.C',
			'trigger.secret',
			'trigger.source',
		]);
	});

	test('takes stars for a text where no secret lives', () => {
		const changes = findChanges({ template: 'new' }, { template: '***' }, comparison);
		expect(changes).toEqual([{ field: 'template', from: '***', to: 'new' }]);
	});
});
