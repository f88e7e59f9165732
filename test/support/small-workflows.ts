/**
 * A small `WorkflowService`: real rows, revisions, constraints in the store in memory, but no runners. For
 * tests of the HTTP surface, which the real one is not needed for.
 */

import { createHmac } from 'node:crypto';
import type { Conditions } from '../../src/agents/service.ts';
import type { Reads } from '../../src/agents/views.ts';
import type { DomainRecord } from '../../src/durable/store.ts';
import { StatecraftError } from '../../src/errors.ts';
import { createId } from '../../src/ids.ts';
import type { MemoryStore } from '../../src/store/memory-store.ts';
import type { GivenItem, SaveWorkflow, WebhookDelivery, WorkflowService } from '../../src/workflows/service.ts';
import { unmaskTrigger } from '../../src/workflows/trigger-secrets.ts';
import type { WorkflowReads, WorkflowView, WorkItem } from '../../src/workflows/views.ts';

export interface SmallWorkflows extends WorkflowService {
	/** Deliveries that came as far as the service. */
	readonly deliveries: ReadonlyArray<{ readonly workflowId: string; readonly delivery: WebhookDelivery }>;
	/** Conditions of every change. */
	readonly asked: readonly Conditions[];
}

export interface SmallWorkflowsDeps {
	readonly store: MemoryStore;
	readonly reads: Reads & WorkflowReads;
}

export function sign(body: string | Buffer, secret: string): string {
	return createHmac('sha256', secret).update(body).digest('hex');
}

