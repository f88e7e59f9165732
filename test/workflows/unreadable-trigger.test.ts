/** A trigger that cannot be read keeps nobody from the work that is there. */

import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { checkLeaksAfterEach } from '../support/durable-world.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { play } from './crash-scenario.ts';
import { createWorkflowWorld } from './worlds/workflow-world.ts';

checkLeaksAfterEach();

test('[WR9] items handed in by hand are dispatched while the repository is away, and issues when it is back', async () => {
	const store = createMemoryStore();
	const scene = createWorkflowWorld({ store, reads: createMemoryReads(store) });
	const { world, outside, reads } = scene;
	await play(scene);
	outside.repositoryIsAway = true;
	outside.openIssue('work when it is back');
	await scene.advance(10_000);
	const { id = '', runnerState, runnerError } = (await reads.workflow('issues')) ?? {};
	expect([runnerState, runnerError?.code]).toEqual(['backingOff', 'trigger_failed']);

	const { dispatchId } = await scene.workflows.trigger(id, { sourceId: 'by hand', body: 'work' }, { by: 'operator' });
	for (let minute = 0; minute < 6; minute++) await scene.advance(60_000);
	expect(await reads.dispatch(dispatchId)).toMatchObject({ status: 'completed', attempts: 1 });
	expect(await reads.workflow('issues')).toMatchObject({ runnerState: 'backingOff' });

	outside.repositoryIsAway = false;
	for (let minute = 0; minute < 6; minute++) await scene.advance(60_000);
	const { items } = await reads.dispatches({ workflowId: id }, { limit: 200, offset: 0 });
	expect(items.find(({ title }) => title === 'work when it is back')).toMatchObject({ status: 'completed' });
	expect(await reads.workflow('issues')).toMatchObject({ runnerState: 'waiting', runnerError: null });
	expect(world.errors).toEqual([]);
});
