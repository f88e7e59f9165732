/**
 * Presets: agents' programs that Statecraft knows how to start, so that `{ kind: 'opencode' }` is all an agent
 * needs to say. A table; what is done with it is in `driver-config.ts` and `preset-search.ts`.
 */
import { join } from 'node:path';
import { packageRoot } from '../../package.ts';
import type { ToolServer } from './driver.ts';

export interface Preset {
	readonly protocol: 'acp' | 'stream-json';
	/** Looked for on the search path. Null: comes with Statecraft. */
	readonly program: string | null;
	readonly args: readonly string[];
	/** Variables that the program needs to work with us; what an agent's configuration names wins over them. */
	readonly env: Readonly<Record<string, string>>;
	/** Arguments that take up a session, for protocols that cannot do so in their handshake. */
	resumeArgs(sessionId: string): readonly string[];
	/** What tells the program of a tool server; null for a protocol that does so in its handshake. */
	readonly toolServer: ((server: ToolServer) => ToolServerLaunch) | null;
	/** Installs the program; empty for what is there always. */
	readonly installCommand: string;
}

export interface ToolServerLaunch {
	readonly args: readonly string[];
	readonly env: Readonly<Record<string, string>>;
}

/** ACP restores sessions in its handshake. */
const none = (): readonly string[] => [];

/** The demo agent as it was built: a plain node may not be able to run its sources. */
const demoProgram = join(packageRoot, 'dist', 'src', 'agents', 'demo', 'main.js');

const claudeArgs = [
	...['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'],
	// Without it the program answers every question about a permission with no, and nobody is asked.
	...['--permission-prompt-tool', 'stdio'],
	// Without it text comes when it is complete, not as it is written.
	'--include-partial-messages',
];

/**
 * Everybody on the host can read a program's arguments, so they carry names of variables, which Claude Code
 * fills in. The options take lists: only with `=` do they leave the arguments behind them alone.
 */
function claudeToolServer({ name, url, token, freeTools }: ToolServer): ToolServerLaunch {
	const headers = { Authorization: `Bearer \${${toolTokenName}}` };
	const config = { mcpServers: { [name]: { type: 'http', url: `\${${toolUrlName}}`, headers } } };
	const allowed = freeTools.map((tool) => `mcp__${name}__${tool}`);
	return {
		args: [`--mcp-config=${JSON.stringify(config)}`, `--allowedTools=${allowed.join(',')}`],
		env: { [toolUrlName]: url, [toolTokenName]: token },
	};
}

const toolUrlName = 'STATECRAFT_MCP_URL';
const toolTokenName = 'STATECRAFT_MCP_TOKEN';

export const presets = {
	opencode: {
		protocol: 'acp',
		program: 'opencode',
		args: ['acp'],
		env: {},
		resumeArgs: none,
		toolServer: null,
		installCommand: 'npm install -g opencode-ai',
	},
	claude: {
		protocol: 'stream-json',
		program: 'claude',
		args: claudeArgs,
		// The session is on disk before a turn is told to be over; else a kill right after it would lose the turn.
		env: { CLAUDE_CODE_EAGER_FLUSH: '1' },
		resumeArgs: (sessionId) => ['--resume', sessionId],
		toolServer: claudeToolServer,
		installCommand: 'npm install -g @anthropic-ai/claude-code',
	},
	codex: {
		protocol: 'acp',
		program: 'codex-acp',
		args: [],
		env: {},
		resumeArgs: none,
		toolServer: null,
		installCommand: 'npm install -g @agentclientprotocol/codex-acp',
	},
	gemini: {
		protocol: 'acp',
		program: 'gemini',
		args: ['--acp'],
		env: {},
		resumeArgs: none,
		toolServer: null,
		installCommand: 'npm install -g @google/gemini-cli',
	},
	demo: {
		protocol: 'acp',
		program: null,
		args: [demoProgram],
		env: {},
		resumeArgs: none,
		toolServer: null,
		installCommand: '',
	},
} as const satisfies Record<string, Preset>;

export type PresetKind = keyof typeof presets;

export const presetKinds = Object.keys(presets) as PresetKind[];

export function isPresetKind(kind: string): kind is PresetKind {
	return Object.hasOwn(presets, kind);
}
