/** Answers to requests: compare-and-set, so that of two answers the first one counts. */

import type { DurableSystem } from '../durable/system.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { type AgentCommands, attribution, toSendOptions } from './agent-commands.ts';
import type { RequestAnswer } from './drivers/driver.ts';
import type { QuestionService } from './question-service.ts';
import { isOfSupervisor } from './request-owner.ts';
import type { AgentService } from './service.ts';
import type { Reads, RequestView } from './views.ts';

export interface RequestServiceDeps {
	readonly system: Pick<DurableSystem, 'send'>;
	readonly commands: AgentCommands;
	readonly reads: Reads;
	readonly questions: Pick<QuestionService, 'isOurs' | 'answer'>;
}

export function createRequestService({ system, commands, reads, questions }: RequestServiceDeps): {
	readonly answer: AgentService['answerRequest'];
} {
	async function requireRequest(id: string): Promise<RequestView> {
		const request = await reads.request(id);
		if (!request) throw new StatecraftError('request_not_found', `there is no request ${id}`);
		return request;
	}

	return {
		async answer(requestId, answer, conditions) {
			const request = await requireRequest(requestId);
			if (request.status !== 'open') throw settled(request);
			const given = { ...checkAnswer(request, answer) };
			if (questions.isOurs(request)) {
				if (await questions.answer(request, given, conditions)) return;
				throw settled(await requireRequest(requestId));
			}
			try {
				const event = { type: 'ANSWER', requestId, answer: given, ...attribution(conditions) } as const;
				const options = toSendOptions(conditions, requestId);
				if (isOfSupervisor(request)) await system.send(request.key, event, options);
				else await commands.send(request.agentId, event, options);
			} catch (thrown) {
				const error = toStatecraftError(thrown);
				throw isTooLate(error) ? settled(await requireRequest(requestId)) : error;
			}
		},
	};
}

/** Whoever asked does not ask any more, or is not there any more. */
function isTooLate({ code }: StatecraftError): boolean {
	return code === 'event_refused' || code === 'actor_stopped';
}

function settled({ id, status, answer, answeredBy }: RequestView): StatecraftError {
	return new StatecraftError('request_settled', `Request ${id} is ${status} already`, {
		actual: { status, answer, answeredBy },
	});
}

/** A permission takes one of its options, or a decline; a question takes an answer as well. */
function checkAnswer(request: RequestView, answer: RequestAnswer): RequestAnswer {
	if ('optionId' in answer) {
		if (request.options.some(({ optionId }) => optionId === answer.optionId)) return answer;
		throw new StatecraftError('invalid_request', `${answer.optionId} is not one of the options`, {
			expected: request.options.map(({ optionId }) => optionId),
			actual: answer.optionId,
		});
	}
	if ('answer' in answer && request.kind === 'permission') {
		throw new StatecraftError('invalid_request', 'A permission is answered with one of its options', {
			expected: request.options.map(({ optionId }) => optionId),
		});
	}
	return answer;
}
