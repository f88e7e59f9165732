/** Runners without a world: the product's own definitions, on triggers that have nothing to tell. */

import { orchestratorAddress } from '../../machines/orchestrator-model.ts';
import { systemClock } from '../../src/durable/clock.ts';
import type { DomainRecord } from '../../src/durable/store.ts';
import { createDurableSystem, type DurableSystem } from '../../src/durable/system.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { orchestratorId, orchestratorKind, runnerAddress } from '../../src/workflows/address.ts';
import { createOrchestratorDefinition } from '../../src/workflows/orchestrator-definition.ts';
import { defaultRetry } from '../../src/workflows/retry-policy.ts';
import { createRunnerDefinition } from '../../src/workflows/runner-definition.ts';
import type { WorkflowView } from '../../src/workflows/views.ts';
import { createDatabaseFolder } from '../support/database-folder.ts';
import { agentRow } from './agent-fleet.ts';
import { failLoudly } from './world.ts';

export const fleetAgentId = 'agt_fleet';

export interface RunnerFleet {
	readonly system: DurableSystem;
	/** Sends the orchestrator word of its agent, and waits for the commit of that step. */
	tellRestarted(): Promise<void>;
	nudge(runner: number): Promise<void>;
	/** Resolves when every runner waits for the clock. */
	allWaiting(): Promise<void>;
	/** Ends the process' side and begins again from the database; milliseconds of the restoration. */
	restore(): Promise<number>;
	close(): Promise<void>;
}

const hourMs = 3_600_000;
const noon = Date.now();

function workflow(index: number): WorkflowView {
	return {
		id: `wfl_${index}`,
		name: `workflow ${index}`,
		agentId: fleetAgentId,
		trigger: { type: 'manual' },
		template: '{{ item.title }}',
		enabled: true,
		policy: null,
		retry: defaultRetry,
		revision: 1,
		cursor: null,
		runnerState: null,
		runnerNextAt: null,
		runnerError: null,
		createdAt: noon,
		updatedAt: noon,
	};
}

function workflowRow({ id, name, agentId, trigger, template, retry }: WorkflowView): DomainRecord {
	const texts = { trigger: JSON.stringify(trigger), retry: JSON.stringify(retry) };
	const row = { id, name, agent_id: agentId, template, ...texts, enabled: true, revision: 1 };
	return { op: 'insert', table: 'workflows', row: { ...row, created_at: noon, updated_at: noon } };
}

/** An orchestrator, and so many workflows of one agent, none of which has a runner yet. */
export async function createRunnerFleet(runners: number): Promise<RunnerFleet> {
	const workflows = Array.from({ length: runners }, (_, index) => workflow(index));
	const folder = createDatabaseFolder();
	const database = await folder.open({ synchronous: 'FULL' });
	const store = createSqliteStore(database);
	const runner = createRunnerDefinition({
		poll: async () => ({ type: 'POLLED', cursor: null, nextPollAt: Date.now() + hourMs, exhausted: false }),
		findDue: async () => ({ type: 'NOTHING_DUE', nextDueAt: null }),
		submit: async () => undefined,
		checkPrompt: async () => undefined,
		withdrawPrompt: async () => undefined,
	});
	const definition = createOrchestratorDefinition({
		reads: { workflowsToRun: async (of) => ('agentId' in of ? workflows : []) },
		runner,
		hasRunner: (workflowId) => system.get(runnerAddress(workflowId)) !== undefined,
		retire: async () => {},
	});
	const begin = () =>
		createDurableSystem({ store, clock: systemClock, definitions: [definition], onError: failLoudly });
	let system: DurableSystem = begin();
	await system.resume();
	await system.spawn(orchestratorKind, orchestratorId, undefined);
	const agent: DomainRecord = { op: 'insert', table: 'agents', row: agentRow(fleetAgentId) };
	await system.write({ records: [agent, ...workflows.map(workflowRow)] });

	function isWaiting({ id }: WorkflowView): boolean {
		return system.get(runnerAddress(id))?.getSnapshot().matches('waiting') ?? false;
	}

	return {
		get system() {
			return system;
		},
		async tellRestarted() {
			await system.send(orchestratorAddress, { type: 'AGENT_RESTARTED', agentId: fleetAgentId, generation: 2 });
		},
		async nudge(index) {
			await system.send(runnerAddress(`wfl_${index}`), { type: 'NUDGE' });
		},
		async allWaiting() {
			while (!workflows.every(isWaiting)) await new Promise((resolve) => setImmediate(resolve));
		},
		async restore() {
			await system.stop();
			system = begin();
			const startedAt = performance.now();
			const { restored } = await system.restore();
			const elapsedMs = performance.now() - startedAt;
			if (restored !== runners + 1) throw new Error(`${restored} actors were restored, not ${runners + 1}`);
			await system.resume();
			return elapsedMs;
		},
		async close() {
			await system.stop();
			await folder.remove();
		},
	};
}
