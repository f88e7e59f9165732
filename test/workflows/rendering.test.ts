/** From a dispatch to its prompt: what a template is told, from rows. */

import { expect, test } from 'vitest';
import { createPromptRenderer } from '../../src/workflows/rendering.ts';
import { by, createServiceWorld } from './service-world.ts';

const template =
	'{{ item.title }} {{ item.sourceId }} {{ item.labels }} {{ item.metadata.n }} {{ workflow.name }} {{ agent.id }} {{ agent.cwd }} {{ dispatch.id }} {{ dispatch.attempt }} {{ now }}';

test('a template is told of item, workflow, agent, dispatch and time, as they are when it is rendered', async () => {
	const world = await createServiceWorld();
	const renderer = createPromptRenderer(world);
	const id = await world.create({ template });
	const item = { title: '{{ now }}', sourceId: 'one', labels: ['bug'], metadata: { n: 7 } };
	const { dispatchId } = await world.service.trigger(id, item, by);
	world.clock.advance(1_000);
	const dispatch = await world.dispatch(dispatchId);
	const told = `{{ now }} one bug 7 rule agt_1 /work ${dispatchId} 2 2026-01-01T00:00:01.000Z`;
	expect(await renderer.render(await world.workflow(id), dispatch, 2)).toBe(told);
	await world.service.replace(id, { name: 'rule', agent: 'agt_1', trigger: { type: 'manual' }, template: 'new' }, by);
	expect(await renderer.render(await world.workflow(id), dispatch, 2)).toBe('new');
});

test('without its agent there is no prompt', async () => {
	const world = await createServiceWorld();
	const workflow = await world.workflow(await world.create());
	const { dispatchId } = await world.service.trigger(workflow.id, {}, by);
	const dispatch = await world.dispatch(dispatchId);
	const rendered = createPromptRenderer(world).render({ ...workflow, agentId: 'agt_gone' }, dispatch, 1);
	await expect(rendered).rejects.toMatchObject({ code: 'agent_not_found' });
});
