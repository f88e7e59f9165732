import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { driverConfigSchema, driverKinds, resolveDriver } from '../../../src/agents/drivers/driver-config.ts';
import { findPresets } from '../../../src/agents/drivers/preset-search.ts';
import { createTemporaryDirectory } from '../../support/scripted-process.ts';

const fresh = { resume: null };

afterEach(() => {
	vi.unstubAllEnvs();
	vi.restoreAllMocks();
});

/** Puts programs of these names on a search path of their own; each tells a version. */
async function installPrograms(...names: readonly string[]): Promise<string> {
	const directory = await createTemporaryDirectory();
	for (const name of names) {
		await writeFile(join(directory, name), '#!/bin/sh\necho "$0 version 1.2.3 (test)"\n');
		await chmod(join(directory, name), 0o755);
	}
	vi.stubEnv('PATH', directory);
	vi.spyOn(process, 'cwd').mockReturnValue(directory);
	return directory;
}

describe('a driver is resolved', () => {
	test.each([
		['opencode', 'opencode', 'acp', ['acp']],
		['codex', 'codex-acp', 'acp', []],
		['gemini', 'gemini', 'acp', ['--acp']],
	])('from the preset %s', async (kind, program, protocol, args) => {
		const directory = await installPrograms(program);

		expect(resolveDriver({ kind }, { resume: 'ses_1' })).toEqual({
			protocol,
			toolServer: null,
			transport: 'stdio',
			command: join(directory, program),
			args,
			env: {},
		});
	});

	test('for Claude Code with the session to resume, permissions asked and text as it is written', async () => {
		await installPrograms('claude');
		const { args } = resolveDriver({ kind: 'claude', args: ['--model', 'opus'] }, { resume: 'abc' });

		expect(args.join(' ')).toBe(
			'-p --input-format stream-json --output-format stream-json --verbose --permission-prompt-tool stdio --include-partial-messages --model opus --resume abc',
		);
		expect(resolveDriver({ kind: 'claude' }, fresh).args).not.toContain('--resume');
	});

	const toolServer = { name: 'craft', url: 'http://localhost:1/mcp', token: 'scr_1', freeTools: ['ask', 'tell'] };

	test('for Claude Code with a tool server, its token in the environment and never in an argument', async () => {
		await installPrograms('claude');
		const driver = { kind: 'claude', args: ['--model', 'opus'], env: { STATECRAFT_MCP_TOKEN: 'another' } };
		const { args, toolServer: left, ...rest } = resolveDriver(driver, { resume: 'abc', toolServer });

		expect(rest).toMatchObject({
			env: { STATECRAFT_MCP_URL: 'http://localhost:1/mcp', STATECRAFT_MCP_TOKEN: 'scr_1' },
		});
		expect(left).toBeNull();
		expect(args.join(' ')).not.toMatch(/scr_1|localhost/);
		const config = args.find((arg) => arg.startsWith('--mcp-config='))?.replace('--mcp-config=', '') ?? '';
		expect(JSON.parse(config)).toEqual({
			mcpServers: {
				craft: {
					type: 'http',
					// biome-ignore lint/suspicious/noTemplateCurlyInString: Claude Code fills it in.
					url: '${STATECRAFT_MCP_URL}',
					// biome-ignore lint/suspicious/noTemplateCurlyInString: Claude Code fills it in.
					headers: { Authorization: 'Bearer ${STATECRAFT_MCP_TOKEN}' },
				},
			},
		});
		expect(args.slice(-5)).toEqual([
			'--allowedTools=mcp__craft__ask,mcp__craft__tell',
			...driver.args,
			'--resume',
			'abc',
		]);
	});

	test('with a tool server still to be told of, where the handshake tells it or nobody does', async () => {
		await installPrograms('opencode');
		const told = { resume: null, toolServer };
		expect(resolveDriver({ kind: 'opencode' }, told)).toMatchObject({ toolServer, args: ['acp'], env: {} });
		expect(resolveDriver({ kind: 'stream-json', command: 'x' }, told)).toMatchObject({ toolServer, args: [] });
		expect(resolveDriver({ kind: 'acp', transport: 'websocket' }, told)).toMatchObject({ toolServer });
	});

	test('with what the preset needs in its environment, which the configuration may change', async () => {
		await installPrograms('claude');
		const resolve = (env?: Record<string, string>) => resolveDriver({ kind: 'claude', ...(env && { env }) }, fresh);

		expect(resolve()).toMatchObject({ env: { CLAUDE_CODE_EAGER_FLUSH: '1' } });
		expect(resolve({ DEBUG: 'x' })).toMatchObject({ env: { CLAUDE_CODE_EAGER_FLUSH: '1', DEBUG: 'x' } });
		expect(resolve({ CLAUDE_CODE_EAGER_FLUSH: '0' })).toMatchObject({ env: { CLAUDE_CODE_EAGER_FLUSH: '0' } });
	});

	test('for the demo agent, which needs nothing installed', async () => {
		await installPrograms();
		const { command, args } = resolveDriver({ kind: 'demo' }, fresh);

		expect(command).toBe(process.execPath);
		expect(args[0]).toMatch(/dist\/src\/agents\/demo\/main\.js$/);
	});

	test('with a program of the operator in the place of the preset’s own', async () => {
		await installPrograms();

		expect(resolveDriver({ kind: 'claude', command: '/opt/claude' }, fresh).command).toBe('/opt/claude');
	});

	test('from a command as it stands', () => {
		const config = { kind: 'acp', command: 'my-agent', args: ['serve'], env: { A: '1' } };

		expect(resolveDriver(config, { resume: 'ses_1' })).toEqual({
			protocol: 'acp',
			toolServer: null,
			transport: 'stdio',
			command: 'my-agent',
			args: ['serve'],
			env: { A: '1' },
		});
	});

	test('without a command when the agent dials in', () => {
		expect(resolveDriver({ kind: 'stream-json', transport: 'websocket' }, fresh)).toEqual({
			protocol: 'stream-json',
			toolServer: null,
			transport: 'websocket',
			command: null,
			args: [],
		});
	});
});

