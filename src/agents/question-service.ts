/**
 * Questions that agents put to humans by a tool. No turn waits for the answer: it is a prompt of the agent,
 * whenever it comes and whatever has become of the run that asked.
 *
 * 1. A question asked again under its key is the first one: its id is made of the agent's and the key.
 * 2. The answer, its event and the prompt are one transaction, and the prompt's idempotency key admits one:
 *    of two answers the first counts, and reaches the agent once.
 */

import { createHash } from 'node:crypto';
import type { AgentContext } from '../../machines/agent-model.ts';
import { auditRecord } from '../audit/record.ts';
import type { Clock } from '../durable/clock.ts';
import type { ColumnValue, DomainRecord } from '../durable/store.ts';
import type { DurableSystem } from '../durable/system.ts';
import { toStatecraftError } from '../errors.ts';
import { createEvent } from '../events/catalogue.ts';
import { deedOf } from './agent-audit.ts';
import type { AgentCommands } from './agent-commands.ts';
import type { RequestAnswer } from './drivers/driver.ts';
import type { PromptService } from './prompt-service.ts';
import { isToolQuestion, toolQuestionPrefix } from './request-owner.ts';
import type { AskQuestion, Conditions, Questions } from './service.ts';
import type { RequestView } from './views.ts';

export interface QuestionServiceDeps {
	readonly system: Pick<DurableSystem, 'write'>;
	readonly commands: AgentCommands;
	readonly prompts: Pick<PromptService, 'submit'>;
	readonly clock: Clock;
}

export interface QuestionService extends Questions {
	/** Whether the request is such a question. */
	isOurs(request: RequestView): boolean;
	/** False when somebody else answered first. Rejects with `agent_not_running` where the agent takes no prompt. */
	answer(request: RequestView, answer: RequestAnswer, conditions: Conditions): Promise<boolean>;
}

export function createQuestionService({ system, commands, prompts, clock }: QuestionServiceDeps): QuestionService {
	return {
		async ask(agentId, question) {
			const { run, turn } = commands.require(agentId).getSnapshot().context as AgentContext;
			const at = clock.now();
			const row = describe(agentId, question, at);
			const { id: requestId, title } = row;
			const insert: DomainRecord = {
				op: 'insert',
				table: 'requests',
				row: { ...row, run_id: run?.id ?? null, prompt_id: turn?.id ?? null },
			};
			const opened = createEvent('request.opened', agentId, at, { requestId, kind: 'question', title });
			try {
				await system.write({ records: [insert], events: [opened] });
				return { requestId, repeated: false };
			} catch (thrown) {
				const error = toStatecraftError(thrown);
				if (error.code === 'constraint_violated') return { requestId, repeated: true };
				throw error;
			}
		},
		isOurs: isToolQuestion,
		async answer(request, answer, conditions) {
			const { id: requestId, agentId } = request;
			const at = clock.now();
			const { by: answeredBy } = conditions;
			const settle: DomainRecord = {
				op: 'update',
				table: 'requests',
				id: requestId,
				set: { status: 'answered', answer: JSON.stringify(answer), answered_by: answeredBy, settled_at: at },
			};
			const deed = { ...deedOf(conditions), action: 'request.answer', agentId, subject: requestId, detail: { answer } };
			const records = [settle, auditRecord(at, deed), ...(conditions.records?.(requestId) ?? [])];
			const events = [createEvent('request.answered', agentId, at, { requestId, answer, answeredBy })];
			const prompt = { text: tell(request, answer), idempotencyKey: `answer/${requestId}` };
			const { repeated } = await prompts.submit(agentId, prompt, { by: answeredBy }, { records, events });
			return !repeated;
		},
	};
}

function describe(agentId: string, { question, choices = [], context, key }: AskQuestion, at: number) {
	const hash = createHash('sha256')
		.update(JSON.stringify([agentId, key]))
		.digest('hex');
	return {
		id: `req_${hash.slice(0, 26)}`,
		agent_id: agentId,
		key: `${toolQuestionPrefix}${key}`,
		kind: 'question',
		title: question,
		detail: JSON.stringify({ question, ...(context !== undefined && { context }) }),
		// Every choice is an answer; none of them permits anything by itself.
		options: JSON.stringify(choices.map((name) => ({ optionId: name, name, kind: 'allow_once' }))),
		status: 'open',
		asked_at: at,
	} satisfies Record<string, ColumnValue>;
}

function tell({ id, title }: RequestView, answer: RequestAnswer): string {
	return `[Statecraft] A person has answered your question (request ${id}).\n\nQuestion: ${title}\nAnswer: ${say(answer)}`;
}

function say(answer: RequestAnswer): string {
	if ('optionId' in answer) return answer.optionId;
	if ('answer' in answer) return typeof answer.answer === 'string' ? answer.answer : JSON.stringify(answer.answer);
	return '(declined to answer)';
}
