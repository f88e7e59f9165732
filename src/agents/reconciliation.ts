/**
 * Reconciliation: deciding at boot what became of agents whose process or socket is gone.
 *
 * 1. First every process that carries this installation's marker is ended: its pipes are gone, nothing
 *    can be said to it or heard from it any more. Only then are agents launched again, so that no agent
 *    has two processes.
 * 2. What becomes of each agent is its machine's to say; here it is only told, once.
 * 3. After a clean shutdown there is nothing to tell.
 * 4. A store that cannot take what is told ends the boot: the next one tells it again.
 */

import type { AgentContext, ExecutionState } from '../../machines/agent-model.ts';
import type { DurableActor, DurableSystem } from '../durable/system.ts';
import { createFailure, toStatecraftError } from '../errors.ts';
import { agentKind } from './address.ts';
import { endProcessGroup, findMarkedProcesses, type ProcessIdentity } from './drivers/process-table.ts';
import { splitState } from './projection.ts';

/** What was found and what became of it. All zero after a clean shutdown. */
export interface ReconciliationReport {
	/** Processes of earlier runs that were ended. */
	readonly orphansEnded: number;
	/** Agents whose turn was cut short. */
	readonly interruptedTurns: number;
	/** Agents that were connected and are launched again, or awaited. */
	readonly reconnected: number;
	/** Agents whose launch was cut short. */
	readonly interruptedLaunches: number;
}

export interface ReconciliationDeps {
	readonly system: DurableSystem;
	readonly instance: string;
	onError(where: string, error: Error): void;
}

const failure = createFailure('interrupted', 'Statecraft ended without shutting down while the agent was running.');

const outcomes: Readonly<Partial<Record<ExecutionState, keyof ReconciliationReport>>> = {
	pending: 'interruptedLaunches',
	starting: 'interruptedLaunches',
	idle: 'reconnected',
	busy: 'interruptedTurns',
};

/** Rejects with the store's failure when it is one that may pass. */
export async function reconcileAgents(deps: ReconciliationDeps): Promise<ReconciliationReport> {
	const actors = deps.system.list(agentKind);
	const report = {
		orphansEnded: await endOrphans(deps, actors),
		interruptedTurns: 0,
		reconnected: 0,
		interruptedLaunches: 0,
	};
	await Promise.all(
		actors.map(async (actor) => {
			try {
				const outcome = await reconcileAgent(deps.system, actor);
				if (outcome) report[outcome]++;
			} catch (thrown) {
				// What cannot be written now must not be forgotten: the agent would be waited for for ever.
				if (toStatecraftError(thrown).kind === 'transient') throw thrown;
				deps.onError(`reconcile ${actor.address}`, thrown as Error);
			}
		}),
	);
	return report;
}

/** Tells one agent that its process or socket is gone, if it had one; answers as what that counts. */
export async function reconcileAgent(
	system: DurableSystem,
	actor: DurableActor,
): Promise<keyof ReconciliationReport | undefined> {
	const outcome = outcomes[splitState(actor.getSnapshot())[0]];
	if (!outcome || !needsReconciling(actor)) return undefined;
	await system.send(actor.address, { type: 'RECONCILE', failure });
	return outcome;
}

/** An agent that rests in pending on purpose was never to be launched. */
function needsReconciling(actor: DurableActor): boolean {
	const snapshot = actor.getSnapshot();
	return splitState(snapshot)[0] !== 'pending' || (snapshot.context as AgentContext).autoStart;
}

/** Processes are found by the marker they carry and, where a process hides that, by pid and start time. */
async function endOrphans({ instance, onError }: ReconciliationDeps, actors: readonly DurableActor[]): Promise<number> {
	const known = actors.flatMap((actor) => (actor.getSnapshot().context as AgentContext).process ?? []);
	const orphans = new Map<number, ProcessIdentity>();
	try {
		for (const marked of await findMarkedProcesses(instance)) orphans.set(marked.pid, marked);
	} catch (thrown) {
		onError('find orphans', thrown as Error);
	}
	for (const identity of known) if (!orphans.has(identity.pid)) orphans.set(identity.pid, identity);
	const ended = await Promise.all(
		[...orphans.values()].map((identity) =>
			endProcessGroup(identity).catch((error: Error) => {
				onError(`end orphan ${identity.pid}`, error);
				return false;
			}),
		),
	);
	return ended.filter(Boolean).length;
}
