import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createGroupClient, type GroupBody, type GroupResource } from '../../src/cli/group-client.ts';
import { startWholeServer, type WholeServer, type WholeServerOptions } from '../support/whole-server.ts';

const quick = { backoffMs: { initial: 1, max: 2 }, maxRestarts: 100, withinSeconds: 600 };

async function startWorld(options?: WholeServerOptions) {
	const server = await startWholeServer(options);
	return { ...server, groups: createGroupClient(server.api.http) };
}

/** Three agents that are idle, in a group of this strategy. */
async function startTrio(
	strategy: GroupBody['strategy'],
	bounds: Partial<GroupBody> = {},
	options?: WholeServerOptions,
) {
	const world = await startWorld(options);
	const names = ['first', 'second', 'third'];
	const agents = await Promise.all(names.map((name) => world.hire(name, { restart: quick })));
	const group = await world.groups.createGroup({ name: 'trio', strategy, members: names, ...bounds });
	const [first = '', second = '', third = ''] = agents.map(({ id }) => id);
	return { ...world, group, first, second, third };
}

/** Makes the agent's process end in the middle of a turn. */
async function crash({ ask, begun }: WholeServer, agentId: string): Promise<void> {
	await begun((await ask(agentId, 'crash')).id);
}

/** Waits until the group has taken so many steps. */
function groupReached({ events, groups }: Awaited<ReturnType<typeof startWorld>>, id: string, version: number) {
	return events.until<GroupResource>(`group ${id} has version ${version}`, async () => {
		const group = await groups.group(id);
		return group.version >= version ? group : undefined;
	});
}

const generations = async ({ api }: WholeServer, ...agentIds: readonly string[]) =>
	Promise.all(agentIds.map(async (id) => (await api.agent(id)).generation));

describe('the failure of a member', () => {
	test('[GR3, GR11] takes all others along under one_for_all', async () => {
		const world = await startTrio('one_for_all');
		const { first, second, third, events, group, runs, reachedAgain } = world;
		await crash(world, second);

		for (const id of [first, second, third]) await reachedAgain(id, 'idle', 2);
		for (const id of [first, third]) {
			expect(await runs(id)).toMatchObject([{ state: 'running' }, { state: 'completed', error: null }]);
		}
		expect(await runs(second)).toMatchObject([{ state: 'running' }, { state: 'failed' }]);
		expect(events.ofTopic('group.restarting').map(({ agentId, data }) => [agentId, data])).toEqual([
			[second, { groupId: group.id, failedAgentId: second, agentIds: [first, third] }],
		]);
	});

	test('[GR3] takes those after it along under rest_for_one', async () => {
		const world = await startTrio('rest_for_one');
		const { first, second, third, reachedAgain } = world;
		await crash(world, second);
		for (const id of [second, third]) await reachedAgain(id, 'idle', 2);
		expect(await generations(world, first, second, third)).toEqual([1, 2, 2]);
	});

	test('[GR3, GR5] takes nobody along under one_for_one, however often', async () => {
		const world = await startTrio('one_for_one', { maxRestarts: 0 });
		const { first, second, third, group, reachedAgain } = world;
		await crash(world, second);
		await reachedAgain(second, 'idle', 2);
		expect(await groupReached(world, group.id, 2)).toMatchObject({ state: 'watching' });
		expect(await generations(world, first, third)).toEqual([1, 1]);
	});

	test('[GR11] leaves those alone that are stopped or were never started', async () => {
		const world = await startWorld();
		const { api, hire, create, reached, reachedAgain, groups } = world;
		const [lively, stopped, pending, other] = await Promise.all([
			hire('lively', { restart: quick }),
			hire('stopped', { restart: quick }),
			create('pending', { restart: quick, autoStart: false }),
			hire('other', { restart: quick }),
		]);
		await api.command(stopped.id, 'stop', {});
		await reached(stopped.id, 'stopped');
		const members = [lively, stopped, pending, other].map(({ id }) => id);
		await groups.createGroup({ name: 'all', strategy: 'one_for_all', members });

		await crash(world, lively.id);
		await reachedAgain(other.id, 'idle', 2);
		expect(await api.agent(stopped.id)).toMatchObject({ executionState: 'stopped', generation: 1 });
		expect(await api.agent(pending.id)).toMatchObject({ executionState: 'pending', generation: 0 });
	});

	test('[GR11] cuts the turns of the others short, and says why', async () => {
		const world = await startTrio('one_for_all');
		const { first, second, group, ask, begun, settled } = world;
		const { id } = await begun((await ask(second, 'hang')).id);
		await crash(world, first);
		expect(await settled(id)).toMatchObject({
			status: 'interrupted',
			error: { detail: { groupId: group.id, failedAgentId: first } },
		});
	});
});

