/** What is asked of workflows becomes rows and events of the orchestrator, together; races included. */

import { describe, expect, test } from 'vitest';
import type { DomainRecord } from '../../src/durable/store.ts';
import { runnerAddress } from '../../src/workflows/address.ts';
import type { QueueBroker } from '../../src/workflows/queue-broker.ts';
import { createWorkflowService } from '../../src/workflows/workflow-service.ts';
import { sign } from '../support/small-workflows.ts';
import { by, createServiceWorld, rule, type ServiceWorld } from './service-world.ts';

const key = (id: string): DomainRecord => ({
	op: 'insert',
	table: 'idempotency_keys',
	row: { id, hash: 'hash', resource: '/', status: 200, created_at: 1 },
});
const refusal = (code: string) => expect.objectContaining({ code });

/** Runs `work` once, when the service has read `what`. */
function afterRead(world: ServiceWorld, what: string, work: () => Promise<unknown>): void {
	world.pace = async (read) => {
		if (read !== what) return;
		world.pace = undefined;
		await work();
	};
}

const told = (world: ServiceWorld, topic: string) =>
	world.events.filter((event) => event.topic === topic).map(({ agentId, data }) => ({ agentId, ...JSON.parse(data) }));

describe('a workflow that is made', () => {
	test('has its row, its defaults and its event, and the orchestrator knows', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		expect(await world.workflow(id)).toMatchObject({
			...{ id, name: 'rule', agentId: 'agt_1', trigger: { type: 'manual' }, template: rule.template, enabled: true },
			...{ policy: null, revision: 1, cursor: null, createdAt: world.clock.now(), updatedAt: world.clock.now() },
			retry: { maxAttempts: 3, backoffMs: { initial: 5_000, max: 300_000 }, interrupted: 'retry' },
		});
		expect(await world.heard()).toEqual(['WorkflowSaved']);
		expect(told(world, 'workflow.created')).toEqual([{ agentId: 'agt_1', workflowId: id, name: 'rule' }]);
	});

	test('keeps its policy, and completes what its retry leaves out', async () => {
		const world = await createServiceWorld();
		const id = await world.create({
			policy: { mode: 'allow_list', allow: ['Read'] },
			retry: { maxAttempts: 7 },
			enabled: false,
		});
		expect(await world.workflow(id)).toMatchObject({
			...{ policy: { mode: 'allow_list', allow: ['Read'] }, enabled: false },
			retry: { maxAttempts: 7, backoffMs: { initial: 5_000, max: 300_000 }, interrupted: 'retry' },
		});
	});

	test.each([
		['agent_not_found', { agent: 'nobody' }],
		['template_invalid', { template: '{{ nothing }}' }],
		['invalid_request', { trigger: { type: 'webhook', secret: '***' } }],
		['agent_not_found', { trigger: { type: 'agent_idle', agent: 'nobody', seconds: 1 } }],
		['workflow_not_found', { trigger: { type: 'dispatch_result', workflow: 'nothing', status: ['failed'] } }],
	] as const)('is refused with %s for %o', async (code, change) => {
		const world = await createServiceWorld();
		await expect(world.create(change as object)).rejects.toEqual(refusal(code));
		expect(await world.heard()).toEqual([]);
	});

	test('is refused under the name of another', async () => {
		const world = await createServiceWorld();
		const first = await world.create();
		await expect(world.create()).rejects.toMatchObject({ code: 'workflow_name_taken', extras: { actual: first } });
	});

	test('is refused for an agent that is removed in the same moment', async () => {
		const world = await createServiceWorld();
		afterRead(world, 'agent', () => world.system.write({ records: [{ op: 'delete', table: 'agents', id: 'agt_1' }] }));
		await expect(world.create()).rejects.toEqual(refusal('agent_not_found'));
	});

	test('notes the key of its request', async () => {
		const world = await createServiceWorld();
		const { id } = await world.service.create(rule, { ...by, records: (made) => [key(`ada:${made}`)] });
		expect(await world.reads.idempotencyKey(`ada:${id}`)).toBeDefined();
	});
});

