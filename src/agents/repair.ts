/**
 * Repair of quarantined agents: restored again, or begun afresh with what their rows still know.
 *
 * 1. A repaired agent is reconciled as at boot: whatever it was doing when it was set aside is over.
 * 2. A reset loses no accepted prompt: queued ones are queued again, a running one is interrupted.
 * 3. A reset forgets no question: open requests are withdrawn, and say why.
 * 4. A reset leaves nobody waiting: submitters are told of prompts that are over, and of the others later.
 */

import type { AgentInput, QueuedPrompt, ReplyTo } from '../../machines/agent-model.ts';
import type { PromptSettled } from '../../machines/prompt-settlement.ts';
import { auditRecord } from '../audit/record.ts';
import type { Clock } from '../durable/clock.ts';
import type { Told, Writes } from '../durable/definition.ts';
import type { DomainEvent, DomainRecord } from '../durable/store.ts';
import type { DurableSystem } from '../durable/system.ts';
import { createFailure, StatecraftError } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { agentAddress, agentIdOf } from './address.ts';
import { deedOf } from './agent-audit.ts';
import { type AgentLimits, createSettings } from './agent-settings.ts';
import { groupAddress } from './groups/address.ts';
import type { GroupReads } from './groups/views.ts';
import { reconcileAgent } from './reconciliation.ts';
import { isOfSupervisor } from './request-owner.ts';
import { salvageReplies } from './salvage.ts';
import type { Conditions, CreateAgent } from './service.ts';
import type { Listing, Page, PromptView, Reads } from './views.ts';

export interface RepairDeps {
	readonly system: DurableSystem;
	readonly reads: Reads & Pick<GroupReads, 'groupOf'>;
	readonly limits: AgentLimits;
	readonly clock: Clock;
}

export interface Repair {
	/** Restores the actor again, for instance after an upgrade that brings its migration. */
	retry(address: string): Promise<void>;
	/** Begins it afresh, pending, with its configuration and its queued prompts. */
	reset(address: string, conditions: Conditions): Promise<void>;
}

const failure = createFailure('interrupted', 'The agent could not be restored and was begun afresh.');

export function createRepair({ system, reads, limits, clock }: RepairDeps): Repair {
	async function reset(address: string, conditions: Conditions): Promise<void> {
		const view = await reads.agent(agentIdOf(address));
		if (!view) throw new StatecraftError('agent_not_found', `there is no agent ${agentIdOf(address)}`);
		const { id: agentId, generation } = view;
		const queued = await readAll((page) => reads.prompts(agentId, { status: 'queued' }, page));
		const replies = salvageReplies((await reads.snapshot(address))?.snapshot);
		const input: AgentInput = {
			agentId,
			autoStart: false,
			settings: { ...createSettings(view as unknown as CreateAgent, limits), group: await groupOf(agentId) },
			queue: queued.sort(byAge).map((prompt) => toQueued(prompt, replies.get(prompt.id))),
			// Its runs go on being numbered: an earlier one must not be taken for a later.
			generation,
		};
		const { records, events } = await closeBooks(agentId);
		const lost = [...replies].filter(([promptId]) => !queued.some(({ id }) => id === promptId));
		const audit = auditRecord(clock.now(), { ...deedOf(conditions), action: 'agent.reset', agentId });
		await system.reset(address, input, {
			records: [...records, audit, ...(conditions.records?.(agentId) ?? [])],
			events,
			messages: lost.map(([promptId, replyTo]) => tellInterrupted(promptId, replyTo)),
		});
	}

	async function groupOf(agentId: string): Promise<string | null> {
		const group = await reads.groupOf(agentId);
		return group ? groupAddress(group.id) : null;
	}

	/** What the lost actor had begun is over: its turn, its questions, its run. */
	async function closeBooks(agentId: string): Promise<Required<Pick<Writes, 'records' | 'events'>>> {
		const at = clock.now();
		const records: DomainRecord[] = [];
		const events: DomainEvent[] = [];
		const error = JSON.stringify(failure);
		for (const { id } of await readAll((page) => reads.prompts(agentId, { status: 'running' }, page))) {
			records.push({ op: 'update', table: 'prompts', id, set: { status: 'interrupted', error, finished_at: at } });
			events.push(createEvent('prompt.interrupted', agentId, at, { promptId: id, error: failure }));
		}
		for (const request of await readAll((page) => reads.requests({ agentId, status: 'open' }, page))) {
			if (isOfSupervisor(request)) continue;
			const { id } = request;
			const note = failure.message;
			records.push({ op: 'update', table: 'requests', id, set: { status: 'withdrawn', note, settled_at: at } });
			events.push(createEvent('request.withdrawn', agentId, at, { requestId: id, note }));
		}
		for (const { id, generation, state } of await readAll((page) => reads.runs(agentId, page))) {
			if (state !== 'spawning' && state !== 'running') continue;
			records.push({ op: 'update', table: 'runs', id, set: { state: 'failed', error, completed_at: at } });
			const change = { runId: id, generation, from: state, to: 'failed', error: failure };
			events.push(createEvent('run.state.changed', agentId, at, change));
		}
		return { records, events };
	}

	return {
		async retry(address) {
			await system.retryRestore(address);
			const actor = system.get(address);
			if (actor && address === agentAddress(agentIdOf(address))) await reconcileAgent(system, actor);
		},
		reset,
	};
}

function byAge(one: PromptView, other: PromptView): number {
	return one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1);
}

function toQueued({ id, repeatable }: PromptView, replyTo: ReplyTo | undefined): QueuedPrompt {
	return { id, repeatable, ...(replyTo && { replyTo }) };
}

/** Says what the lost actor cannot say any more. */
function tellInterrupted(promptId: string, { address, token }: ReplyTo): Told {
	const settled = { promptId, token, outcome: 'interrupted', failure, by: null } as const;
	return { to: address, event: { type: 'PROMPT_SETTLED', ...settled } satisfies PromptSettled };
}

async function readAll<T>(read: (page: Page) => Promise<Listing<T>>): Promise<T[]> {
	const items: T[] = [];
	for (;;) {
		const page = await read({ limit: 200, offset: items.length });
		items.push(...page.items);
		if (items.length >= page.total || page.items.length === 0) return items;
	}
}
