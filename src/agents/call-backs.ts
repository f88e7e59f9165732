/**
 * Call-backs: the tools by which an agent's run calls Statecraft, as runs know of them. What the tools do
 * is `src/mcp`'s affair.
 */

import type { ToolServer } from './drivers/driver.ts';

/** One run of an agent. */
export interface RunKey {
	readonly agentId: string;
	readonly generation: number;
}

export interface CallBacks {
	/**
	 * The tool server for this run, with a token that is valid until the run is closed; asked again, the same.
	 * @param origin scheme, host and port by which the agent knows us; null for an agent on this host
	 */
	open(run: RunKey, origin: string | null): ToolServer;
	/** Voids the run's token; a run that was never opened has none. */
	close(run: RunKey): void;
}