describe('names in a trigger', () => {
	test('become ids, in parts of a composite too; any agent stays any', async () => {
		const world = await createServiceWorld();
		await world.addAgent('agt_2');
		await world.update('agents', 'agt_2', { name: 'second' });
		const watched = await world.create({ name: 'watched' });
		const parts = [
			{ type: 'agent_idle', agent: 'second', seconds: 5 },
			{ type: 'agent_lifecycle', agent: '*', events: ['stopped'] },
			{ type: 'request_answered', agent: 'second' },
			{ type: 'request_answered' },
			{ type: 'dispatch_result', workflow: 'watched', status: ['failed'] },
		] as const;
		const id = await world.create({
			trigger: { type: 'composite', mode: 'any', triggers: [...parts], windowSeconds: 60 } as never,
		});
		expect((await world.workflow(id)).trigger.triggers).toEqual([
			{ ...parts[0], agent: 'agt_2' },
			parts[1],
			{ ...parts[2], agent: 'agt_2' },
			parts[3],
			{ ...parts[4], workflow: watched },
		]);
	});
});

describe('a change', () => {
	test('counts a revision, tells what it changed, and saves the workflow', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		await world.addAgent('agt_2');
		world.clock.advance(1_000);
		await world.service.replace(id, { ...rule, name: 'other', agent: 'agt_2', retry: { maxAttempts: 1 } }, by);
		expect(await world.workflow(id)).toMatchObject({
			...{ name: 'other', agentId: 'agt_2', revision: 2, updatedAt: world.clock.now() },
			retry: { maxAttempts: 1 },
		});
		expect(await world.heard()).toEqual(['WorkflowSaved', 'WorkflowSaved']);
		expect(told(world, 'workflow.updated')).toEqual([
			{ agentId: 'agt_1', workflowId: id, changed: ['name', 'agent', 'retry'], enabled: true },
		]);
	});

	test('to nothing new is none, but the key of its request is noted', async () => {
		const world = await createServiceWorld();
		const id = await world.create({ policy: { mode: 'allow_list', allow: [] } });
		await world.service.replace(id, { ...rule, policy: { mode: 'allow_list', allow: [] } }, by);
		await world.service.setEnabled(id, true, { ...by, records: () => [key('ada:again')] });
		expect((await world.workflow(id)).revision).toBe(1);
		expect(await world.heard()).toEqual(['WorkflowSaved']);
		expect(await world.reads.idempotencyKey('ada:again')).toBeDefined();
	});

	test('of what is disabled ends a runner, whatever else it changes', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		await world.service.setEnabled(id, false, by);
		await world.service.replace(id, { ...rule, name: 'other', enabled: false }, by);
		await world.service.setEnabled(id, true, by);
		expect(await world.heard()).toEqual(['WorkflowSaved', 'WorkflowEnded', 'WorkflowEnded', 'WorkflowSaved']);
		expect(told(world, 'workflow.updated').map(({ enabled }) => enabled)).toEqual([false, false, true]);
	});

	test('is made in the version asked for and in no other', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		const stale = { code: 'stale_state', extras: { expected: 2, actual: 1 } };
		const second = { ...by, expectedVersion: 2 };
		await expect(world.service.setEnabled(id, false, second)).rejects.toMatchObject(stale);
		await expect(world.service.replace(id, rule, second)).rejects.toMatchObject(stale);
		await expect(world.service.remove(id, second)).rejects.toMatchObject(stale);
		await expect(world.service.trigger(id, {}, second)).rejects.toMatchObject(stale);
		await world.service.setEnabled(id, false, { ...by, expectedVersion: 1 });
		expect((await world.workflow(id)).revision).toBe(2);
	});

	test('made in the same version twice at once is made once', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		const first = { ...by, expectedVersion: 1 };
		const outcomes = await Promise.allSettled([
			world.service.replace(id, { ...rule, template: 'one' }, first),
			world.service.replace(id, { ...rule, template: 'two' }, first),
		]);
		expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
		expect(await world.workflow(id)).toMatchObject({ template: 'one', revision: 2 });
	});

	test('to the name of another is refused; one that fails for another reason does not blame its own name', async () => {
		const world = await createServiceWorld();
		const other = await world.create({ name: 'other' });
		const id = await world.create();
		await expect(world.service.replace(id, { ...rule, name: 'other' }, by)).rejects.toMatchObject({
			code: 'workflow_name_taken',
			extras: { actual: other },
		});
		await world.system.write({ records: [key('ada:used')] });
		const used = { ...by, records: () => [key('ada:used')] };
		await expect(world.service.setEnabled(id, false, used)).rejects.toEqual(refusal('constraint_violated'));
		await world.addAgent('agt_2');
		afterRead(world, 'agent', () => world.system.write({ records: [{ op: 'delete', table: 'agents', id: 'agt_2' }] }));
		await expect(world.service.replace(id, { ...rule, agent: 'agt_2' }, by)).rejects.toEqual(
			refusal('agent_not_found'),
		);
	});

	test('that sends a masked secret keeps the one that is stored then', async () => {
		const world = await createServiceWorld();
		const id = await world.create({ trigger: { type: 'webhook', secret: 'the first secret' } });
		const rotated = { ...rule, trigger: { type: 'webhook', secret: 'the second secret' } } as const;
		const masked = { ...rule, trigger: { type: 'webhook', secret: '***', source: 'github' } } as const;
		await Promise.all([world.service.replace(id, rotated, by), world.service.replace(id, masked, by)]);
		expect((await world.workflow(id)).trigger).toEqual({ ...masked.trigger, secret: 'the second secret' });
	});
});

