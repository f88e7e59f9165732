/** Tells which presets can be used on this host. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Preset, type PresetKind, presetKinds, presets } from './presets.ts';
import { findProgram } from './program-search.ts';

export interface FoundPreset {
	readonly kind: PresetKind;
	readonly protocol: 'acp' | 'stream-json';
	readonly installed: boolean;
	/** Of the program that would be started. */
	readonly path?: string;
	/** As the program tells it; absent when it does not tell in time. */
	readonly version?: string;
	/** Empty for what comes with Statecraft. */
	readonly installCommand: string;
}

const versionTimeoutMs = 10_000;
const run = promisify(execFile);

/** Every preset, installed or not. Runs each installed program once, to ask for its version. */
export function findPresets(): Promise<FoundPreset[]> {
	return Promise.all(presetKinds.map(findPreset));
}

async function findPreset(kind: PresetKind): Promise<FoundPreset> {
	const { protocol, program, args, installCommand }: Preset = presets[kind];
	const path = program === null ? args[0] : (findProgram(program) ?? undefined);
	if (path === undefined) return { kind, protocol, installed: false, installCommand };
	const version = program === null ? undefined : await readVersion(path);
	return { kind, protocol, installed: true, path, ...(version === undefined ? {} : { version }), installCommand };
}

async function readVersion(path: string): Promise<string | undefined> {
	try {
		const { stdout } = await run(path, ['--version'], { timeout: versionTimeoutMs, killSignal: 'SIGKILL' });
		return /\d+\.\d+\S*/.exec(stdout)?.[0];
	} catch {
		// It is there, which is what was asked; what it calls itself is a courtesy.
		return undefined;
	}
}