test('a program in the local node_modules/.bin is found before one on the search path', async () => {
	const directory = await installPrograms('opencode');
	const local = join(directory, 'node_modules', '.bin');
	await mkdir(local, { recursive: true });
	await symlink(join(directory, 'opencode'), join(local, 'opencode'));

	expect(resolveDriver({ kind: 'opencode' }, fresh).command).toBe(join(local, 'opencode'));
});

describe('a driver is refused', () => {
	test('when its program is not installed, with the command that installs it', async () => {
		await installPrograms();

		expect(() => resolveDriver({ kind: 'gemini' }, fresh)).toThrow(
			expect.objectContaining({
				code: 'driver_not_installed',
				extras: { hint: 'npm install -g @google/gemini-cli' },
			}),
		);
	});

	test('when a file of its name is a directory or may not be executed', async () => {
		const directory = await installPrograms();
		await mkdir(join(directory, 'gemini'));
		await writeFile(join(directory, 'claude'), '');

		for (const kind of ['gemini', 'claude']) {
			expect(() => resolveDriver({ kind }, fresh)).toThrow(expect.objectContaining({ code: 'driver_not_installed' }));
		}
	});

	test('when there is none of its kind, naming those there are', () => {
		expect(() => resolveDriver({ kind: 'copilot' }, fresh)).toThrow(
			expect.objectContaining({
				code: 'unknown_driver',
				extras: { expected: driverKinds },
			}),
		);
	});

	test.each([
		[{ kind: 'acp' }, 'command'],
		[{ kind: 'stream-json', transport: 'stdio' }, 'command'],
		[{ kind: 'acp', transport: 'websocket', command: 'my-agent' }, 'command'],
		[{ kind: 'claude', transport: 'websocket' }, 'transport'],
		[{ kind: 'claude', protocol: 'acp' }, 'protocol'],
		[{ kind: 'acp', command: 'my-agent', protocol: 'stream-json' }, 'protocol'],
	] as const)('when it contradicts itself: %o', (config, path) => {
		const issues = driverConfigSchema.safeParse(config).error?.issues ?? [];

		expect(issues.map((issue) => issue.path)).toEqual([[path]]);
		expect(() => resolveDriver(config, fresh)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
	});

	test('when it says what no driver understands', () => {
		expect(driverConfigSchema.safeParse({ kind: 'demo', shell: 'rm -rf' }).success).toBe(false);
		expect(
			driverConfigSchema.safeParse({
				kind: 'demo',
				env: { DEBUG: '1' },
				protocol: 'acp',
			}).success,
		).toBe(true);
	});
});

test('presets are offered with path and version where installed, else with the command that installs them', async () => {
	const directory = await installPrograms('opencode');
	const found = await findPresets();

	expect(found.map(({ kind }) => kind)).toEqual(['opencode', 'claude', 'codex', 'gemini', 'demo']);
	expect(found[0]).toEqual({
		kind: 'opencode',
		protocol: 'acp',
		installed: true,
		path: join(directory, 'opencode'),
		version: '1.2.3',
		installCommand: 'npm install -g opencode-ai',
	});
	expect(found[1]).toEqual({
		kind: 'claude',
		protocol: 'stream-json',
		installed: false,
		installCommand: 'npm install -g @anthropic-ai/claude-code',
	});
	expect(found[4]).toMatchObject({ kind: 'demo', installed: true });
});
