/**
 * Request intake: from a session's word that it asks something to a policy's decision, or to an open
 * request in the agent's machine, with its row in the same transaction.
 *
 * 1. A request is committed before anybody can answer it, and a policy's decision before the agent hears it.
 * 2. One that the agent raises again after a crash is the same request; if a human has answered it
 *    meanwhile, the agent gets that answer, but only for the prompt it was given for.
 * 3. One that the machine refuses (no turn is in progress, the turn is being cancelled) is answered
 *    `cancelled`: never an approval that nobody gave.
 * 4. A policy allows this once and nothing beyond: where the agent does not offer that, a human is asked.
 * 5. A deadline belongs to the request: raised again after a crash it has the first one.
 * 6. What a policy decided is not kept: raised again after a crash it is decided again.
 */

import type { AgentCommandEvent, AgentContext, OpenRequest, RequestDeadline } from '../../machines/agent-model.ts';
import { auditRecord } from '../audit/record.ts';
import type { Clock } from '../durable/clock.ts';
import type { Writes } from '../durable/definition.ts';
import type { ColumnValue, WriteUnit } from '../durable/store.ts';
import { createEvent } from '../events/catalogue.ts';
import { createId } from '../ids.ts';
import type { Verdict } from '../requests/policy/evaluate.ts';
import type { Connection } from './connection.ts';
import type { AgentRequest, RequestAnswer } from './drivers/driver.ts';
import { createPermissionJudge, type Judgement } from './permission-judge.ts';
import type { Reads } from './views.ts';

export interface RequestIntakeDeps {
	readonly clock: Clock;
	readonly reads: Pick<Reads, 'agent' | 'prompt'>;
	/** Writes rows that belong to no step. */
	write(unit: WriteUnit): Promise<unknown>;
	report(agentId: string, event: AgentCommandEvent, writes?: Writes): Promise<boolean>;
	contextOf(agentId: string): AgentContext | undefined;
	/** Puts output that came before in the queue of commits. */
	flushOutput(): void;
}

export interface RequestIntake {
	raised(
		agentId: string,
		generation: number,
		request: AgentRequest,
		connection: () => Connection | null,
	): Promise<void>;
	withdrawn(
		agentId: string,
		generation: number,
		key: string,
		note: string,
		connection: () => Connection | null,
	): Promise<void>;
}

export function createRequestIntake(deps: RequestIntakeDeps): RequestIntake {
	const { clock, report, contextOf, flushOutput } = deps;
	const { judge } = createPermissionJudge(deps.reads);

	/** A request of an earlier run that this is, raised again. What was allowed for one prompt is not for another. */
	function findKnown(agentId: string, { fingerprint }: AgentRequest, promptId: string | null): OpenRequest | undefined {
		return contextOf(agentId)?.requests.find(
			(known) =>
				known.origin === 'agent' &&
				!known.attached &&
				known.fingerprint === fingerprint &&
				(known.answer === null || known.promptId === promptId),
		);
	}

	/** Puts the request into the machine; false when the agent was refused instead. */
	async function open(
		connection: Connection,
		requestId: string,
		request: AgentRequest,
		known: OpenRequest | undefined,
		deadline: RequestDeadline | null,
		askedAt: number,
	): Promise<boolean> {
		const { agentId, generation } = connection;
		const { fingerprint } = request;
		const limit = known || !deadline ? {} : { deadline };
		const event: AgentCommandEvent = { type: 'INPUT_REQUESTED', generation, requestId, fingerprint, ...limit };
		const writes = known ? {} : describe(connection, requestId, request, contextOf(agentId), askedAt, deadline);
		if (await report(agentId, event, writes)) return true;
		connection.detachRequest(request.key);
		await connection.refuse(request.key).catch(ended);
		return false;
	}

	/** Answers by a policy, at once; false when its decision could not be written: then a human is asked. */
	async function settle(
		connection: Connection,
		requestId: string,
		{ title }: AgentRequest,
		decided: Decision,
	): Promise<boolean> {
		const { agentId, promptId } = connection;
		const { decision, rule, use, answer } = decided;
		const at = clock.now();
		const { names, command, paths } = use;
		const detail = { title, tool: names[0] ?? null, command, paths };
		const deed = { by: 'policy', action: `permission.${decision}`, agentId, subject: promptId, reason: rule, detail };
		const told = createEvent('permission.decided', agentId, at, { promptId, title, decision, rule });
		try {
			await deps.write({ records: [auditRecord(at, deed)], events: [told] });
		} catch {
			return false;
		}
		await connection.answer(requestId, answer).catch(ended);
		return true;
	}

	/** Whether the turn that asks is the one in progress. */
	function isInTurn({ agentId, generation, promptId }: Connection): boolean {
		const context = contextOf(agentId);
		return context?.generation === generation && context.turn !== null && context.turn.id === promptId;
	}

	return {
		async raised(agentId, _generation, request, connectionOf) {
			const connection = connectionOf();
			if (!connection) return;
			const known = findKnown(agentId, request, connection.promptId);
			const requestId = known?.id ?? createId('request', clock.now());
			connection.attachRequest(requestId, request.key);
			// People read what led to a question before the question.
			flushOutput();
			if (known?.answer) {
				await connection.answer(requestId, known.answer as unknown as RequestAnswer);
				await report(agentId, { type: 'ANSWER_DELIVERED', requestId });
				return;
			}
			const judgement = await judge(agentId, connection.promptId, request);
			// The agent may have taken it back meanwhile.
			if (!connection.waitsFor(requestId)) return;
			const decided = findAnswer(request, judgement);
			if (decided && !known && isInTurn(connection) && (await settle(connection, requestId, request, decided))) return;
			const askedAt = clock.now();
			const deadline = findDeadline(request, judgement, askedAt);
			const isOpen = await open(connection, requestId, request, known, deadline, askedAt);
			// It was put to a human before; that the policy has changed closes it for everybody to see.
			if (isOpen && known && decided) {
				const { answer, rule: reason } = decided;
				await report(agentId, { type: 'ANSWER', requestId, answer: { ...answer }, by: 'policy', reason });
			}
		},
		async withdrawn(agentId, generation, key, note, connectionOf) {
			const requestId = connectionOf()?.detachRequest(key);
			if (requestId !== undefined) await report(agentId, { type: 'INPUT_WITHDRAWN', generation, requestId, note });
		},
	};
}