describe('a workflow that is removed', () => {
	test('is gone with its dispatches, and its runner is told to end', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		const { dispatchId } = await world.service.trigger(id, {}, by);
		await world.service.remove(id, { ...by, records: () => [key('ada:gone')] });
		expect(await world.reads.workflow(id)).toBeUndefined();
		expect(await world.reads.dispatch(dispatchId)).toBeUndefined();
		expect(await world.heard()).toEqual(['WorkflowSaved', 'WorkflowEnded']);
		expect(told(world, 'workflow.deleted')).toEqual([{ agentId: 'agt_1', workflowId: id, name: 'rule' }]);
		expect(await world.reads.idempotencyKey('ada:gone')).toBeDefined();
		await expect(world.service.remove(id, by)).rejects.toEqual(refusal('workflow_not_found'));
	});

	test('takes along a runner that could not be restored', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		const removed: string[] = [];
		const system = {
			...world.system,
			quarantineReason: (address: string) => (address === runnerAddress(id) ? 'no JSON' : undefined),
			remove: async (address: string) => void removed.push(address),
		};
		const service = createWorkflowService({ ...world, system, queues: {} as QueueBroker });
		await service.remove(id, by);
		expect(removed).toEqual([runnerAddress(id)]);
	});
});

describe('a preview', () => {
	test('without an item shows a whole made-up one', async () => {
		const { service } = await createServiceWorld();
		const template =
			'{{ item.title }}|{{ item.body }}|{{ item.url }}|{{ item.labels }}|{{ workflow.name }}|{{ agent.name }}';
		expect(await service.preview({ template })).toEqual({
			text: 'A title|A body|https://example.org/1|label|preview|preview',
		});
	});

	test('with an item shows that one, completed as a dispatch would, and the agent', async () => {
		const { service } = await createServiceWorld();
		const template =
			'{{ item.sourceId }}|{{ item.title }}|{{ item.body }}|{{ workflow.name }}|{{ agent.cwd }}|{{ now }}';
		expect(await service.preview({ template, item: { title: 'Mine' }, agent: 'agt_1', workflowName: 'w' })).toEqual({
			text: 'preview|Mine||w|/work|2026-01-01T00:00:00.000Z',
		});
		await expect(service.preview({ template, agent: 'nobody' })).rejects.toEqual(refusal('agent_not_found'));
	});
});

describe('a workflow whose trigger is exhausted', () => {
	test('is disabled', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		await world.service.retire(id, 1);
		expect(await world.workflow(id)).toMatchObject({ enabled: false, revision: 2 });
		expect(await world.heard()).toEqual(['WorkflowSaved', 'WorkflowEnded']);
	});

	test('stays enabled when it was edited since, or handed an item; one that is gone is none', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		await world.service.replace(id, { ...rule, template: 'other' }, by);
		await world.service.retire(id, 1);
		expect(await world.workflow(id)).toMatchObject({ enabled: true, revision: 2 });
		await world.service.trigger(id, {}, by);
		await world.service.retire(id, 2);
		expect(await world.workflow(id)).toMatchObject({ enabled: true, revision: 2 });
		await world.service.retire('wfl_gone', 1);
	});
});

