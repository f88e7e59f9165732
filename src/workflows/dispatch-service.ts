/** Dispatches as people make them: handed in by hand or by a signed delivery, and sent again. */

import type { Conditions } from '../agents/service.ts';
import { auditRecord } from '../audit/record.ts';
import type { Clock } from '../durable/clock.ts';
import type { Serial } from '../durable/serial.ts';
import type { DomainRecord, WriteUnit } from '../durable/store.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { createId } from '../ids.ts';
import { createDispatchRecords } from './intake.ts';
import type { GivenItem, WorkflowService } from './service.ts';
import type { Trigger } from './triggers/trigger-config.ts';
import type { DispatchView, WorkflowReads, WorkflowView, WorkItem } from './views.ts';
import { toWebhookItem } from './webhook-item.ts';
import { verifySignature } from './webhook-signature.ts';
import { refuseStale, requireWorkflow } from './workflow-lookup.ts';

export interface DispatchServiceDeps {
	readonly clock: Clock;
	readonly reads: Pick<WorkflowReads, 'workflow' | 'dispatch' | 'dispatchOf' | 'queueItem'>;
	/** By workflow. */
	readonly serial: Serial;
	write(unit: WriteUnit): Promise<unknown>;
}

export type DispatchService = Pick<WorkflowService, 'trigger' | 'retryDispatch' | 'receiveWebhook'>;

export function createDispatchService({ clock, reads, serial, write }: DispatchServiceDeps): DispatchService {
	async function requireEnabled(id: string): Promise<WorkflowView> {
		const workflow = await requireWorkflow(reads, id);
		if (workflow.enabled) return workflow;
		throw new StatecraftError('workflow_disabled', `${workflow.name} is disabled`, {
			hint: `statecraft workflows enable ${workflow.name}`,
		});
	}

	async function requireDispatch(id: string): Promise<DispatchView> {
		const dispatch = await reads.dispatch(id);
		if (!dispatch) throw new StatecraftError('dispatch_not_found', `there is no dispatch ${id}`);
		return dispatch;
	}

	/** The dispatch that stands for the item, and whether it did so before. */
	async function accept(
		workflow: WorkflowView,
		item: WorkItem,
		extra: (id: string) => readonly DomainRecord[],
	): Promise<{ readonly id: string; readonly repeated: boolean }> {
		const { id, records, events } = createDispatchRecords(workflow, item, clock.now());
		try {
			await write({ records: [...records, ...extra(id)], events });
			return { id, repeated: false };
		} catch (thrown) {
			const error = toStatecraftError(thrown);
			if (error.code !== 'constraint_violated') throw error;
			const first = await reads.dispatchOf(workflow.id, item.sourceId);
			if (first) return { id: first.id, repeated: true };
			// Or the workflow was removed meanwhile.
			await requireWorkflow(reads, workflow.id);
			throw error;
		}
	}

	async function retry(dispatchId: string, conditions: Conditions): Promise<void> {
		const dispatch = await requireDispatch(dispatchId);
		const workflow = await requireEnabled(dispatch.workflowId);
		refuseOutstanding(dispatch);
		const at = clock.now();
		const set = {
			status: 'pending',
			live_key: dispatch.sourceId,
			next_attempt_at: at,
			max_attempts: dispatch.attempts + workflow.retry.maxAttempts,
			finished_at: null,
			updated_at: at,
		};
		const { sourceId } = dispatch;
		const told = { dispatchId, workflowId: workflow.id, sourceId, nextAttemptAt: at };
		const { by, reason = null } = conditions;
		const deed = { by, reason, action: 'dispatch.retry', agentId: workflow.agentId, subject: dispatchId };
		await write({
			records: [
				{ op: 'update', table: 'dispatches', id: dispatchId, set },
				...(await reclaim(dispatch, at)),
				auditRecord(at, deed),
				...(conditions.records?.(dispatchId) ?? []),
			],
			events: [createEvent('dispatch.released', workflow.agentId, at, told)],
		}).catch((thrown: unknown) => {
			const error = toStatecraftError(thrown);
			throw error.code === 'constraint_violated' ? superseded(dispatch) : error;
		});
	}

	/** A queue item goes with the dispatch that stands for it, and with no other. */
	async function reclaim(dispatch: DispatchView, at: number): Promise<readonly DomainRecord[]> {
		if (dispatch.queueItemId === null) return [];
		const item = await reads.queueItem(dispatch.queueItemId);
		if (item?.dispatchId !== dispatch.id) throw superseded(dispatch);
		const set = { status: 'claimed', visible_at: null, updated_at: at };
		return [{ op: 'update', table: 'queue_items', id: item.id, set }];
	}

	return {
		async trigger(id, given, conditions) {
			const workflow = await requireEnabled(id);
			refuseStale(workflow, conditions);
			const item = completeItem(given, conditions.by, clock.now());
			return { dispatchId: (await accept(workflow, item, conditions.records ?? (() => []))).id };
		},
		async retryDispatch(dispatchId, conditions) {
			const { workflowId } = await requireDispatch(dispatchId);
			// Its workflow might be removed between what is read and what is written.
			return serial(workflowId, () => retry(dispatchId, conditions));
		},
		async receiveWebhook(workflowId, { rawBody, header }) {
			const workflow = await reads.workflow(workflowId);
			const trigger = workflow?.trigger as Trigger | undefined;
			// By its id alone: a name would tell more than the sender may know.
			if (!workflow || workflow.id !== workflowId || trigger?.type !== 'webhook') {
				throw new StatecraftError('workflow_not_found', `there is no workflow ${workflowId} that takes webhooks`);
			}
			verifySignature({ secret: trigger.secret, source: trigger.source ?? 'any', rawBody, header });
			await requireEnabled(workflowId);
			const delivery = toWebhookItem(trigger, rawBody, header, clock.now());
			if (delivery.kind === 'ignored') return { outcome: 'ignored', dispatchId: null };
			const { id, repeated } = await accept(workflow, delivery.item, () => []);
			return { outcome: repeated ? 'repeated' : 'accepted', dispatchId: id };
		},
	};
}

function superseded({ id }: DispatchView): StatecraftError {
	return new StatecraftError('superseded', `Another dispatch stands for the item of ${id} now`);
}

function refuseOutstanding({ id, status, nextAttemptAt }: DispatchView): void {
	if (status !== 'dispatched' && nextAttemptAt === null) return;
	const when = nextAttemptAt === null ? 'is under way' : `is due at ${new Date(nextAttemptAt).toISOString()}`;
	throw new StatecraftError('dispatch_outstanding', `${id} ${when}`, { actual: status });
}

/** What people leave out is filled in. */
export function completeItem(given: GivenItem, by: string, at: number): WorkItem {
	const { sourceId = createId('item', at), title = `Triggered by ${by}`, priority } = given;
	const { body = null, url = null, labels = [], metadata = {} } = given;
	return { sourceId, title, body, url, labels, metadata, ...(priority !== undefined && { priority }) };
}
