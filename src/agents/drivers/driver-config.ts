/** How an agent's configuration names its driver: validated, then resolved to a protocol over a transport. */
import { z } from 'zod';
import { StatecraftError } from '../../errors.ts';
import type { ToolServer } from './driver.ts';
import { isPresetKind, type Preset, type PresetKind, presetKinds, presets } from './presets.ts';
import { findProgram } from './program-search.ts';

const protocolNames = ['acp', 'stream-json'] as const;

/** Every kind of driver there is: the presets, and the protocols for programs that are none. */
export const driverKinds: readonly string[] = [...presetKinds, ...protocolNames];

/**
 * `driver` as clients send it. A kind that does not exist passes here and is refused by `resolveDriver`, so
 * that it has an error of its own.
 */
export const driverConfigSchema = z
	.strictObject({
		/** A preset, or the protocol of a program that is none. */
		kind: z.string().min(1),
		/** Instead of the preset's own program; required for a protocol over stdio. */
		command: z.string().min(1).optional(),
		/** Added to the preset's own arguments; all of them for a protocol. */
		args: z.array(z.string()).optional(),
		/** Added to the inherited environment and the preset's own. Values may be secrets. */
		env: z.record(z.string().min(1), z.string()).optional(),
		/** May repeat what the kind implies; must not contradict it. */
		protocol: z.enum(protocolNames).optional(),
		/** Default `stdio`. Over `websocket` the agent dials in, and nothing is started. */
		transport: z.enum(['stdio', 'websocket']).optional(),
	})
	.superRefine((config, context) => {
		for (const { path, message } of findContradictions(config))
			context.addIssue({ code: 'custom', path: [path], message });
	});

export type DriverConfig = z.infer<typeof driverConfigSchema>;

/** What to start, if anything, and what to speak with it. */
export type ResolvedDriver = {
	readonly protocol: 'acp' | 'stream-json';
	/** What the agent has still to be told of in its handshake. */
	readonly toolServer: ToolServer | null;
} & (
	| {
			readonly transport: 'stdio';
			readonly command: string;
			readonly args: readonly string[];
			/** What the preset needs, with what the configuration names over it. */
			readonly env: Readonly<Record<string, string>>;
	  }
	| { readonly transport: 'websocket'; readonly command: null; readonly args: readonly [] }
);

export interface ResolveOptions {
	/** The session to take up, for programs that are told so by an argument; null for a fresh one. */
	readonly resume: string | null;
	/** For programs that are told of it by arguments. */
	readonly toolServer?: ToolServer | null;
}

/**
 * Throws `unknown_driver`, `driver_not_installed` (its hint is the command that installs it), or
 * `invalid_request` for a configuration that contradicts itself.
 */
export function resolveDriver(config: DriverConfig, { resume, toolServer = null }: ResolveOptions): ResolvedDriver {
	const protocol = findProtocol(config.kind);
	const contradictions = findContradictions(config);
	if (contradictions.length > 0) {
		throw new StatecraftError('invalid_request', 'The driver contradicts itself', { issues: contradictions });
	}
	if (config.transport === 'websocket') {
		return { protocol, toolServer, transport: 'websocket', command: null, args: [] };
	}
	const { args: own = [], env = {} } = config;
	if (!isPresetKind(config.kind))
		return { protocol, toolServer, transport: 'stdio', command: config.command ?? '', args: own, env };
	const preset: Preset = presets[config.kind];
	const resumeArgs = resume === null ? [] : preset.resumeArgs(resume);
	const command = config.command ?? requireProgram(config.kind);
	const told = toolServer && preset.toolServer ? preset.toolServer(toolServer) : null;
	const args = [...preset.args, ...(told?.args ?? []), ...own, ...resumeArgs];
	return {
		protocol,
		toolServer: told ? null : toolServer,
		transport: 'stdio',
		command,
		args,
		// Only this run's own token is any good.
		env: { ...preset.env, ...env, ...told?.env },
	};
}

function findProtocol(kind: string): 'acp' | 'stream-json' {
	if (isPresetKind(kind)) return presets[kind].protocol;
	const protocol = protocolNames.find((name) => name === kind);
	if (protocol !== undefined) return protocol;
	const known = driverKinds.join(', ');
	throw new StatecraftError('unknown_driver', `There is no driver ${kind}; there are ${known}`, {
		expected: driverKinds,
	});
}

function requireProgram(kind: PresetKind): string {
	const { program, installCommand }: Preset = presets[kind];
	if (program === null) return process.execPath;
	const path = findProgram(program);
	if (path !== null) return path;
	throw new StatecraftError('driver_not_installed', `${program} was not found on the search path`, {
		hint: installCommand,
	});
}

function findContradictions(config: DriverConfig): Array<{ path: string; message: string }> {
	const { kind, command, args, protocol, transport } = config;
	const isPreset = isPresetKind(kind);
	const implied = isPreset ? presets[kind].protocol : kind;
	const found: Array<{ path: string; message: string }> = [];
	if (protocol !== undefined && driverKinds.includes(kind) && protocol !== implied) {
		found.push({ path: 'protocol', message: `${kind} speaks ${implied}` });
	}
	if (transport === 'websocket') {
		if (isPreset) found.push({ path: 'transport', message: `${kind} is a program to be started: it cannot dial in` });
		if (command !== undefined || (args !== undefined && args.length > 0)) {
			found.push({ path: 'command', message: 'An agent that dials in is not started: it has no command' });
		}
	} else if (!isPreset && protocolNames.some((name) => name === kind) && command === undefined) {
		found.push({ path: 'command', message: `${kind} over stdio needs a command` });
	}
	return found;
}