describe('an item that is handed in', () => {
	test('becomes a pending dispatch, completed with what it lacks', async () => {
		const world = await createServiceWorld();
		const id = await world.create({ retry: { maxAttempts: 9 } });
		const { dispatchId } = await world.service.trigger(id, { priority: 4 }, by);
		const dispatch = await world.dispatch(dispatchId);
		const at = world.clock.now();
		expect(dispatch).toMatchObject({
			...{ workflowId: id, title: 'Triggered by ada', status: 'pending', priority: 4, attempts: 0, maxAttempts: 9 },
			...{ nextAttemptAt: at, liveKey: dispatch.sourceId, queueItemId: null, createdAt: at },
			item: { title: 'Triggered by ada', body: null, url: null, labels: [], metadata: {}, priority: 4 },
		});
		expect(told(world, 'dispatch.created')).toMatchObject([{ dispatchId, workflowId: id, agentId: 'agt_1' }]);
	});

	test('with a known source is the first dispatch again; two at once are one', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		const made = await Promise.all([1, 2].map(() => world.service.trigger(id, { sourceId: 'same' }, by)));
		expect(new Set(made.map(({ dispatchId }) => dispatchId)).size).toBe(1);
		expect(told(world, 'dispatch.created')).toHaveLength(1);
	});

	test('is refused by a workflow that is disabled, not there, or removed in the same moment', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		await expect(world.service.trigger('wfl_none', {}, by)).rejects.toEqual(refusal('workflow_not_found'));
		await world.service.setEnabled(id, false, by);
		await expect(world.service.trigger(id, {}, by)).rejects.toMatchObject({
			code: 'workflow_disabled',
			extras: { hint: 'statecraft workflows enable rule' },
		});
		await world.service.setEnabled(id, true, by);
		afterRead(world, 'workflow', () => world.system.write({ records: [{ op: 'delete', table: 'workflows', id }] }));
		await expect(world.service.trigger(id, {}, by)).rejects.toEqual(refusal('workflow_not_found'));
	});

	test('is refused where its key was used, and the reason is told', async () => {
		const world = await createServiceWorld();
		const id = await world.create();
		await world.system.write({ records: [key('ada:used')] });
		const used = { ...by, records: () => [key('ada:used')] };
		await expect(world.service.trigger(id, {}, used)).rejects.toEqual(refusal('constraint_violated'));
	});
});

describe('a dispatch that is sent again', () => {
	async function openSettled(settled: Readonly<Record<string, string | number | null>> = {}) {
		const world = await createServiceWorld();
		const id = await world.create({ retry: { maxAttempts: 4 } });
		const { dispatchId } = await world.service.trigger(id, { sourceId: 'one' }, by);
		await world.update('dispatches', dispatchId, {
			status: 'failed',
			next_attempt_at: null,
			attempts: 3,
			finished_at: 5,
			...settled,
		});
		return { world, id, dispatchId };
	}

	test('is due at once, with the attempts of the policy before it', async () => {
		const { world, id, dispatchId } = await openSettled({ live_key: null });
		world.clock.advance(500);
		await world.service.retryDispatch(dispatchId, { ...by, records: () => [key('ada:retry')] });
		expect(await world.dispatch(dispatchId)).toMatchObject({
			...{ status: 'pending', attempts: 3, maxAttempts: 7, liveKey: 'one', nextAttemptAt: world.clock.now() },
			finishedAt: null,
		});
		expect(told(world, 'dispatch.released')).toEqual([
			{ agentId: 'agt_1', dispatchId, workflowId: id, sourceId: 'one', nextAttemptAt: world.clock.now() },
		]);
		expect(await world.reads.idempotencyKey('ada:retry')).toBeDefined();
	});

	test.each([
		['is under way', { status: 'dispatched' }],
		['is due at 2026-01-01T00:00:09.000Z', { next_attempt_at: Date.UTC(2026, 0, 1) + 9_000 }],
	])('is refused while it %s', async (why, settled) => {
		const { world, dispatchId } = await openSettled(settled);
		const refused = world.service.retryDispatch(dispatchId, by);
		await expect(refused).rejects.toMatchObject({
			code: 'dispatch_outstanding',
			message: expect.stringContaining(why),
		});
	});

	test('by two at once is sent once', async () => {
		const { world, dispatchId } = await openSettled();
		const outcomes = await Promise.allSettled([1, 2].map(() => world.service.retryDispatch(dispatchId, by)));
		expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
		expect(told(world, 'dispatch.released')).toHaveLength(1);
	});

	test('is refused when it is not there, its workflow is disabled, or another one stands for its item', async () => {
		const { world, id, dispatchId } = await openSettled({ live_key: null });
		await expect(world.service.retryDispatch('dsp_none', by)).rejects.toEqual(refusal('dispatch_not_found'));
		await world.service.trigger(id, { sourceId: 'one' }, by);
		await expect(world.service.retryDispatch(dispatchId, by)).rejects.toEqual(refusal('superseded'));
		await world.service.setEnabled(id, false, by);
		await expect(world.service.retryDispatch(dispatchId, by)).rejects.toEqual(refusal('workflow_disabled'));
	});

	async function openDead() {
		const { world, id, dispatchId } = await openSettled();
		const { id: itemId } = await world.service.enqueue('work', { title: 'job' }, by);
		await world.update('dispatches', dispatchId, { queue_item_id: itemId });
		await world.update('queue_items', itemId, {
			status: 'dead',
			workflow_id: id,
			dispatch_id: dispatchId,
			visible_at: 5,
		});
		return { world, id, dispatchId, itemId };
	}

	test('takes its queue item along, for good', async () => {
		const { world, dispatchId, itemId } = await openDead();
		await world.service.retryDispatch(dispatchId, by);
		expect(await world.reads.queueItem(itemId)).toMatchObject({ status: 'claimed', dispatchId, visibleAt: null });
	});

	test('does not take an item that another dispatch stands for', async () => {
		const { world, dispatchId, itemId } = await openDead();
		await world.update('queue_items', itemId, { dispatch_id: 'dsp_other' });
		await expect(world.service.retryDispatch(dispatchId, by)).rejects.toEqual(refusal('superseded'));
		expect(await world.dispatch(dispatchId)).toMatchObject({ status: 'failed' });
	});

	test('while its workflow is removed leaves no queue item claimed by nobody', async () => {
		const { world, id, dispatchId, itemId } = await openDead();
		let removed: Promise<void> | undefined;
		world.pace = async (read) => {
			if (read !== 'queueItem') return;
			world.pace = undefined;
			removed = world.service.remove(id, by);
			// As far as it comes.
			for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
		};
		await world.service.retryDispatch(dispatchId, by);
		await removed;
		// It was due again when its workflow went: another one may have it.
		expect(await world.reads.queueItem(itemId)).toMatchObject({ status: 'ready', dispatchId: null });
	});
});

