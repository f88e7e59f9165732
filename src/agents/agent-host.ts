/**
 * The agent host: carries out what agents' machines ask for (launch, prompt, cancel, answer, end) and
 * tells the machines what their agents did. Owns the live connections; holds nothing that matters
 * after a crash.
 */

import type { Clock } from '../durable/clock.ts';
import type { DurableSystem } from '../durable/system.ts';
import { createAgentReports } from './agent-reports.ts';
import { type AgentRuns, createAgentRuns } from './agent-runs.ts';
import { type AgentTurns, createAgentTurns } from './agent-turns.ts';
import type { CallBacks } from './call-backs.ts';
import type { OutputLog } from './output-log.ts';
import type { Reads } from './views.ts';

export interface AgentHostDeps {
	readonly clock: Clock;
	/** Marks this installation's processes. */
	readonly instance: string;
	readonly reads: Reads;
	readonly output: OutputLog;
	readonly callBacks: CallBacks;
	/** The system is made after its definitions, which need this host. */
	system(): DurableSystem;
	/** A sign of life, epoch ms. */
	alive(agentId: string, at: number): void;
	onError(where: string, error: Error): void;
}

/** What the agent machine's effects do; see `machines/agent.ts` for their parameters. */
export type AgentEffects = Pick<AgentRuns, 'launch' | 'endRun'> & AgentTurns;

export interface AgentHost extends Pick<AgentRuns, 'dialIn' | 'signsOfLife' | 'ended' | 'stop'> {
	readonly effects: AgentEffects;
}

export function createAgentHost(deps: AgentHostDeps): AgentHost {
	const reports = createAgentReports(deps);
	const runs = createAgentRuns({ ...deps, reports, write: (unit) => deps.system().write(unit) });
	const turns = createAgentTurns({
		...deps,
		reports,
		runs,
		snapshotOf: (address) => deps.system().get(address)?.getSnapshot(),
	});
	return {
		effects: { launch: runs.launch, endRun: runs.endRun, ...turns },
		dialIn: runs.dialIn,
		signsOfLife: runs.signsOfLife,
		ended: runs.ended,
		async stop() {
			reports.stop();
			await runs.stop();
		},
	};
}
