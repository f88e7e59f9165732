/**
 * Presets: agents' programs that Statecraft knows how to start, so that `{ kind: 'opencode' }` is all an agent
 * needs to say. A table; what is done with it is in `driver-config.ts` and `preset-search.ts`.
 */
import { join } from 'node:path';
import { packageRoot } from '../../package.ts';

export interface Preset {
	readonly protocol: 'acp' | 'stream-json';
	/** Looked for on the search path. Null: comes with Statecraft. */
	readonly program: string | null;
	readonly args: readonly string[];
	/** Variables that the program needs to work with us; what an agent's configuration names wins over them. */
	readonly env: Readonly<Record<string, string>>;
	/** Arguments that take up a session, for protocols that cannot do so in their handshake. */
	resumeArgs(sessionId: string): readonly string[];
	/** Installs the program; empty for what is there always. */
	readonly installCommand: string;
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

export const presets = {
	opencode: {
		protocol: 'acp',
		program: 'opencode',
		args: ['acp'],
		env: {},
		resumeArgs: none,
		installCommand: 'npm install -g opencode-ai',
	},
	claude: {
		protocol: 'stream-json',
		program: 'claude',
		args: claudeArgs,
		// The session is on disk before a turn is told to be over; else a kill right after it would lose the turn.
		env: { CLAUDE_CODE_EAGER_FLUSH: '1' },
		resumeArgs: (sessionId) => ['--resume', sessionId],
		installCommand: 'npm install -g @anthropic-ai/claude-code',
	},
	codex: {
		protocol: 'acp',
		program: 'codex-acp',
		args: [],
		env: {},
		resumeArgs: none,
		installCommand: 'npm install -g @agentclientprotocol/codex-acp',
	},
	gemini: {
		protocol: 'acp',
		program: 'gemini',
		args: ['--acp'],
		env: {},
		resumeArgs: none,
		installCommand: 'npm install -g @google/gemini-cli',
	},
	demo: {
		protocol: 'acp',
		program: null,
		args: [demoProgram],
		env: {},
		resumeArgs: none,
		installCommand: '',
	},
} as const satisfies Record<string, Preset>;

export type PresetKind = keyof typeof presets;

export const presetKinds = Object.keys(presets) as PresetKind[];

export function isPresetKind(kind: string): kind is PresetKind {
	return Object.hasOwn(presets, kind);
}
