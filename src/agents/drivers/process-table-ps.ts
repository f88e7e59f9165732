/**
 * The process table as `ps` tells it: macOS, which has no /proc. Start times are asked for in UTC and in the
 * C locale, so that they stay the same when the user's settings change.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ProcessMarker } from './driver.ts';
import { markerNames, readMarker, searchPath } from './environment.ts';
import type { ProcessEntry } from './process-entry.ts';

const run = promisify(execFile);
const columns = 'pid=,pgid=,stat=,lstart=';
/** A line of `ps`: pid, group, state, start time in five words, then the command with its environment. */
const rowPattern = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)(?:\s+(.*))?$/;
const maxOutputBytes = 64 * 1024 * 1024;

/** Null when there is no living process with this pid. */
export async function readPsProcess(pid: number): Promise<ProcessEntry | null> {
	const rows = await readRows([...environmentFlags(), '-o', `${columns},command=`, '-p', String(pid)]);
	return rows[0] ?? null;
}

/** Every living process. */
export async function readPsProcesses(): Promise<ProcessEntry[]> {
	return readRows([...environmentFlags(), '-ax', '-o', `${columns},command=`]);
}

/** Reads one line of `ps`; null for a zombie and for what is no row. */
export function parsePsRow(line: string): ProcessEntry | null {
	const match = rowPattern.exec(line);
	if (match === null) return null;
	const [, pid, group, state, startTime, command] = match;
	if (state?.startsWith('Z') || startTime === undefined) return null;
	return {
		pid: Number(pid),
		group: Number(group),
		processStart: startTime.replaceAll(/\s+/g, ' '),
		marker: parseMarker(command ?? ''),
	};
}

/** `-E` shows the environment behind the command; elsewhere than on macOS only the command is shown. */
function environmentFlags(): string[] {
	return process.platform === 'darwin' ? ['-Eww'] : ['-ww'];
}

async function readRows(args: readonly string[]): Promise<ProcessEntry[]> {
	try {
		const env = { LC_ALL: 'C', TZ: 'UTC', PATH: searchPath().join(':') };
		const { stdout } = await run('ps', [...args], { env, maxBuffer: maxOutputBytes });
		return stdout.split('\n').flatMap((line) => parsePsRow(line) ?? []);
	} catch {
		// `ps -p` answers with exit code 1 when there is no such process.
		return [];
	}
}

function parseMarker(command: string): ProcessMarker | null {
	const environment: Record<string, string> = {};
	for (const name of Object.values(markerNames)) {
		const value = new RegExp(`(?:^|\\s)${name}=(\\S+)`).exec(command)?.[1];
		if (value !== undefined) environment[name] = value;
	}
	return readMarker(environment);
}
