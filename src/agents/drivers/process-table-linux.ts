/**
 * The process table of Linux, read from /proc.
 *
 * The start time counts clock ticks since the machine booted, so the boot's id stands before it: after a
 * reboot the same pid may come up at the same tick.
 */
import { readdir, readFile } from 'node:fs/promises';
import type { ProcessMarker } from './driver.ts';
import { readMarker } from './environment.ts';
import type { ProcessEntry } from './process-entry.ts';

/** Positions in /proc/<pid>/stat after the command name, which is field 2 and may hold spaces. */
const stateIndex = 0;
const groupIndex = 2;
const startTimeIndex = 19;
const deadStates = new Set(['Z', 'X', 'x']);

/** Null when there is no living process with this pid. */
export async function readLinuxProcess(pid: number): Promise<ProcessEntry | null> {
	const [stat, environ, bootId] = await Promise.all([
		readProcText(`/proc/${pid}/stat`),
		readProcText(`/proc/${pid}/environ`),
		readProcText('/proc/sys/kernel/random/boot_id'),
	]);
	if (stat === null) return null;
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	const startTime = fields[startTimeIndex];
	if (startTime === undefined || deadStates.has(fields[stateIndex] ?? '')) return null;
	return {
		pid,
		group: Number(fields[groupIndex]),
		processStart: `${bootId?.trim() ?? ''}:${startTime}`,
		marker: parseEnviron(environ ?? ''),
	};
}

/** Every living process that may be read. */
export async function readLinuxProcesses(): Promise<ProcessEntry[]> {
	const names = await readdir('/proc');
	const pids = names.map(Number).filter((pid) => Number.isInteger(pid) && pid > 0);
	const entries = await Promise.all(pids.map(readLinuxProcess));
	return entries.filter((entry) => entry !== null);
}

async function readProcText(path: string): Promise<string | null> {
	try {
		return await readFile(path, 'utf8');
	} catch {
		// ENOENT, ESRCH: it ended meanwhile. EACCES: another user's. Neither is ours to look at.
		return null;
	}
}

function parseEnviron(environ: string): ProcessMarker | null {
	const environment: Record<string, string> = {};
	for (const assignment of environ.split('\0')) {
		const separator = assignment.indexOf('=');
		if (separator > 0) environment[assignment.slice(0, separator)] = assignment.slice(separator + 1);
	}
	return readMarker(environment);
}