export function createSmallWorkflows({ store, reads }: SmallWorkflowsDeps): SmallWorkflows {
	const deliveries: Array<{ workflowId: string; delivery: WebhookDelivery }> = [];
	const asked: Conditions[] = [];

	async function write(id: string, record: DomainRecord, conditions: Conditions): Promise<void> {
		asked.push(conditions);
		const [outcome] = await store.commit([{ records: [record, ...(conditions.records?.(id) ?? [])] }]);
		if (outcome?.ok === false) throw outcome.error;
	}

	async function demand(id: string, { expectedVersion }: Partial<Conditions>): Promise<WorkflowView> {
		const workflow = await reads.workflow(id);
		if (workflow === undefined) throw new StatecraftError('workflow_not_found', `There is no workflow ${id}`);
		if (expectedVersion !== undefined && expectedVersion !== workflow.revision)
			throw new StatecraftError('stale_state', 'another version', {
				expected: expectedVersion,
				actual: workflow.revision,
			});
		return workflow;
	}

	async function toColumns(input: SaveWorkflow, id: string) {
		const trigger = unmaskTrigger(input.trigger, (await reads.workflow(id))?.trigger);
		const agent = await reads.agent(input.agent);
		if (agent === undefined) throw new StatecraftError('agent_not_found', `There is no agent ${input.agent}`);
		checkTemplate(input.template);
		const namesake = await reads.workflow(input.name);
		if (namesake !== undefined && namesake.id !== id) throw new StatecraftError('workflow_name_taken', input.name);
		return {
			name: input.name,
			agent_id: agent.id,
			trigger: JSON.stringify(trigger),
			template: input.template,
			enabled: input.enabled ?? true,
			policy: input.policy === undefined ? null : JSON.stringify(input.policy),
			retry: JSON.stringify({
				maxAttempts: 3,
				backoffMs: { initial: 1_000, max: 60_000 },
				interrupted: 'retry',
				...input.retry,
			}),
			updated_at: Date.now(),
		};
	}

	async function dispatch(workflow: WorkflowView, given: GivenItem, conditions: Conditions): Promise<string> {
		if (!workflow.enabled) throw new StatecraftError('workflow_disabled', `${workflow.name} is disabled`);
		const id = createId('dispatch', Date.now());
		const item = completeItem(given, id);
		const first = await reads.dispatchOf(workflow.id, item.sourceId);
		if (first !== undefined) return first.id;
		const row = {
			id,
			workflow_id: workflow.id,
			source_id: item.sourceId,
			live_key: item.sourceId,
			title: item.title,
			item: JSON.stringify(item),
			status: 'pending',
			priority: given.priority ?? 0,
			attempts: 0,
			max_attempts: workflow.retry.maxAttempts,
			next_attempt_at: Date.now(),
			created_at: Date.now(),
			updated_at: Date.now(),
		};
		await write(id, { op: 'insert', table: 'dispatches', row }, conditions);
		return id;
	}

	return {
		deliveries,
		asked,
		async create(input, conditions) {
			const id = createId('workflow', Date.now());
			const row = { id, ...(await toColumns(input, id)), revision: 1, created_at: Date.now() };
			await write(id, { op: 'insert', table: 'workflows', row }, conditions);
			return { id };
		},
		async replace(id, input, conditions) {
			const { revision } = await demand(id, conditions);
			const set = { ...(await toColumns(input, id)), revision: revision + 1 };
			await write(id, { op: 'update', table: 'workflows', id, set }, conditions);
		},
		async setEnabled(id, enabled, conditions) {
			const { revision } = await demand(id, conditions);
			const set = { enabled, revision: revision + 1 };
			await write(id, { op: 'update', table: 'workflows', id, set }, conditions);
		},
		async remove(id, conditions) {
			await demand(id, conditions);
			await write(id, { op: 'delete', table: 'workflows', id }, conditions);
		},
		async trigger(id, item, conditions) {
			return { dispatchId: await dispatch(await demand(id, conditions), item, conditions) };
		},
		nextFires: ({ type }) => (type === 'cron' ? [1_000, 2_000] : []),
		async preview({ template, item, agent, workflowName }) {
			checkTemplate(template);
			return { text: JSON.stringify({ template, item, agent, workflowName }) };
		},
		async retryDispatch(id, conditions) {
			const found = await reads.dispatch(id);
			if (found === undefined) throw new StatecraftError('dispatch_not_found', `There is no dispatch ${id}`);
			if (found.status === 'pending') throw new StatecraftError('dispatch_outstanding', `${id} is pending`);
			await write(id, { op: 'update', table: 'dispatches', id, set: { status: 'pending' } }, conditions);
		},
		async receiveWebhook(workflowId, delivery) {
			deliveries.push({ workflowId, delivery });
			const workflow = await demand(workflowId, {});
			const { secret } = workflow.trigger;
			if (delivery.header('x-signature') !== sign(delivery.rawBody, String(secret)))
				throw new StatecraftError('signature_invalid', `${workflow.name} has another secret`);
			const known = await reads.dispatchOf(workflow.id, delivery.header('x-delivery') ?? '');
			if (known !== undefined) return { outcome: 'repeated', dispatchId: known.id };
			if (delivery.rawBody.length === 0) return { outcome: 'ignored', dispatchId: null };
			const sourceId = delivery.header('x-delivery') ?? 'unnamed';
			return { outcome: 'accepted', dispatchId: await dispatch(workflow, { sourceId }, { by: 'webhook' }) };
		},
		async enqueue(queue, given, conditions) {
			const id = createId('queueItem', Date.now());
			const key = given.sourceId ?? null;
			const first = key === null ? undefined : await reads.queueItemByKey(queue, key);
			if (first !== undefined) return { id: first.id, repeated: true };
			const row = {
				id,
				queue,
				key,
				item: JSON.stringify({ ...completeItem(given, id), sourceId: id }),
				priority: given.priority ?? 0,
				status: 'ready',
				created_at: Date.now(),
				updated_at: Date.now(),
			};
			await write(id, { op: 'insert', table: 'queue_items', row }, conditions);
			return { id, repeated: false };
		},
	};
}

function completeItem(given: GivenItem, id: string): WorkItem {
	const { sourceId = id, title = '', body = null, url = null, labels = [], metadata = {} } = given;
	return { sourceId, title, body, url, labels, metadata };
}

function checkTemplate(template: string): void {
	if (!template.includes('{% bad')) return;
	throw new StatecraftError('template_invalid', 'line 1: bad', { issues: [{ path: 'template', message: 'line 1' }] });
}
