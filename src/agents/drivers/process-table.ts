/**
 * The process table: what the operating system knows of agents' processes. Boot reconciliation uses it to
 * find and end what a killed Statecraft left behind.
 *
 * 1. A process is named by its pid and its start time. Before every signal the start time is read again,
 *    so that a recycled pid is never taken for the process that once had it.
 * 2. Statecraft's own process, and the process group it runs in, are never signalled.
 * 3. What may not be read (another user's process, one that just ended) is not ours and is skipped.
 */
import type { ProcessMarker } from './driver.ts';
import type { ProcessEntry } from './process-entry.ts';
import { readLinuxProcess, readLinuxProcesses } from './process-table-linux.ts';
import { readPsProcess, readPsProcesses } from './process-table-ps.ts';

/** A process by pid and start time: together they name it for good. */
export interface ProcessIdentity {
	readonly pid: number;
	/** Opaque; null where the system did not tell. Such a process is never signalled. */
	readonly processStart: string | null;
}

/** A living process that carries a marker of ours. */
export interface MarkedProcess extends ProcessIdentity {
	readonly processStart: string;
	readonly marker: ProcessMarker;
}

export interface EndOptions {
	/** How long SIGTERM may take before SIGKILL follows. Default 2,000. */
	readonly killAfterMs?: number;
}

const defaultKillAfterMs = 2000;
const pollMs = 25;
/** SIGKILL takes effect at once, except on a process stuck in the kernel; that one is not waited for. */
const killedWithinMs = 2000;

const isLinux = process.platform === 'linux';
const readProcess = isLinux ? readLinuxProcess : readPsProcess;
const readProcesses = isLinux ? readLinuxProcesses : readPsProcesses;

/** The start time of a living process, opaque; null when there is none with this pid. */
export async function readProcessStart(pid: number): Promise<string | null> {
	return (await readProcess(pid))?.processStart ?? null;
}

/** Every living process, descendants of agents included, that carries the marker of this instance. */
export async function findMarkedProcesses(instance: string): Promise<MarkedProcess[]> {
	const found = await readProcesses();
	return found.flatMap(({ pid, processStart, marker }) =>
		marker?.instance === instance && pid !== process.pid ? [{ pid, processStart, marker }] : [],
	);
}

/** Whether this very process lives; false for another process that was given its pid. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
	return (await findEntry(identity)) !== null;
}

/**
 * Ends the process and what it started in its group: SIGTERM, then SIGKILL. Resolves when they are gone; a
 * process that is gone already, or whose pid now belongs to another, is left alone.
 * @returns whether there was anything to end
 */
export async function endProcessGroup(identity: ProcessIdentity, options: EndOptions = {}): Promise<boolean> {
	const entry = await findEntry(identity);
	if (entry === null || entry.pid === process.pid) return false;
	const own = await readProcess(process.pid);
	const target = own === null || own.group === entry.group ? entry.pid : -entry.group;
	const group: ProcessGroup = { leader: identity, target, marker: entry.marker };

	sendSignal(target, 'SIGTERM');
	if (!(await isGoneWithin(group, options.killAfterMs ?? defaultKillAfterMs))) {
		sendSignal(target, 'SIGKILL');
		await isGoneWithin(group, killedWithinMs);
	}
	return true;
}

/** Sends a signal; false when nobody was there to take it. A negative target is a process group. */
export function sendSignal(target: number, signal: NodeJS.Signals): boolean {
	try {
		process.kill(target, signal);
		return true;
	} catch {
		// ESRCH: it ended by itself. EPERM: it is not ours (any more). Either way there is nothing to end.
		return false;
	}
}

/** What is to be ended together. */
interface ProcessGroup {
	readonly leader: ProcessIdentity;
	/** What signals are sent to: the negative group id, or a single pid. */
	readonly target: number;
	readonly marker: ProcessMarker | null;
}

async function findEntry(identity: ProcessIdentity): Promise<ProcessEntry | null> {
	const entry = await readProcess(identity.pid);
	return entry !== null && entry.processStart === identity.processStart ? entry : null;
}

/** A group outlives its leader; only members that carry the leader's marker are known to be ours. */
async function isGone(group: ProcessGroup): Promise<boolean> {
	if (await isAlive(group.leader)) return false;
	if (group.target > 0 || group.marker === null) return true;
	const processes = await readProcesses();
	return !processes.some((entry) => -entry.group === group.target && isSameMarker(entry.marker, group.marker));
}

function isSameMarker(one: ProcessMarker | null, other: ProcessMarker | null): boolean {
	return one?.instance === other?.instance && one?.agentId === other?.agentId && one?.generation === other?.generation;
}

async function isGoneWithin(group: ProcessGroup, timeoutMs: number): Promise<boolean> {
	const deadline = performance.now() + timeoutMs;
	while (!(await isGone(group))) {
		if (performance.now() >= deadline) return false;
		await new Promise((resolve) => setTimeout(resolve, pollMs));
	}
	return true;
}
