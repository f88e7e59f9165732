/**
 * What an operator does with a queue, a workflow that works it off and one that follows that: every step can
 * be repeated, for things are looked for first, and all else carries a key.
 */

import type { AgentResource } from '../../src/cli/resources.ts';
import type { Operator } from './operator.ts';
import { createWorkflowDesk, type DispatchAnswer, type WorkflowAnswer } from './workflow-desk.ts';

export interface WorkflowScene {
	readonly agent: AgentResource;
	/** Works off the queue. */
	readonly intake: WorkflowAnswer;
	/** Follows each dispatch of `intake`. */
	readonly review: WorkflowAnswer;
}

const quick = { initial: 1, max: 2 };
const settings = { interruptedTurn: 'fail', restart: { policy: 'permanent', maxRestarts: 100, backoffMs: quick } };
export const queue = 'inbox';
export const queueItems = ['one', 'crash two', 'three'];

/** Each attempt says its key; the agent dies of an item that tells it to, the first time. */
const intake = {
	name: 'intake',
	trigger: { type: 'queue', queue },
	template:
		'{% if item.title contains "crash" and dispatch.attempt == 1 %}wait 1; crash{% else %}say{% endif %} {{ dispatch.id }}/{{ dispatch.attempt }}',
};
const review = {
	name: 'review',
	trigger: { type: 'dispatch_result', workflow: 'intake', status: ['completed', 'failed', 'interrupted', 'skipped'] },
	template: 'say {{ dispatch.id }}/{{ dispatch.attempt }}: {{ item.metadata.dispatchId }}',
};

export function isSettled({ status, nextAttemptAt }: DispatchAnswer): boolean {
	return status !== 'dispatched' && nextAttemptAt === null;
}

/** Plays it to the end: all items are done and reviewed, and the agent rests. */
export async function playWorkflows(operator: Operator): Promise<WorkflowScene> {
	const { api, events, post } = operator;
	const desk = createWorkflowDesk(operator);

	async function save(body: { readonly name: string }): Promise<WorkflowAnswer> {
		const { items } = await api.http.request<{ items: WorkflowAnswer[] }>('GET', '/workflows');
		const retry = { maxAttempts: 9, backoffMs: quick };
		return items.find(({ name }) => name === body.name) ?? desk.standing('helper', { retry, ...body });
	}

	const enqueue = (title: string) => post(`/queues/${queue}`, { sourceId: title, title });

	/** Waits until so many items have been worked off, and each of them reviewed. */
	function settled(count: number): Promise<unknown> {
		return events.until(`${count} items are done`, async () => {
			const lists = await Promise.all([scene.intake, scene.review].map(({ id }) => desk.dispatches(id)));
			return lists.every((list) => list.length >= count && list.every(isSettled)) || undefined;
		});
	}

	const [made] = (await api.agents()).items;
	const { id } = made ?? (await operator.create('helper', settings));
	const scene = { agent: made ?? (await api.agent(id)), intake: await save(intake), review: await save(review) };
	for (const title of queueItems.slice(0, 2)) await enqueue(title);
	await settled(2);
	await post(`/agents/${id}/restart`, {}, { 'idempotency-key': 'restart' });
	for (const title of queueItems.slice(2)) await enqueue(title);
	await settled(queueItems.length);
	return { ...scene, agent: await operator.reached(id, 'idle') };
}