describe('a queue item', () => {
	test('is completed and added, once for each key', async () => {
		const world = await createServiceWorld();
		const first = await world.service.enqueue('work', { sourceId: 'one', priority: 2 }, by);
		expect(first.repeated).toBe(false);
		expect(await world.service.enqueue('work', { sourceId: 'one' }, by)).toEqual({ id: first.id, repeated: true });
		expect(await world.reads.queueItem(first.id)).toMatchObject({
			...{ queue: 'work', key: 'one', priority: 2, status: 'ready' },
			item: { sourceId: first.id, title: 'Triggered by ada', body: null },
		});
		expect((await world.service.enqueue('work', {}, by)).repeated).toBe(false);
	});
});

describe('a webhook', () => {
	const secret = 'open sesame, please';
	const rawBody = Buffer.from('{"title":"hi"}');
	const headers: Readonly<Record<string, string>> = {
		'x-statecraft-signature': `sha256=${sign(rawBody, secret)}`,
		'x-statecraft-delivery': 'one',
	};
	const delivery = { rawBody, header: (name: string) => headers[name.toLowerCase()] };

	async function openHook() {
		const world = await createServiceWorld();
		return { world, id: await world.create({ trigger: { type: 'webhook', secret } }) };
	}

	test('becomes a dispatch once, however often it is delivered', async () => {
		const { world, id } = await openHook();
		const first = await world.service.receiveWebhook(id, delivery);
		expect(first).toEqual({ outcome: 'accepted', dispatchId: expect.stringMatching(/^dsp_/) });
		expect(await world.service.receiveWebhook(id, delivery)).toEqual({ ...first, outcome: 'repeated' });
		expect(told(world, 'dispatch.created')).toHaveLength(1);
	});

	test('that GitHub sends to try it out is ignored', async () => {
		const { world, id } = await openHook();
		await world.service.replace(id, { ...rule, trigger: { type: 'webhook', secret, source: 'github' } }, by);
		const ping: Readonly<Record<string, string>> = {
			...{ 'x-hub-signature-256': `sha256=${sign(rawBody, secret)}` },
			...{ 'x-github-event': 'ping', 'x-github-delivery': 'two', 'content-type': 'application/json' },
		};
		const pinged = await world.service.receiveWebhook(id, { rawBody, header: (name) => ping[name.toLowerCase()] });
		expect(pinged).toEqual({ outcome: 'ignored', dispatchId: null });
	});

	test('is taken by the id of a workflow with this trigger alone, signed, and while that is enabled', async () => {
		const { world, id } = await openHook();
		const other = await world.create({ name: 'other' });
		for (const address of ['rule', 'wfl_none', other]) {
			const refused = world.service.receiveWebhook(address, delivery);
			await expect(refused, address).rejects.toEqual(refusal('workflow_not_found'));
		}
		await world.service.setEnabled(id, false, by);
		const unsigned = world.service.receiveWebhook(id, { rawBody, header: () => undefined });
		await expect(unsigned).rejects.toEqual(refusal('signature_invalid'));
		await expect(world.service.receiveWebhook(id, delivery)).rejects.toEqual(refusal('workflow_disabled'));
	});
});
