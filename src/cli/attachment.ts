/**
 * One person's (or pipe's) conversation with an agent: what was typed becomes prompts and answers,
 * what happens is read from the events. Settled or not is always asked of the API, never guessed.
 */

import { EventEmitter, once } from 'node:events';
import { answerFromLine } from './answers.ts';
import type { ApiClient } from './client.ts';
import { isSettled } from './prompt.ts';
import type { AgentResource, EventResource, PromptResource, RequestResource } from './resources.ts';

/** With no event for so long, the API is asked anyway. */
const silenceMs = 5_000;

export interface AttachmentEvents {
	/** An agent asks something new. */
	onRequest(request: RequestResource): void;
	/** A prompt of ours has ended. */
	onSettled(prompt: PromptResource): void;
}

export interface Attachment {
	/** Takes a line: the answer to the oldest open request, else a prompt. */
	take(line: string): Promise<void>;
	/** Brings prompts and requests up to date after an event that may concern them. */
	follow(event: EventResource): Promise<void>;
	/** Reads the open requests: once at the start, and after a reconnect. */
	refresh(): Promise<void>;
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
	let open: readonly RequestResource[] = [];
	let unfinished = 0;
	/** A line on its way: events that it causes may come before its answer does. */
	let taking: Promise<void> = Promise.resolve();

	async function refreshRequests(): Promise<void> {
		const known = new Set(open.map(({ id }) => id));
		open = (await api.requests({ status: 'open', agentId: agent.id })).items;
		for (const request of open) if (!known.has(request.id)) events.onRequest(request);
	}

	async function refreshPrompts(): Promise<void> {
		for (const id of pending) {
			const prompt = await api.prompt(id);
			if (!isSettled(prompt) || !pending.delete(id)) continue;
			if (prompt.status !== 'finished') unfinished += 1;
			events.onSettled(prompt);
		}
	}

	async function refresh(): Promise<void> {
		await refreshRequests();
		await refreshPrompts();
		changes.emit('change');
	}

	async function takeLine(line: string): Promise<void> {
		const [request, ...others] = open;
		if (request === undefined) {
			const prompt = await api.submitPrompt(agent.id, { text: line });
			pending.add(prompt.id);
			return;
		}
		await api.answer(request.id, answerFromLine(request, line));
		open = others;
	}

	return {
		refresh,
		asks: () => open.length > 0,
		allFinished: () => unfinished === 0,
		take(line) {
			taking = takeLine(line);
			return taking;
		},
		async follow({ topic }) {
			if (topic.startsWith('agent.output.')) return;
			// The one who typed the line is told when it fails.
			await taking.catch(() => undefined);
			await refresh();
		},
		async calm() {
			while (pending.size > 0 && open.length === 0)
				await once(changes, 'change', { signal: AbortSignal.timeout(silenceMs) }).catch(refresh);
		},
	};
}
