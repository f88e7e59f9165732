/**
 * A group's life, with the process killed before and after every commit of it: what the rows say of a
 * group, what its members were told and what actors there are agree after the next boot.
 */

import { expect, test } from 'vitest';
import { assign, setup } from 'xstate';
import { z } from 'zod';
import type { GroupCommandEvent } from '../../machines/agent-group-model.ts';
import { agentAddress, agentKind } from '../../src/agents/address.ts';
import { groupAddress, groupKind } from '../../src/agents/groups/address.ts';
import { groupDefinition } from '../../src/agents/groups/group-definition.ts';
import { createGroupService } from '../../src/agents/groups/group-service.ts';
import type { GroupService, SaveGroup } from '../../src/agents/groups/service.ts';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import type { MemoryStore } from '../../src/store/memory-store.ts';
import { agents as agentRow } from '../store/units.ts';
import { checkLeaksAfterEach, createWorld, type World } from '../support/durable-world.ts';
import { createMemoryReads } from '../support/memory-reads.ts';

checkLeaksAfterEach();

interface Heard {
	readonly group: string | null;
	/** Who failed, each time the group restarted it. */
	readonly restartedFor: readonly string[];
}

/** Stands in for an agent: remembers what its group tells it. */
const member: DurableDefinition = {
	kind: agentKind,
	version: 1,
	context: z.object({ group: z.string().nullable(), restartedFor: z.array(z.string()) }),
	machine: setup({
		types: {
			context: {} as Heard,
			events: {} as
				| { type: 'CONFIGURE'; settings: { group: string | null } }
				| { type: 'GROUP_RESTART'; failedAgentId: string },
		},
		actions: {
			join: assign((_, { group }: { group: string | null }) => ({ group })),
			restart: assign(({ context }, { failedAgentId }: { failedAgentId: string }) => ({
				restartedFor: [...context.restartedFor, failedAgentId],
			})),
		},
	}).createMachine({
		id: 'agent',
		options: { maxIterations: 10 },
		context: { group: null, restartedFor: [] },
		on: {
			CONFIGURE: { actions: { type: 'join', params: ({ event }) => event.settings } },
			GROUP_RESTART: { actions: { type: 'restart', params: ({ event }) => event } },
		},
	}),
};

const agentIds = ['agt_1', 'agt_2', 'agt_3', 'agt_4'];
const by = { by: 'operator' };
const trio: SaveGroup = { name: 'trio', strategy: 'one_for_all', members: ['agt_1', 'agt_2', 'agt_3'] };

interface Groups {
	readonly world: World<MemoryStore>;
	readonly reads: ReturnType<typeof createMemoryReads>;
	/** Of the process that runs now. */
	service(): GroupService;
}

async function createGroups(): Promise<Groups> {
	const world = createWorld([member, groupDefinition]);
	const reads = createMemoryReads(world.disk);
	for (const id of agentIds) {
		await world.disk.commit([agentRow(id)]);
		await world.system.spawn(agentKind, id, undefined);
	}
	await world.system.resume();
	const { clock } = world;
	return { world, reads, service: () => createGroupService({ system: world.system, reads, clock }) };
}

/** Made, restarted twice, told of a failure again, changed, reset and removed; then there is another. */
async function live({ world, service }: Groups): Promise<void> {
	const groups = service();
	const { id } = await groups.create(trio, by);
	const fail = async (agentId: string, generation: number) => {
		const event: GroupCommandEvent = { type: 'MEMBER_FAILED', agentId, generation, code: 'process_crashed' };
		// Told again, it is refused.
		await world.system.send(groupAddress(id), event).catch(() => undefined);
		await world.settle();
	};
	await world.settle();
	await fail('agt_1', 1);
	await fail('agt_1', 1);
	await fail('agt_2', 1);
	await groups.replace(id, { ...trio, strategy: 'rest_for_one', members: ['agt_4', 'agt_3'] }, by);
	await world.settle();
	await fail('agt_4', 1);
	await groups.reset(id, by);
	await groups.remove(id, by);
	await world.settle();
	await groups.create({ ...trio, members: ['agt_4', 'agt_1'] }, by);
	await world.settle();
}

