/**
 * Open requests of an ACP agent: permissions (`session/request_permission`) and questions
 * (`elicitation/create`), each from the moment it is raised until it is answered, withdrawn or cancelled.
 *
 * 1. An approval is an option id that the agent itself offered, chosen through `answer`. Everything else
 *    (decline, cancellation, a broken connection, an unknown option) is no approval.
 * 2. A request is answered once; the second answer is refused.
 * 3. While a turn is being cancelled, what the agent still asks is cancelled at once.
 * 4. When the connection ends, open requests are kept as they are: the agent may raise them again in its
 *    next process, and the host re-attaches them by fingerprint.
 */
import { randomUUID } from 'node:crypto';
import type {
	CreateElicitationRequest,
	CreateElicitationResponse,
	ElicitationContentValue,
	RequestPermissionRequest,
	RequestPermissionResponse,
} from '@agentclientprotocol/sdk';
import { z } from 'zod';
import { StatecraftError } from '../../errors.ts';
import type { AgentRequest, RequestAnswer, SessionSink } from './driver.ts';
import { fingerprintRequest } from './fingerprint.ts';

/** Turns an answer into the protocol's words; throws `invalid_request` for one that does not fit. */
type Encode<Response> = (answer: RequestAnswer) => Response;

interface OpenRequest {
	answer(answer: RequestAnswer): void;
	cancel(): void;
}

export interface AcpRequests {
	/** Resolves with the agent's answer; `signal` aborts when the agent withdraws it or the connection ends. */
	permission(params: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse>;
	question(params: CreateElicitationRequest, signal: AbortSignal): Promise<CreateElicitationResponse>;
	/** Throws `request_settled` when nothing is open under this key. */
	answer(key: string, answer: RequestAnswer): void;
	/** Cancels what is open, and what is raised until `resume` is called. */
	cancelAll(note: string): void;
	resume(): void;
}

/** @param isConnected false once the connection has ended: see invariant 4 */
export function createAcpRequests(sink: SessionSink, isConnected: () => boolean): AcpRequests {
	const open = new Map<string, OpenRequest>();
	let cancelling = false;

	function raise<Response>(request: AgentRequest, encode: Encode<Response>, signal: AbortSignal): Promise<Response> {
		if (cancelling) return Promise.resolve(encode({ cancelled: true }));
		return new Promise((resolve) => {
			const settle = (response: Response) => {
				open.delete(request.key);
				signal.removeEventListener('abort', withdraw);
				resolve(response);
			};
			const withdraw = () => {
				settle(encode({ cancelled: true }));
				if (isConnected()) sink.requestWithdrawn(request.key, 'the agent withdrew it');
			};
			open.set(request.key, {
				answer: (answer) => settle(encode(answer)),
				cancel: () => settle(encode({ cancelled: true })),
			});
			signal.addEventListener('abort', withdraw);
			sink.requestRaised(request);
		});
	}

	return {
		permission: (params, signal) => raise(describePermission(params), encodePermission(params), signal),
		question: (params, signal) => raise(describeQuestion(params), encodeQuestion(params), signal),
		answer(key, answer) {
			const request = open.get(key);
			if (request === undefined) {
				throw new StatecraftError('request_settled', 'The agent no longer waits for an answer to this request');
			}
			request.answer(answer);
		},
		cancelAll(note) {
			if (!isConnected()) return;
			cancelling = true;
			for (const [key, request] of [...open]) {
				request.cancel();
				sink.requestWithdrawn(key, note);
			}
		},
		resume() {
			cancelling = false;
		},
	};
}

function describePermission({ toolCall, options }: RequestPermissionRequest): AgentRequest {
	const title = toolCall.title ?? 'The agent asks for permission';
	const { toolCallId, kind, rawInput, locations, content } = toolCall;
	const stable = { tool: kind ?? 'other', input: rawInput ?? null, locations: locations ?? [] };
	return {
		key: randomUUID(),
		kind: 'permission',
		title,
		detail: { ...stable, toolCallId, content: content ?? [] },
		options: options.map(({ optionId, name, kind }) => ({ optionId, name, kind })),
		fingerprint: fingerprintRequest('permission', title, stable),
	};
}

function encodePermission({ options }: RequestPermissionRequest): Encode<RequestPermissionResponse> {
	const cancelled = { outcome: { outcome: 'cancelled' as const } };
	const select = (optionId: string) => ({ outcome: { outcome: 'selected' as const, optionId } });
	return (answer) => {
		if ('cancelled' in answer) return cancelled;
		if ('decline' in answer) {
			const rejection =
				options.find(({ kind }) => kind === 'reject_once') ?? options.find(({ kind }) => kind === 'reject_always');
			return rejection === undefined ? cancelled : select(rejection.optionId);
		}
		const optionId = 'optionId' in answer ? answer.optionId : undefined;
		if (optionId === undefined || !options.some((option) => option.optionId === optionId)) {
			const expected = options.map((option) => option.optionId);
			const extras = { expected, actual: optionId ?? null };
			throw new StatecraftError('invalid_request', 'A permission is answered with one of its options', extras);
		}
		return select(optionId);
	};
}

function describeQuestion(params: CreateElicitationRequest): AgentRequest {
	const { message, _meta, ...rest } = params;
	const { sessionId, requestId, toolCallId, elicitationId, ...stable } = rest as Record<string, unknown>;
	return {
		key: randomUUID(),
		kind: 'question',
		title: message,
		detail: { question: message, ...stable },
		options: [],
		fingerprint: fingerprintRequest('question', message, stable),
	};
}

const fieldValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const formSchema = z.record(z.string(), fieldValue);

function encodeQuestion(params: CreateElicitationRequest): Encode<CreateElicitationResponse> {
	return (answer) => {
		if ('cancelled' in answer) return { action: 'cancel' };
		if ('decline' in answer) return { action: 'decline' };
		if (!('answer' in answer)) {
			throw new StatecraftError('invalid_request', 'A question is answered with `answer`, not with an option');
		}
		if (params.mode !== 'form') return { action: 'accept' };
		return { action: 'accept', content: fillForm(fieldNames(params), answer.answer) };
	};
}

function fieldNames(params: CreateElicitationRequest): string[] {
	const form = z.looseObject({ requestedSchema: z.looseObject({ properties: z.record(z.string(), z.unknown()) }) });
	return Object.keys(form.safeParse(params).data?.requestedSchema.properties ?? {});
}

/** A form of one field may be answered with the bare value. */
function fillForm(names: readonly string[], answer: unknown): Record<string, ElicitationContentValue> {
	const [only, ...others] = names;
	const bare = fieldValue.safeParse(answer).data;
	if (bare !== undefined && only !== undefined && others.length === 0) return { [only]: bare };
	const form = formSchema.safeParse(answer).data;
	if (form !== undefined) return form;
	throw new StatecraftError('invalid_request', 'The answer does not fit the form', { expected: names });
}
