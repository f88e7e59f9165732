/**
 * The workflow service: what people and programs ask of workflows, turned into rows and into events of
 * the orchestrator that are committed together.
 *
 * Changes of one workflow and of its dispatches are made one after the other, so that what was read
 * before a change still holds when it is made.
 */

import type { OrchestratorCommandEvent } from '../../machines/orchestrator-model.ts';
import type { Conditions } from '../agents/service.ts';
import type { AgentView, Reads } from '../agents/views.ts';
import { auditRecord } from '../audit/record.ts';
import type { Clock } from '../durable/clock.ts';
import type { Writes } from '../durable/definition.ts';
import { createSerial } from '../durable/serial.ts';
import type { ColumnValue, DomainRecord } from '../durable/store.ts';
import type { DurableSystem } from '../durable/system.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { createId } from '../ids.ts';
import { orchestratorAddress, runnerAddress } from './address.ts';
import { completeItem, createDispatchService } from './dispatch-service.ts';
import type { QueueBroker } from './queue-broker.ts';
import { queueItemStatusWithout } from './queue-item-status.ts';
import { completeRetry } from './retry-policy.ts';
import type { SaveWorkflow, WorkflowService } from './service.ts';
import { parseTemplate } from './template.ts';
import { resolveReferences } from './trigger-references.ts';
import { unmaskTrigger } from './trigger-secrets.ts';
import { listFires } from './triggers/cron.ts';
import type { DispatchView, WorkflowReads, WorkflowView } from './views.ts';
import { refuseStale, requireWorkflow } from './workflow-lookup.ts';

export interface WorkflowServiceDeps {
	readonly system: Pick<DurableSystem, 'send' | 'write' | 'remove' | 'quarantineReason'>;
	readonly clock: Clock;
	readonly reads: WorkflowReads & Pick<Reads, 'agent'>;
	readonly queues: QueueBroker;
}

export interface RetiringService extends WorkflowService {
	/** Disables a workflow whose trigger will never yield anything again, unless it was edited, or handed an item, since. */
	retire(workflowId: string, revision: number): Promise<void>;
}

