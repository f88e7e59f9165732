/**
 * One person's (or pipe's) conversation with an agent: what is typed becomes prompts and answers, and
 * the events tell what becomes of them.
 *
 * 1. Events are followed in their order: a prompt counts as ended when all that the agent said in its
 *    turn has been told, not when the API knows of it.
 * 2. An event that a line causes may come before the answer to that line; it waits for it.
 */

import { EventEmitter, once } from 'node:events';
import type { EventTopic } from '../events/catalogue.ts';
import { answerFromLine } from './answers.ts';
import type { ApiClient } from './client.ts';
import { isSettled } from './prompt.ts';
import type { AgentResource, EventResource, PromptResource, RequestResource } from './resources.ts';

/** With no event for so long, the API is asked whether prompts have ended. */
const silenceMs = 5_000;

const settlingTopics: ReadonlySet<string> = new Set<EventTopic>([
	'prompt.finished',
	'prompt.interrupted',
	'prompt.cancelled',
	'prompt.failed',
]);
const closingTopics: ReadonlySet<string> = new Set<EventTopic>([
	'request.answered',
	'request.withdrawn',
	'request.timed_out',
]);

export interface AttachmentEvents {
	/** The agent asks something. */
	onRequest(request: RequestResource): void;
	/** A prompt of ours has ended. */
	onSettled(prompt: PromptResource): void;
}

export interface Attachment {
	/** Reads the requests that are open already. */
	begin(): Promise<void>;
	/** Takes a line: the answer to the oldest open request, else a prompt. */
	take(line: string): Promise<void>;
	/** Brings prompts and requests up to date. */
	follow(event: EventResource): Promise<void>;
	/** True when a request waits for an answer. */
	asks(): boolean;
	/** Resolves when our prompts have ended, or a request waits for an answer. */
	calm(): Promise<void>;
	/** True when every prompt so far has finished, as opposed to failed, interrupted or cancelled. */
	allFinished(): boolean;
}

export function createAttachment(api: ApiClient, agent: AgentResource, events: AttachmentEvents): Attachment {
	const changes = new EventEmitter();
	const pending = new Set<string>();
	/** Oldest first. */
	const open = new Map<string, RequestResource>();
	let unfinished = 0;
	let taking: Promise<void> = Promise.resolve();

	function raise(request: RequestResource): void {
		if (request.status !== 'open' || open.has(request.id)) return;
		open.set(request.id, request);
		events.onRequest(request);
	}

	async function settle(promptId: string): Promise<void> {
		const prompt = await api.prompt(promptId);
		if (!isSettled(prompt) || !pending.delete(promptId)) return;
		if (prompt.status !== 'finished') unfinished += 1;
		events.onSettled(prompt);
	}

	async function takeLine(line: string): Promise<void> {
		const [request] = open.values();
		if (request === undefined) {
			pending.add((await api.submitPrompt(agent.id, { text: line })).id);
			return;
		}
		await api.answer(request.id, answerFromLine(request, line));
		open.delete(request.id);
	}

	return {
		asks: () => open.size > 0,
		allFinished: () => unfinished === 0,
		async begin() {
			const { items } = await api.requests({ status: 'open', agentId: agent.id });
			for (const request of items) raise(request);
		},
		take(line) {
			taking = takeLine(line);
			return taking;
		},
		async follow({ topic, data }) {
			if (topic.startsWith('agent.output.')) return;
			// The one who typed the line is told when it fails.
			await taking.catch(() => undefined);
			const { promptId, requestId } = (data ?? {}) as { readonly promptId?: string; readonly requestId?: string };
			if (promptId !== undefined && settlingTopics.has(topic) && pending.has(promptId)) await settle(promptId);
			if (requestId !== undefined && topic === 'request.opened') raise(await api.request(requestId));
			if (requestId !== undefined && closingTopics.has(topic)) open.delete(requestId);
			changes.emit('change');
		},
		async calm() {
			while (pending.size > 0 && open.size === 0) {
				const silence = AbortSignal.timeout(silenceMs);
				await once(changes, 'change', { signal: silence }).catch(() => Promise.all([...pending].map(settle)));
			}
		},
	};
}
