/** Rules of orchestrator and runners by example, where they take more than one machine: on the real durable core. */

import { describe, expect, test } from 'vitest';
import { type OrchestratorContext, orchestratorAddress } from '../../machines/orchestrator-model.ts';
import { runnerAddress } from '../../src/workflows/address.ts';
import { checkLeaksAfterEach } from '../support/durable-world.ts';
import { createFleet, type Fleet, orchestratorOf } from './fleet.ts';
import { found } from './orchestrator-steps.ts';

checkLeaksAfterEach();

const trigger = { type: 'github_issues', owner: 'acme', repo: 'shop' } as const;
const page = { limit: 100, offset: 0 };

/** A fleet whose agents are connected. */
async function createReady(...agentIds: readonly string[]): Promise<Fleet> {
	const fleet = await createFleet(agentIds);
	for (const agentId of agentIds) {
		await fleet.tell(agentId, { type: 'SPAWN' });
		await connect(fleet, agentId);
	}
	return fleet;
}

/** The process of an agent says what it has to say next. */
async function connect(fleet: Fleet, agentId: string): Promise<void> {
	const next = fleet.nextOf(agentId);
	if (next) await fleet.tell(agentId, next);
	await fleet.world.settle();
}

async function yieldItem(fleet: Fleet, name: string, workflowId: string): Promise<void> {
	fleet.feeds.set(name, [...(fleet.feeds.get(name) ?? []), 'item']);
	await fleet.world.system.send(runnerAddress(workflowId), { type: 'NUDGE' });
	await fleet.world.settle();
}

/** The one dispatch of a workflow: its status and attempts, and what became of its prompts. */
async function storyOf({ reads }: Fleet, workflowId: string): Promise<readonly unknown[]> {
	const { items } = await reads.dispatches({ workflowId }, page);
	const [dispatch] = items;
	if (!dispatch || items.length > 1) throw new Error(`${items.length} dispatches`);
	const prompts = await reads.dispatchPrompts(dispatch.id);
	return [dispatch.status, dispatch.attempts, dispatch.maxAttempts, prompts.map(({ status }) => status)];
}

describe('a runner', () => {
	test('[OR2, OR3, OR6, OR8] is there while its agent is, and leaves nothing behind', async () => {
		const fleet = await createReady('agt_1');
		const id = await fleet.createWorkflow('rule', 'agt_1');
		await fleet.world.settle();
		expect(fleet.runners()).toEqual([id]);
		await fleet.tell('agt_1', { type: 'STOP' });
		await fleet.world.settle();
		expect([fleet.runners(), await fleet.runnerRows()]).toEqual([[], []]);
		expect([await fleet.world.disk.loadTimers(), await fleet.world.disk.loadMessages()]).toEqual([[], []]);
		await fleet.tell('agt_1', { type: 'RESTART' });
		await connect(fleet, 'agt_1');
		expect(fleet.runners()).toEqual([id]);
	});

	test('[OR5] that is begun although its agent has ended meanwhile ends by itself', async () => {
		const fleet = await createReady('agt_1');
		const id = await fleet.createWorkflow('rule', 'agt_1');
		await fleet.tell('agt_1', { type: 'STOP' });
		await fleet.world.settle();
		const late = [found(1, { workflowId: id, agentId: 'agt_1' })];
		await fleet.world.system.send(orchestratorAddress, { type: 'WORKFLOWS_FOUND', workflows: late });
		expect(fleet.runners()).toEqual([id]);
		await fleet.world.settle();
		expect(fleet.runners()).toEqual([]);
	});

	test('[OR10] that could not be restored keeps none of the others from ending with their agent', async () => {
		const fleet = await createReady('agt_1');
		const [lost, other] = [await fleet.createWorkflow('lost', 'agt_1'), await fleet.createWorkflow('other', 'agt_1')];
		await fleet.world.settle();
		// The agent ends, and the process dies before the orchestrator could be told.
		fleet.world.faults.after = () => fleet.world.crash();
		void fleet.tell('agt_1', { type: 'STOP' });
		await fleet.world.ended();
		delete fleet.world.faults.after;
		await fleet.world.disk.quarantine(runnerAddress(lost), 'nobody understands it');
		await fleet.boot();
		expect([fleet.runners(), fleet.agent('agt_1').state]).toEqual([[], 'stopped']);
		expect((orchestratorOf(fleet.world.system).context as OrchestratorContext).runners).toEqual({});
		await fleet.tell('agt_1', { type: 'RESTART' });
		await connect(fleet, 'agt_1');
		expect([...fleet.runners()].sort()).toEqual([lost, other].sort());
	});
});

describe('an item', () => {
	test('[WR13, WR15] whose prompt was taken back, for an edit, is prompted anew and done once', async () => {
		const fleet = await createReady('agt_1');
		const id = await fleet.createWorkflow('rule', 'agt_1');
		await fleet.world.settle();
		await fleet.tell('agt_1', { type: 'SUSPEND', reason: 'a break' });
		await yieldItem(fleet, 'rule', id);
		expect(await storyOf(fleet, id)).toEqual(['dispatched', 1, 3, ['queued']]);
		const change = { name: 'rule', agent: 'agt_1', trigger, template: 'do {{ item.title }}' };
		await fleet.service.replace(id, change, { by: 'test' });
		await fleet.world.settle();
		expect(await storyOf(fleet, id)).toEqual(['dispatched', 2, 4, ['cancelled', 'queued']]);
		await fleet.tell('agt_1', { type: 'RESUME' });
		await connect(fleet, 'agt_1');
		expect(await storyOf(fleet, id)).toEqual(['completed', 2, 4, ['cancelled', 'finished']]);
	});

	test('[WR5, P4] that another agent works on, for a runner that was lost since, is not given to a second one', async () => {
		const fleet = await createReady('agt_1', 'agt_2');
		const id = await fleet.createWorkflow('rule', 'agt_1');
		await fleet.world.settle();
		await fleet.tell('agt_1', { type: 'SUSPEND', reason: 'a break' });
		await yieldItem(fleet, 'rule', id);
		fleet.world.crash();
		await fleet.world.disk.quarantine(runnerAddress(id), 'nobody understands it');
		await fleet.boot();
		const change = { name: 'rule', agent: 'agt_2', trigger, template: '{{ item.title }}' };
		await fleet.service.replace(id, change, { by: 'test' });
		for (let turn = 0; turn < 3; turn++) for (const agentId of fleet.agentIds) await connect(fleet, agentId);
		await fleet.world.advance(2_000);
		expect(fleet.runners()).toEqual([id]);
		expect(await storyOf(fleet, id)).toEqual(['dispatched', 1, 3, ['queued']]);
		await fleet.tell('agt_1', { type: 'RESUME' });
		for (let turn = 0; turn < 3; turn++) for (const agentId of fleet.agentIds) await connect(fleet, agentId);
		expect(await storyOf(fleet, id)).toEqual(['completed', 1, 3, ['finished']]);
	});
});
