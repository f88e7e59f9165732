/**
 * What a stream-json agent asks and waits for: permissions and questions, each from the moment it is
 * raised until it is answered, withdrawn or cancelled.
 *
 * 1. A request is answered once; a second answer is refused with `request_settled`.
 * 2. What is asked while a turn is being cancelled is cancelled at once.
 * 3. A request that nobody here understands is answered with an error, never ignored.
 * 4. When the connection ends, open requests stay as they are: the agent may raise them again, and the
 *    host re-attaches them by fingerprint.
 */
import { StatecraftError } from '../../errors.ts';
import type { AgentRequest, RequestAnswer, SessionSink } from './driver.ts';
import type { ControlChannel } from './stream-json-control.ts';
import type { ControlRequestMessage } from './stream-json-messages.ts';
import { describePermission, encodePermission, toolPermission } from './stream-json-permission.ts';
import {
	describeElicitation,
	describeQuestions,
	elicitation,
	encodeAnswers,
	encodeElicitation,
	readQuestions,
} from './stream-json-question.ts';

/** A request, and how an answer to it is put into the agent's words. */
interface Ask {
	readonly request: AgentRequest;
	encode(answer: RequestAnswer): unknown;
}

export interface StreamJsonRequests {
	/** Takes up what the agent asks; the same request told twice is taken up once. */
	raise(message: ControlRequestMessage): void;
	withdraw(key: string, note: string): void;
	answer(key: string, answer: RequestAnswer): Promise<void>;
	/** Cancels what is open. */
	cancelAll(note: string): Promise<void>;
}

export interface StreamJsonRequestsDeps {
	readonly sink: Pick<SessionSink, 'requestRaised' | 'requestWithdrawn'>;
	readonly control: ControlChannel;
	isCancelling(): boolean;
	/** Told when the agent could not be answered: the connection is ending. */
	onSendFailure(error: unknown): void;
}

export function createStreamJsonRequests(deps: StreamJsonRequestsDeps): StreamJsonRequests {
	const { sink, control, onSendFailure } = deps;
	const open = new Map<string, Ask>();

	return {
		raise(message) {
			const key = message.request_id;
			if (open.has(key)) return;
			const ask = readAsk(message);
			if (ask === null) {
				const text = `Statecraft does not support ${message.request.subtype}`;
				control.refuse(key, text).catch(onSendFailure);
			} else if (deps.isCancelling()) {
				control.answer(key, ask.encode({ cancelled: true })).catch(onSendFailure);
			} else {
				open.set(key, ask);
				sink.requestRaised(ask.request);
			}
		},
		withdraw(key, note) {
			if (open.delete(key)) sink.requestWithdrawn(key, note);
		},
		async answer(key, answer) {
			const ask = open.get(key);
			if (ask === undefined) {
				throw new StatecraftError('request_settled', 'The agent no longer waits for an answer to this request');
			}
			const response = ask.encode(answer);
			open.delete(key);
			await control.answer(key, response);
		},
		async cancelAll(note) {
			const asks = [...open];
			open.clear();
			for (const [key] of asks) sink.requestWithdrawn(key, note);
			await Promise.all(asks.map(([key, ask]) => control.answer(key, ask.encode({ cancelled: true }))));
		},
	};
}

function readAsk({ request_id: key, request }: ControlRequestMessage): Ask | null {
	const permission = toolPermission.safeParse(request).data;
	if (permission !== undefined) {
		const questions = readQuestions(permission);
		if (questions === null) {
			return { request: describePermission(key, permission), encode: (answer) => encodePermission(permission, answer) };
		}
		return {
			request: describeQuestions(key, questions),
			encode: (answer) => encodeAnswers(permission, questions, answer),
		};
	}
	const form = elicitation.safeParse(request).data;
	return form === undefined ? null : { request: describeElicitation(key, form), encode: encodeElicitation };
}