function ended(): void {
	// The connection has ended, or the agent took it back: and with it goes the question.
}

interface Decision extends Pick<Judgement, 'use'>, Verdict {
	readonly decision: 'allow' | 'deny';
	readonly answer: RequestAnswer;
}

/** What the agent is told in place of a human's answer; null where a human is to be asked. */
function findAnswer({ options }: AgentRequest, { verdict, use }: Judgement): Decision | null {
	if (verdict === null || verdict.decision === 'ask') return null;
	const { decision, rule } = verdict;
	if (decision === 'deny') return { decision, rule, use, answer: { decline: true } };
	const once = options.find(({ kind }) => kind === 'allow_once');
	return once ? { decision, rule, use, answer: { optionId: once.optionId } } : null;
}

/** How long a human is waited for, and what is answered then; to a question never more than no. */
function findDeadline({ kind, options }: AgentRequest, { requests }: Judgement, now: number): RequestDeadline | null {
	if (requests?.deadlineSeconds === undefined) return null;
	const at = now + Math.round(requests.deadlineSeconds * 1_000);
	const { onDeadline = 'deny' } = requests;
	const once = options.find((option) => option.kind === 'allow_once');
	if (onDeadline === 'keep') return { at, answer: null };
	const isAllowed = onDeadline === 'allow' && kind === 'permission' && once;
	return { at, answer: isAllowed ? { optionId: once.optionId } : { decline: true } };
}

/** The row and the event of a new request. */
function describe(
	{ agentId, promptId }: Connection,
	requestId: string,
	request: AgentRequest,
	context: AgentContext | undefined,
	at: number,
	deadline: RequestDeadline | null,
): Writes {
	const row: Record<string, ColumnValue> = {
		id: requestId,
		agent_id: agentId,
		run_id: context?.run?.id ?? null,
		prompt_id: promptId,
		key: request.fingerprint,
		kind: request.kind,
		title: request.title,
		detail: JSON.stringify(request.detail),
		options: JSON.stringify(request.options),
		status: 'open',
		asked_at: at,
		deadline_at: deadline?.at ?? null,
	};
	const { kind, title } = request;
	const deadlineAt = deadline && { deadlineAt: deadline.at };
	return {
		records: [{ op: 'insert', table: 'requests', row }],
		events: [createEvent('request.opened', agentId, at, { requestId, kind, title, ...deadlineAt })],
	};
}
