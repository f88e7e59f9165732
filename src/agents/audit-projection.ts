/** What is audited of an agent's step: what people asked of it, and what a rule decided in their place. */

import type { AgentCommandEvent } from '../../machines/agent-model.ts';
import { auditRecord, type Deed } from '../audit/record.ts';
import type { AgentStep, Gathered } from './agent-step.ts';

/** @param from the state before the step */
export function projectAudit(step: AgentStep, from: string | null, into: Gathered): void {
	const { event, agentId, at } = step;
	if (event.type === 'REQUEST_OVERDUE') {
		into.records.push(auditRecord(at, { ...describeTimeout(step, event.requestId), agentId }));
		return;
	}
	if (!('by' in event) || event.by === undefined) return;
	const deed = describeDeed(event, from);
	if (deed === null) return;
	into.records.push(auditRecord(at, { ...deed, by: event.by, agentId, reason: event.reason ?? null }));
}

function describeTimeout({ after }: AgentStep, requestId: string): Deed {
	const answer = after.requests.find(({ id }) => id === requestId)?.answer ?? null;
	return { by: 'deadline', action: 'request.timeout', subject: requestId, detail: { answer } };
}

const commands: Readonly<Partial<Record<AgentCommandEvent['type'], string>>> = {
	SPAWN: 'agent.start',
	STOP: 'agent.stop',
	KILL: 'agent.kill',
	RESTART: 'agent.restart',
	SUSPEND: 'agent.suspend',
	RESUME: 'agent.resume',
	CANCEL: 'agent.cancel',
	UNRESPONSIVE: 'agent.declared_unresponsive',
};

/** Null for what is audited elsewhere, with more to say: a change of the configuration, a prompt. */
function describeDeed(event: AgentCommandEvent, from: string | null): Omit<Deed, 'by'> | null {
	switch (event.type) {
		case 'SUSPEND': {
			const until = event.until === undefined ? null : new Date(event.until).toISOString();
			return { action: 'agent.suspend', detail: { state: from, until } };
		}
		case 'CANCEL_PROMPT':
			return { action: 'prompt.cancel', subject: event.promptId, detail: { state: from } };
		case 'ANSWER':
			return { action: 'request.answer', subject: event.requestId, detail: { answer: event.answer } };
		default: {
			const action = commands[event.type];
			return action === undefined ? null : { action, detail: { state: from } };
		}
	}
}
