/**
 * A model API on loopback that costs nothing, so that real agent programs run in tests: Anthropic
 * Messages, OpenAI Chat Completions and OpenAI Responses, streaming and not. What it answers is
 * written into the prompt (`REPLY:`, `TOOL:`, `BACKGROUND:`, `ASK:`, `WAIT:`, `FAIL:`, `CHUNKS:`,
 * `PAUSE:`; see fake-model-conversation.ts).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { decideAnswer } from './fake-model-answer.ts';
import { sendAnthropicMessage } from './fake-model-anthropic.ts';
import { readConversation } from './fake-model-conversation.ts';
import { sendChatCompletion, sendResponse } from './fake-model-openai.ts';
import { pause, sendJson } from './fake-model-stream.ts';

/** A request the model got, as a test may look at it afterwards. */
export interface ModelRequest {
	readonly path: string;
	readonly body: unknown;
	/** `abandoned` when the agent hung up before the answer was complete. */
	outcome: 'pending' | 'answered' | 'abandoned';
}

export interface FakeModel {
	/** Without a trailing slash; the OpenAI APIs live below `/v1`. */
	readonly url: string;
	/** Every request for an answer, in order. */
	readonly requests: readonly ModelRequest[];
	close(): Promise<void>;
}

/** Starts the model on a free port of the loopback interface. */
export async function startFakeModel(): Promise<FakeModel> {
	const requests: ModelRequest[] = [];
	const server = createServer((request, response) => {
		serve(request, response, requests).catch((error: unknown) => sendJson(response, toApiError(error), 400));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('The fake model has no port');
	return {
		url: `http://127.0.0.1:${address.port}`,
		requests,
		close: () =>
			new Promise((resolve, reject) => {
				server.close((error) => (error === undefined ? resolve() : reject(error)));
				server.closeAllConnections();
			}),
	};
}

async function serve(request: IncomingMessage, response: ServerResponse, requests: ModelRequest[]): Promise<void> {
	const path = (request.url ?? '/').split('?')[0] ?? '/';
	if (request.method !== 'POST') return serveModelList(path, response);
	const body = await json(request);
	if (path.endsWith('/count_tokens')) return sendJson(response, { input_tokens: 10 });
	const entry: ModelRequest = { path, body, outcome: 'pending' };
	requests.push(entry);
	response.once('close', () => {
		entry.outcome = response.writableFinished ? 'answered' : 'abandoned';
	});
	await answer(path, body, response);
}

async function answer(path: string, body: unknown, response: ServerResponse): Promise<void> {
	const conversation = readConversation(body);
	const { waitMs, failStatus } = conversation.directives;
	await pause(response, waitMs);
	if (failStatus !== null) return sendJson(response, toApiError(new Error('asked to fail')), failStatus);
	const { model, stream } = conversation;
	const decided = decideAnswer(conversation);
	if (path.endsWith('/messages')) return sendAnthropicMessage(response, model, stream, decided);
	if (path.endsWith('/chat/completions')) return sendChatCompletion(response, model, stream, decided);
	if (path.endsWith('/responses')) return sendResponse(response, model, stream, decided);
	return sendJson(response, toApiError(new Error(`no such path ${path}`)), 404);
}

function serveModelList(path: string, response: ServerResponse): void {
	if (path.endsWith('/models')) sendJson(response, { object: 'list', data: [{ id: 'fake', object: 'model' }] });
	else sendJson(response, {}, 404);
}

function toApiError(error: unknown): unknown {
	const message = error instanceof Error ? error.message : String(error);
	return { type: 'error', error: { type: 'api_error', message } };
}