describe('a group whose members fail too often', () => {
	test('[GR6, GR7] leaves them alone, calls somebody, and watches again once it is reset', async () => {
		const world = await startTrio('one_for_all', { maxRestarts: 1, withinSeconds: 600 });
		const { first, second, third, group, groups, events, reachedAgain } = world;
		await crash(world, first);
		for (const id of [first, second, third]) await reachedAgain(id, 'idle', 2);
		await crash(world, first);
		await reachedAgain(first, 'idle', 3);
		await events.until('the group rests', async () =>
			(await groups.group(group.id)).state === 'resting' ? true : undefined,
		);
		const escalated = await events.until('somebody is called', () => events.ofTopic('group.escalated')[0]);
		expect(escalated).toMatchObject({ agentId: first, data: { groupId: group.id, failedAgentId: first } });
		expect(await generations(world, second, third)).toEqual([2, 2]);

		expect(await groups.resetGroup(group.id, 'mended')).toMatchObject({ state: 'watching' });
		await crash(world, first);
		for (const id of [second, third]) await reachedAgain(id, 'idle', 3);
	});

	test('[GR6, P9] ends the loop of a member that crashes whenever it starts', async () => {
		const { create, hire, reached, groups, sessionDirectory, ...world } = await startWorld();
		const steady = await hire('steady', { restart: quick });
		const driver = { kind: 'demo', env: { STATECRAFT_DEMO_STARTUP: 'crash', STATECRAFT_DEMO_DIR: sessionDirectory } };
		const restart = { ...quick, maxRestarts: 5 };
		const looping = await create('looping', { driver, restart, autoStart: false });
		const members = [looping.id, steady.id];
		const bounds = { maxRestarts: 2, withinSeconds: 600 };
		const group = await groups.createGroup({ name: 'pair', strategy: 'one_for_all', members, ...bounds });

		await world.api.command(looping.id, 'start', {});
		await reached(looping.id, 'failed.resting');
		await world.events.until('the group rests', async () =>
			(await groups.group(group.id)).state === 'resting' ? true : undefined,
		);
		await reached(steady.id, 'idle');
		expect((await world.api.agent(steady.id)).generation).toBeLessThanOrEqual(3);
		expect(world.events.ofTopic('group.restarting')).toHaveLength(2);
	});
});

describe('membership', () => {
	test('[GR8] changes with the group, and ends with it', async () => {
		const world = await startTrio('one_for_all');
		const { first, second, third, group, groups, reachedAgain } = world;
		const changed: GroupBody = { name: 'pair', strategy: 'one_for_all', members: [first, second] };
		expect(await groups.replaceGroup(group.id, changed, 1)).toMatchObject({ version: 2, name: 'pair' });
		await crash(world, third);
		await reachedAgain(third, 'idle', 2);
		await crash(world, first);
		for (const id of [first, second]) await reachedAgain(id, 'idle', 2);
		expect(await generations(world, third)).toEqual([2]);

		await groups.removeGroup(group.id);
		await crash(world, first);
		await reachedAgain(first, 'idle', 3);
		expect(await generations(world, second)).toEqual([2]);
	});

	test('[GR10] is read from SQLite as it is from memory', async () => {
		const { groups, group, first, api, create } = await startTrio('rest_for_one');
		expect(await groups.group('trio')).toEqual(group);
		const other = groups.createGroup({ name: 'other', strategy: 'one_for_all', members: [first] });
		await expect(other).rejects.toThrow('first is in the group trio');
		const loner = await create('loner', { autoStart: false });
		await groups.createGroup({ name: 'alone', strategy: 'one_for_all', members: ['loner'] });
		const { items } = await groups.groups();
		expect(items.map(({ name, members }) => [name, members.length])).toEqual([
			['alone', 1],
			['trio', 3],
		]);
		expect(items[0]?.members).toEqual([{ id: loner.id, name: 'loner' }]);
		await expect(groups.createGroup({ name: 'trio', strategy: 'one_for_all', members: [] })).rejects.toThrow(group.id);
		expect((await api.http.request<{ items: unknown[] }>('GET', '/machines')).items).toContainEqual(
			expect.objectContaining({ id: 'agentGroup', version: 1 }),
		);
	});
});

test('[GR13] a restart of the server forgets neither the members nor the restarts that were', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'statecraft-groups-'));
	onTestFinished(() => rmSync(directory, { recursive: true }));
	const before = await startTrio('one_for_all', { maxRestarts: 1, withinSeconds: 3_600 }, { directory });
	await crash(before, before.first);
	for (const id of [before.first, before.second, before.third]) await before.reachedAgain(id, 'idle', 2);
	const group = await before.groups.group('trio');
	await before.shutDown();

	const after = await startWorld({ directory });
	expect(await after.groups.group('trio')).toEqual(group);
	for (const id of [before.first, before.second, before.third]) {
		await after.api.command(id, 'start', {});
		await after.reachedAgain(id, 'idle', 3);
	}
	await crash(after, before.second);
	await after.events.until('the group rests', async () =>
		(await after.groups.group('trio')).state === 'resting' ? true : undefined,
	);
	await after.reachedAgain(before.second, 'idle', 4);
	expect(await generations(after, before.first, before.third)).toEqual([3, 3]);
});
