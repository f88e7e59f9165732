/** The trigger `request_answered`: a human answered what an agent asked. */

import type { Reads } from '../../agents/views.ts';
import { payloadOf } from './event-payload.ts';
import { createEventSource, eventSourceId } from './event-source.ts';
import type { TriggerSource } from './source.ts';
import type { TriggerOf } from './trigger-config.ts';
import { findMissingAgent, watchedAgent } from './watched-agent.ts';
import { createWorkItem } from './work-item.ts';

type AnsweredTrigger = TriggerOf<'request_answered'>;

export function createRequestAnsweredSource(
	reads: Pick<Reads, 'events' | 'lastEventSeq' | 'agent' | 'request'>,
): TriggerSource<AnsweredTrigger, number> {
	return createEventSource<AnsweredTrigger>(reads, {
		topics: () => ['request.answered'],
		agentId: watchedAgent,
		findProblem: (request) => findMissingAgent(reads, request),
		async toItem(stored, { trigger }) {
			const answered = payloadOf(stored, 'request.answered');
			// A request that is gone went with its agent: nobody can say any more what was asked.
			const asked = answered && (await reads.request(answered.requestId));
			if (!asked || !isMeant(trigger, asked)) return undefined;
			const { requestId, answer, answeredBy } = answered;
			const { title, kind, agentId } = asked;
			return createWorkItem({
				sourceId: eventSourceId(stored),
				title: `Answered: ${title}`,
				at: stored.at,
				metadata: { requestId, title, kind, answer, answeredBy, agentId },
			});
		},
	});
}

function isMeant(trigger: AnsweredTrigger, asked: { readonly kind: string; readonly title: string }): boolean {
	if (trigger.kind !== undefined && trigger.kind !== asked.kind) return false;
	return asked.title.toLowerCase().includes((trigger.contains ?? '').toLowerCase());
}