export function createWorkflowService({ system, clock, reads, queues }: WorkflowServiceDeps): RetiringService {
	const serial = createSerial();
	const dispatches = createDispatchService({ clock, reads, serial, write: system.write });

	async function requireAgent(idOrName: string): Promise<AgentView> {
		const agent = await reads.agent(idOrName);
		if (!agent) throw new StatecraftError('agent_not_found', `there is no agent ${idOrName}`);
		return agent;
	}

	/** The columns that a configuration sets; rejects what can never work. */
	async function toColumns(input: SaveWorkflow): Promise<Readonly<Record<string, ColumnValue>>> {
		parseTemplate(input.template);
		const { id: agentId } = await requireAgent(input.agent);
		return {
			name: input.name,
			agent_id: agentId,
			trigger: JSON.stringify(await resolveReferences(input.trigger, reads)),
			template: input.template,
			enabled: input.enabled ?? true,
			policy: input.policy === undefined ? null : JSON.stringify(input.policy),
			retry: JSON.stringify(completeRetry(input.retry)),
		};
	}

	/** Tells the orchestrator of a saved configuration, in the transaction that writes it. */
	async function save(
		{ id, name, agentId }: Pick<WorkflowView, 'id' | 'name' | 'agentId'>,
		event: OrchestratorCommandEvent,
		writes: Required<Pick<Writes, 'records' | 'events'>>,
	): Promise<void> {
		try {
			await system.send(orchestratorAddress, event, writes);
		} catch (thrown) {
			const error = toStatecraftError(thrown);
			if (error.code !== 'constraint_violated') throw error;
			const other = await reads.workflow(name);
			if (other && other.id !== id) {
				throw new StatecraftError('workflow_name_taken', `${other.id} is named ${name} already`, { actual: other.id });
			}
			// Or the agent was removed meanwhile.
			await requireAgent(agentId);
			throw error;
		}
	}

	/** Changes a workflow on top of the revision that was read. */
	function change(
		id: string,
		conditions: Conditions,
		work: (workflow: WorkflowView) => Promise<Readonly<Record<string, ColumnValue>>>,
	): Promise<void> {
		return serial(id, async () => {
			const workflow = await requireWorkflow(reads, id);
			refuseStale(workflow, conditions);
			const columns = pickChanged(await work(workflow), workflow);
			const extra = conditions.records?.(id) ?? [];
			if (Object.keys(columns).length === 0) {
				// Nothing to tell anybody, but the repetition of this request is to be known as one.
				if (extra.length > 0) await system.write({ records: extra });
				return;
			}
			const at = clock.now();
			const enabled = columns.enabled === undefined ? workflow.enabled : columns.enabled === true;
			const set = { ...columns, revision: workflow.revision + 1, updated_at: at };
			const told = { workflowId: id, changed: Object.keys(columns).map(fieldOf), enabled };
			const event: OrchestratorCommandEvent = enabled
				? { type: 'WORKFLOW_SAVED', workflowId: id }
				: { type: 'WORKFLOW_ENDED', workflowId: id, reason: 'disabled' };
			const { name = workflow.name, agent_id: agentId = workflow.agentId } = columns;
			await save({ id, name: String(name), agentId: String(agentId) }, event, {
				records: [
					{ op: 'update', table: 'workflows', id, set },
					audited(workflow, describeChange(columns), conditions),
					...extra,
				],
				events: [createEvent('workflow.updated', workflow.agentId, at, told)],
			});
		});
	}

	function audited(
		{ id, name, agentId }: Pick<WorkflowView, 'id' | 'name' | 'agentId'>,
		{ action, changed }: { readonly action: string; readonly changed?: readonly string[] },
		{ by, reason }: Conditions,
	): DomainRecord {
		const detail = { name, ...(changed && { changed }) };
		return auditRecord(clock.now(), { by, action, agentId, subject: id, reason: reason ?? null, detail });
	}

	async function create(input: SaveWorkflow, conditions: Conditions): Promise<{ readonly id: string }> {
		const at = clock.now();
		const id = createId('workflow', at);
		const columns = await toColumns({ ...input, trigger: unmaskTrigger(input.trigger, undefined) });
		const agentId = String(columns.agent_id);
		const row = { id, ...columns, revision: 1, created_at: at, updated_at: at };
		const saved: OrchestratorCommandEvent = { type: 'WORKFLOW_SAVED', workflowId: id };
		await save({ id, name: input.name, agentId }, saved, {
			records: [
				{ op: 'insert', table: 'workflows', row },
				audited({ id, name: input.name, agentId }, { action: 'workflow.create' }, conditions),
				...(conditions.records?.(id) ?? []),
			],
			events: [createEvent('workflow.created', agentId, at, { workflowId: id, name: input.name })],
		});
		return { id };
	}

	function remove(id: string, conditions: Conditions): Promise<void> {
		return serial(id, async () => {
			const workflow = await requireWorkflow(reads, id);
			refuseStale(workflow, conditions);
			const { agentId, name } = workflow;
			const at = clock.now();
			const ended: OrchestratorCommandEvent = { type: 'WORKFLOW_ENDED', workflowId: id, reason: 'removed' };
			await system.send(orchestratorAddress, ended, {
				records: [
					...(await reads.outstandingQueueDispatches(id)).flatMap((dispatch) => giveBack(dispatch, at)),
					{ op: 'delete', table: 'workflows', id },
					audited(workflow, { action: 'workflow.delete' }, conditions),
					...(conditions.records?.(id) ?? []),
				],
				events: [createEvent('workflow.deleted', agentId, at, { workflowId: id, name })],
			});
			// A runner that could not be restored hears of nothing any more.
			const runner = runnerAddress(id);
			if (system.quarantineReason(runner) !== undefined) await system.remove(runner);
		});
	}

	return {
		...dispatches,
		create,
		replace: (id, input, conditions) =>
			change(id, conditions, ({ trigger }) => toColumns({ ...input, trigger: unmaskTrigger(input.trigger, trigger) })),
		setEnabled: (id, enabled, conditions) => change(id, conditions, async () => ({ enabled })),
		remove,
		async preview({ template, item = sampleItem, agent, workflowName = 'preview' }) {
			const { id, name, cwd } = agent === undefined ? sampleAgent : await requireAgent(agent);
			const at = clock.now();
			const text = parseTemplate(template).render({
				item: completeItem({ sourceId: 'preview', ...item }, 'preview', at),
				workflow: { id: 'wfl_preview', name: workflowName },
				agent: { id, name, cwd },
				dispatch: { id: 'dsp_preview', attempt: 1 },
				now: new Date(at).toISOString(),
			});
			return { text };
		},
		nextFires: (trigger) => (trigger.type === 'cron' ? listFires(trigger, clock.now(), shownFires) : []),
		enqueue: (queue, item, conditions) =>
			queues.add(queue, completeItem(item, conditions.by, clock.now()), item.sourceId ?? null, conditions),
		retire: (id, revision) =>
			change(id, { by: 'statecraft' }, async (workflow) => {
				const isOver = workflow.revision === revision && (await reads.nextDueAt(id)) === null;
				return isOver ? { enabled: false } : {};
			}).catch((thrown: unknown) => {
				// It was removed meanwhile.
				if (toStatecraftError(thrown).code !== 'workflow_not_found') throw thrown;
			}),
	};
}

/** Those columns that the row does not hold already. */
function pickChanged(columns: Readonly<Record<string, ColumnValue>>, workflow: WorkflowView) {
	const row = toRow(workflow);
	return Object.fromEntries(Object.entries(columns).filter(([name, value]) => row[name] !== value));
}

function describeChange(columns: Readonly<Record<string, ColumnValue>>) {
	const changed = Object.keys(columns);
	if (changed.length > 1 || columns.enabled === undefined) return { action: 'workflow.edit', changed };
	return { action: columns.enabled === true ? 'workflow.enable' : 'workflow.disable' };
}

function toRow(workflow: WorkflowView): Readonly<Record<string, ColumnValue>> {
	const { name, agentId, trigger, template, enabled, policy, retry } = workflow;
	return {
		name,
		agent_id: agentId,
		trigger: JSON.stringify(trigger),
		template,
		enabled,
		policy: policy && JSON.stringify(policy),
		retry: JSON.stringify(retry),
	};
}

/** What people call a column. */
function fieldOf(column: string): string {
	return column === 'agent_id' ? 'agent' : column;
}

/** The queue item of a dispatch that goes with its workflow. */
function giveBack(dispatch: DispatchView, at: number): readonly DomainRecord[] {
	const status = queueItemStatusWithout(dispatch);
	if (dispatch.queueItemId === null || status === undefined) return [];
	// Whoever still holds the dispatch in hand finds the item gone.
	const set = { status, dispatch_id: null, visible_at: null, updated_at: at };
	return [{ op: 'update', table: 'queue_items', id: dispatch.queueItemId, set }];
}

/** Enough to see whether an expression means what it should. */
const shownFires = 3;
const sampleAgent = { id: 'agt_preview', name: 'preview', cwd: '/' };
const sampleItem = { title: 'A title', body: 'A body', url: 'https://example.org/1', labels: ['label'], metadata: {} };