function heardBy(world: World, agentId: string): Heard {
	return world.system.get(agentAddress(agentId))?.getSnapshot().context as Heard;
}

async function checkAgreement({ world, reads }: Groups): Promise<void> {
	const restarts = world.disk
		.events()
		.filter(({ topic }) => topic === 'group.restarting')
		.map(({ data }) => JSON.parse(data) as { failedAgentId: string; agentIds: readonly string[] });
	for (const agentId of agentIds) {
		const group = await reads.groupOf(agentId);
		expect(heardBy(world, agentId)).toEqual({
			group: group ? groupAddress(group.id) : null,
			restartedFor: restarts.filter((restart) => restart.agentIds.includes(agentId)).map((it) => it.failedAgentId),
		});
	}
	const { items } = await reads.groups({ limit: 200, offset: 0 });
	const actors = world.system.list(groupKind).map(({ address, version }) => [address, version]);
	expect(actors.sort()).toEqual(items.map(({ id, version }) => [groupAddress(id), version]).sort());
	expect(world.errors).toEqual([]);
}

/** How many commits the scenario has when nothing goes wrong. */
async function countCommits(): Promise<number> {
	const groups = await createGroups();
	let commits = 0;
	groups.world.faults.after = () => void commits++;
	await live(groups);
	await checkAgreement(groups);
	const last = await groups.reads.group('trio');
	expect(last?.members.map(({ id }) => id)).toEqual(['agt_4', 'agt_1']);
	expect(heardBy(groups.world, 'agt_3').restartedFor).toEqual(['agt_1', 'agt_2', 'agt_4']);
	return commits;
}

test.each(['before', 'after'] as const)(
	'[GR8, GR9, GR13] a process that dies %s any commit leaves no trace',
	async (when) => {
		const commits = await countCommits();
		expect(commits).toBeGreaterThan(14);
		for (let deadly = 1; deadly <= commits; deadly++) {
			const groups = await createGroups();
			const { world } = groups;
			let commit = 0;
			world.faults[when] = () => {
				if (++commit === deadly) world.crash();
			};
			await Promise.race([live(groups), world.ended()]);
			expect(world.dead).toBe(true);
			delete world.faults[when];
			await world.boot();
			await groups.service().sweep();
			await world.settle();
			await checkAgreement(groups);
		}
	},
);

test('[GR10] of two groups that want the same agent in the same moment one gets it', async () => {
	const groups = await createGroups();
	const service = groups.service();
	const wanted = [trio, { ...trio, name: 'pair', members: ['agt_4', 'agt_3'] }];
	const outcomes = await Promise.allSettled(wanted.map((group) => service.create(group, by)));
	expect(outcomes).toMatchObject([
		{ status: 'fulfilled' },
		{ status: 'rejected', reason: { code: 'invalid_request' } },
	]);
	// A refusal does not keep those that come after it waiting.
	await service.create({ ...trio, name: 'alone', members: ['agt_4'] }, by);
	await groups.world.settle();
	await checkAgreement(groups);
});

test('[GR8, GR12, DU22] a group that could not be restored is begun afresh as its row knows it', async () => {
	const groups = await createGroups();
	const { world } = groups;
	const { id } = await groups.service().create(trio, by);
	await groups.service().replace(id, { ...trio, strategy: 'rest_for_one', members: ['agt_3', 'agt_2'] }, by);
	await world.settle();
	await world.disk.quarantine(groupAddress(id), 'nobody understands it');
	await world.boot();
	await expect(groups.service().reset(id, by)).rejects.toMatchObject({ code: 'actor_quarantined' });

	await groups.service().renew(id, by);
	await world.settle();
	expect(world.system.get(groupAddress(id))?.getSnapshot().context).toMatchObject({
		...{ strategy: 'rest_for_one', members: ['agt_3', 'agt_2'] },
		...{ maxRestarts: 3, withinSeconds: 60 },
	});
	await checkAgreement(groups);
	await expect(groups.service().renew(id, by)).rejects.toMatchObject({ code: 'actor_not_found' });
	await expect(groups.service().renew('grp_none', by)).rejects.toMatchObject({ code: 'group_not_found' });
});
