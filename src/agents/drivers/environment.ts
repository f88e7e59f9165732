/**
 * What an agent's process inherits. A child gets the variables listed here, what its configuration
 * names, and the marker, so that Statecraft's own settings and secrets stay with Statecraft.
 *
 * 1. The marker comes last: no configuration can disguise a process.
 * 2. `STATECRAFT_TOKEN` opens the whole API and is never handed on, not even when a configuration names it.
 * 3. Credentials of model providers are inherited, for an agent cannot log in without them. Withholding
 *    them would protect nothing: an agent runs as the same user and can read the same files.
 * 4. Variables by which one agent tells its own children that they run inside it are not inherited, or an
 *    agent started by a Statecraft that was itself started by an agent would take itself for a part of that one.
 */
import type { ProcessMarker } from './driver.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const inheritedNames = new Set([
	...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TERM', 'TMPDIR', 'TZ', 'SSH_AUTH_SOCK'],
	...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
	...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'],
]);
const systemPrefixes = ['LC_', 'XDG_'];
const providerPrefixes = ['ANTHROPIC_', 'OPENAI_', 'GEMINI_', 'GOOGLE_', 'CLAUDE_', 'CODEX_', 'OPENCODE_'];
const inheritedPrefixes = [...systemPrefixes, ...providerPrefixes];
const nestingNames = new Set([
	...['CLAUDE_CODE_ENTRYPOINT', 'CLAUDE_CODE_SSE_PORT', 'OPENCODE_PID'],
	...['CODEX_SANDBOX', 'CODEX_SANDBOX_NETWORK_DISABLED'],
]);
const withheldName = 'STATECRAFT_TOKEN';

/** Names of the variables that mark a process as ours. */
export const markerNames = {
	instance: 'STATECRAFT_INSTANCE',
	agentId: 'STATECRAFT_AGENT',
	generation: 'STATECRAFT_GENERATION',
} as const;

function isInherited(name: string): boolean {
	if (nestingNames.has(name)) return false;
	return inheritedNames.has(name) || inheritedPrefixes.some((prefix) => name.startsWith(prefix));
}

/**
 * The environment of an agent's process.
 * @param own what the agent's configuration names; wins over what is inherited
 * @param source what may be inherited: the environment of this process, handed on and not read as settings
 */
export function buildEnvironment(
	own: Readonly<Record<string, string>>,
	marker: ProcessMarker,
	source: Environment = process.env,
): Record<string, string> {
	const built: Record<string, string> = {};
	for (const [name, value] of Object.entries(source)) {
		if (value !== undefined && isInherited(name)) built[name] = value;
	}
	Object.assign(built, own);
	delete built[withheldName];
	built[markerNames.instance] = marker.instance;
	built[markerNames.agentId] = marker.agentId;
	built[markerNames.generation] = String(marker.generation);
	return built;
}

/** Reads the marker out of a process's environment; null when it carries none. */
export function readMarker(environment: Environment): ProcessMarker | null {
	const instance = environment[markerNames.instance];
	const agentId = environment[markerNames.agentId];
	const generation = Number(environment[markerNames.generation]);
	if (!instance || !agentId || !Number.isInteger(generation)) return null;
	return { instance, agentId, generation };
}

/** The directories in which programs are looked for, in order. */
export function searchPath(source: Environment = process.env): string[] {
	return (source.PATH ?? '').split(':').filter((directory) => directory !== '');
}
