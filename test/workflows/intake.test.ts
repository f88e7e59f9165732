/** Items on their way into a workflow, over SQLite: each becomes one dispatch, however often it comes in. */

import { describe, expect, test } from 'vitest';
import { createIntake } from '../../src/workflows/intake.ts';
import type { WorkItem } from '../../src/workflows/views.ts';
import { by, createServiceWorld } from './service-world.ts';

const item = (sourceId: string, change: Partial<WorkItem> = {}): WorkItem => ({
	...{ sourceId, title: `title of ${sourceId}`, body: null, url: null, labels: [], metadata: {} },
	...change,
});

async function openIntake() {
	const world = await createServiceWorld();
	const id = await world.create({ retry: { maxAttempts: 6 } });
	const { clock, reads, system } = world;
	let writes = 0;
	const intake = createIntake({
		...{ clock, reads },
		write(unit) {
			writes += 1;
			return system.write(unit);
		},
	});
	const all = async () => (await reads.dispatches({}, { limit: 200, offset: 0 })).items;
	return { world, intake, workflow: await world.workflow(id), all, writes: () => writes };
}

describe('intake', () => {
	test('makes a pending dispatch of each item, due at once, and tells of it', async () => {
		const { world, intake, workflow, all } = await openIntake();
		const job = item('one', { priority: 3, queueItemId: 'qit_1', body: 'body', labels: ['bug'] });
		expect(await intake.accept(workflow, [job])).toBe(1);
		const at = world.clock.now();
		const [made] = await all();
		expect(made).toMatchObject({
			...{ workflowId: workflow.id, sourceId: 'one', liveKey: 'one', title: 'title of one', item: job, priority: 3 },
			...{ status: 'pending', attempts: 0, maxAttempts: 6, nextAttemptAt: at, queueItemId: 'qit_1', promptId: null },
			...{ error: null, createdAt: at, updatedAt: at, finishedAt: null },
		});
		expect(world.events.at(-1)).toMatchObject({ topic: 'dispatch.created', agentId: 'agt_1' });
		expect(JSON.parse(world.events.at(-1)?.data ?? '')).toEqual({
			...{ dispatchId: made?.id, workflowId: workflow.id, sourceId: 'one', title: 'title of one' },
		});
	});

	test('goes by what is known: nothing is written for that, and only what is new is counted', async () => {
		const { intake, workflow, all, writes } = await openIntake();
		await intake.accept(workflow, [item('one')]);
		expect(await intake.accept(workflow, [item('one'), item('two')])).toBe(1);
		expect(writes()).toBe(2);
		expect((await all()).map(({ priority }) => priority)).toEqual([0, 0]);
	});

	test('of nothing asks nothing', async () => {
		const { world, workflow } = await openIntake();
		const knownSources = () => Promise.reject(new Error('asked'));
		const intake = createIntake({ clock: world.clock, reads: { knownSources }, write: world.system.write });
		expect(await intake.accept(workflow, [])).toBe(0);
	});

	test('accepts an item once from two sides at once, and twice in one list', async () => {
		const { intake, workflow, all } = await openIntake();
		const counts = await Promise.all([1, 2].map(() => intake.accept(workflow, [item('one'), item('one')])));
		expect(counts.reduce((sum, count) => sum + count)).toBe(1);
		expect(await all()).toHaveLength(1);
	});

	test('drops what comes for a workflow that is gone', async () => {
		const { world, intake, workflow, all } = await openIntake();
		await world.service.remove(workflow.id, by);
		expect(await intake.accept(workflow, [item('one')])).toBe(0);
		expect(await all()).toEqual([]);
	});

	test('that fails is told', async () => {
		const { world, workflow } = await openIntake();
		const write = async () => {
			throw new Error('the disk is full');
		};
		const intake = createIntake({ clock: world.clock, reads: world.reads, write });
		await expect(intake.accept(workflow, [item('one')])).rejects.toThrow('the disk is full');
	});

	test('takes ten thousand items', async () => {
		const { intake, workflow, world } = await openIntake();
		const items = Array.from({ length: 10_000 }, (_, index) => item(`item ${index}`));
		expect(await intake.accept(workflow, items)).toBe(10_000);
		expect(await intake.accept(workflow, items)).toBe(0);
		expect((await world.reads.dueDispatch(workflow.id, world.clock.now()))?.sourceId).toBe('item 0');
	});
});
