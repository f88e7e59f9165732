/** Durable queues with the whole server: items and what becomes of them with their workflows. */

import { expect, test } from 'vitest';
import { startWholeServer } from '../support/whole-server.ts';
import { createWorkflowDesk } from '../support/workflow-desk.ts';

interface Item {
	readonly id: string;
	readonly status: string;
	readonly workflowId: string | null;
	readonly dispatchId: string | null;
}

async function openDesk() {
	const server = await startWholeServer();
	const { api, events, post } = server;
	const items = async (status?: string) => {
		const query = status === undefined ? '' : `?status=${status}`;
		return (await api.http.request<{ items: Item[] }>('GET', `/queues/work${query}`)).items;
	};
	return {
		...server,
		desk: createWorkflowDesk(server),
		items,
		add: (item: Readonly<Record<string, unknown>>) => post<Item>('/queues/work', item),
		itemIs: (id: string, status: string) =>
			events.until(`${id} is ${status}`, async () => (await items(status)).find((item) => item.id === id)),
	};
}

const queue = { trigger: { type: 'queue', queue: 'work' } };

test('[WF19] items go by priority, and are done when their dispatch is; one that fails for good is a dead letter', async () => {
	const { desk, hire, add, itemIs, events } = await openDesk();
	const agent = await hire('helper');
	const low = await add({ title: 'low', body: 'say low', priority: 1 });
	const high = await add({ title: 'high', body: 'say high', priority: 9 });
	const bad = await add({ title: 'bad' });
	const { id } = await desk.standing(agent.name, {
		...queue,
		template: '{% if item.body %}{{ item.body }}{% else %}{{ item.metadata.missing }}{% endif %}',
	});
	await itemIs(low.id, 'done');
	await itemIs(high.id, 'done');
	const dead = await itemIs(bad.id, 'dead');
	const created = events.ofTopic('dispatch.created').map(({ data }) => (data as { title: string }).title);
	expect(created).toEqual(['high', 'low', 'bad']);
	expect(await desk.dispatch(dead.dispatchId ?? '')).toMatchObject({ status: 'failed', workflowId: id });
});

test('[WF10, WF19] an item whose workflow is removed before it began goes to another one', async () => {
	const { desk, hire, api, add, ask, begun, itemIs, events } = await openDesk();
	const busy = await hire('busy');
	const free = await hire('free');
	const blocker = await ask(busy.id, 'wait 60s');
	await begun(blocker.id);
	const first = await desk.standing(busy.name, { ...queue, name: 'first' });
	const item = await add({ title: 'job', body: 'say job' });
	await events.until('it is claimed', async () => ((await desk.dispatches(first.id)).length > 0 ? true : undefined));
	await api.http.request('POST', `/workflows/${first.id}/disable`);
	await desk.runnerIs(first.id, 'absent');
	const second = await desk.standing(free.name, { ...queue, name: 'second' });
	await api.http.request('DELETE', `/workflows/${first.id}`);
	expect(await itemIs(item.id, 'done')).toMatchObject({ workflowId: second.id });
});
