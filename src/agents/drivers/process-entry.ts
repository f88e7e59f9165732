/** One row of the process table, whichever system told it. */
import type { ProcessMarker } from './driver.ts';

/** A living process. A zombie has no entry: it does nothing and holds nothing. */
export interface ProcessEntry {
	readonly pid: number;
	/** The process group, named by the pid of its leader. */
	readonly group: number;
	/** Opaque; two processes that had the same pid differ in it. */
	readonly processStart: string;
	/** Null for a process that no agent's launch is behind. */
	readonly marker: ProcessMarker | null;
}
