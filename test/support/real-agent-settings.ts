/** How real agent programs are set up for tests: at home in a directory of their own, with the fake model behind them. */

import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presets } from '../../src/agents/drivers/presets.ts';
import type { FakeModel } from './fake-model.ts';
import type { AgentName } from './real-agents-cache.ts';

export interface AgentSettings {
	/** The preset's own. */
	readonly args: readonly string[];
	resumeArgs(sessionId: string | null): readonly string[];
	/** With the preset's own. */
	readonly env: Readonly<Record<string, string>>;
}

/** A home for agents, and a working directory in it. Whoever makes it removes it. */
export async function createAgentHome(): Promise<{ readonly home: string; readonly cwd: string }> {
	const home = await realpath(await mkdtemp(join(tmpdir(), 'statecraft-agent-')));
	const cwd = join(home, 'work');
	await mkdir(cwd);
	return { home, cwd };
}

/** Writes the program's configuration below `home`, and answers how it is started. */
export async function prepareAgent(name: AgentName, home: string, model: FakeModel): Promise<AgentSettings> {
	const { args, resumeArgs, env } = presets[name];
	const own = name === 'claude' ? claudeEnvironment(home, model) : await configureOpencode(home, model);
	return { args, resumeArgs: (id) => (id === null ? [] : resumeArgs(id)), env: { ...env, ...own } };
}

/** Claude Code, away from a real configuration and from every address but the fake model's. */
function claudeEnvironment(home: string, model: FakeModel): Readonly<Record<string, string>> {
	return {
		HOME: home,
		CLAUDE_CONFIG_DIR: join(home, '.claude'),
		ANTHROPIC_BASE_URL: model.url,
		ANTHROPIC_API_KEY: 'test-key',
		CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
		CLAUDE_CODE_MAX_RETRIES: '0',
		DISABLE_AUTOUPDATER: '1',
		IS_SANDBOX: '1',
	};
}

/** opencode, likewise; it asks before it runs a command. */
async function configureOpencode(home: string, model: FakeModel): Promise<Readonly<Record<string, string>>> {
	const options = { baseURL: `${model.url}/v1`, apiKey: 'test-key' };
	const provider = { fake: { npm: '@ai-sdk/openai-compatible', options, models: { fake: {} } } };
	const config = { provider, model: 'fake/fake', small_model: 'fake/fake', permission: { bash: 'ask' } };
	const configFile = join(home, 'opencode.json');
	await writeFile(configFile, JSON.stringify(config));
	return {
		HOME: home,
		XDG_CONFIG_HOME: join(home, '.config'),
		XDG_DATA_HOME: join(home, '.local', 'share'),
		XDG_STATE_HOME: join(home, '.local', 'state'),
		XDG_CACHE_HOME: join(home, '.cache'),
		OPENCODE_CONFIG: configFile,
		OPENCODE_DISABLE_MODELS_FETCH: '1',
		OPENCODE_DISABLE_AUTOUPDATE: '1',
	};
}
