/** The workflow service over SQLite and the orchestrator's machine, whose effects do nothing: no runner is in the way. */

import { onTestFinished } from 'vitest';
import type { Conditions } from '../../src/agents/service.ts';
import type { Reads } from '../../src/agents/views.ts';
import type { ColumnValue, StoredEvent } from '../../src/durable/store.ts';
import { createDurableSystem, type DurableSystem } from '../../src/durable/system.ts';
import { createQueries } from '../../src/store/queries.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { orchestratorAddress, orchestratorId, orchestratorKind } from '../../src/workflows/address.ts';
import { createQueueBroker } from '../../src/workflows/queue-broker.ts';
import type { SaveWorkflow } from '../../src/workflows/service.ts';
import type { DispatchView, WorkflowReads, WorkflowView } from '../../src/workflows/views.ts';
import { createWorkflowService, type RetiringService } from '../../src/workflows/workflow-service.ts';
import { agentRow } from '../store/units.ts';
import { createDatabaseFolder } from '../support/database-folder.ts';
import { inertOrchestratorDefinition } from '../support/inert-workflow-definitions.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

type AllReads = Reads & WorkflowReads;

export interface ServiceWorld {
	readonly clock: ManualClock;
	readonly system: DurableSystem;
	readonly service: RetiringService;
	readonly reads: AllReads;
	/** All that was told, in order. */
	readonly events: readonly StoredEvent[];
	/** Set, it is called before the service is answered what it reads. */
	pace: ((read: string) => Promise<void>) | undefined;
	/** Events that the orchestrator took, in order. */
	heard(): Promise<readonly string[]>;
	addAgent(id: string): Promise<void>;
	update(table: string, id: string, set: Readonly<Record<string, ColumnValue>>): Promise<void>;
	workflow(id: string): Promise<WorkflowView>;
	dispatch(id: string): Promise<DispatchView>;
	/** Makes a workflow of the agent `agt_1`, by hand unless told otherwise. */
	create(change?: Partial<SaveWorkflow>): Promise<string>;
}

export const rule: SaveWorkflow = {
	name: 'rule',
	agent: 'agt_1',
	trigger: { type: 'manual' },
	template: 'say {{ item.title }}',
};
export const by: Conditions = { by: 'ada' };

export async function createServiceWorld(): Promise<ServiceWorld> {
	const folder = createDatabaseFolder();
	onTestFinished(() => folder.remove());
	const database = await folder.open({ synchronous: 'NORMAL' });
	const reads = createQueries(database.client);
	const clock = createManualClock();
	const events: StoredEvent[] = [];
	const system = createDurableSystem({
		store: createSqliteStore(database),
		clock,
		definitions: [inertOrchestratorDefinition],
		onBatch: (batch) => events.push(...batch.events),
	});
	onTestFinished(() => system.stop());
	await system.spawn(orchestratorKind, orchestratorId, undefined);
	const paced = new Proxy(reads, {
		get: (target, name) => {
			const read = Reflect.get(target, name) as (...question: unknown[]) => Promise<unknown>;
			return async (...question: unknown[]) => {
				const answer = await read.apply(target, question);
				await world.pace?.(String(name));
				return answer;
			};
		},
	});
	const queues = createQueueBroker({ clock, reads: paced, write: system.write });

	const world: ServiceWorld = {
		...{ clock, system, reads, events, pace: undefined },
		service: createWorkflowService({ system, clock, reads: paced, queues }),
		async heard() {
			const { items } = await reads.transitions(orchestratorAddress, { limit: 200, offset: 0 });
			return items.map(({ trigger }) => String(trigger)).slice(1);
		},
		async addAgent(id) {
			await system.write({ records: [agentRow(id)] });
		},
		async update(table, id, set) {
			await system.write({ records: [{ op: 'update', table, id, set }] });
		},
		async workflow(id) {
			const found = await reads.workflow(id);
			if (!found) throw new Error(`there is no workflow ${id}`);
			return found;
		},
		async dispatch(id) {
			const found = await reads.dispatch(id);
			if (!found) throw new Error(`there is no dispatch ${id}`);
			return found;
		},
		create: async (change = {}) => (await world.service.create({ ...rule, ...change }, by)).id,
	};
	await world.addAgent('agt_1');
	return world;
}
