/** `statecraft prompt`: queue a prompt and, if asked, wait for its end. */

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { failureText } from './agent-views.ts';
import { parseSeconds } from './arguments.ts';
import { createBackoff } from './backoff.ts';
import type { ApiClient, PromptBody } from './client.ts';
import { createContext, createInterrupt } from './context.ts';
import { exitCodes, isUnreachable, ServerProblem, SilentExit } from './failure.ts';
import { paint, paintState } from './paint.ts';
import type { PromptResource } from './resources.ts';

interface Patience {
	readonly signal: AbortSignal;
	/** Epoch milliseconds. */
	readonly deadline: number;
	/** The server does not answer; it is asked again. */
	readonly onAway: () => void;
}

interface PromptOptions {
	/** True: as long as it takes. */
	readonly wait?: number | true;
	readonly key?: string;
	readonly repeatable?: boolean;
	readonly start?: boolean;
}

/** Longest wait asked of the server in one request. */
const longPollSeconds = 25;
const pollMs = 500;

export function registerPrompt(program: Command): void {
	program
		.command('prompt <agent> <text...>')
		.description('queue a prompt for an agent')
		.option('--wait [seconds]', 'wait for the end and print the result; comes after the text', parseSeconds)
		.option('--key <key>', 'idempotency key: the same key again answers the first prompt')
		.option('--repeatable', 'may run again if a crash interrupts it')
		.option('--start', 'start the agent if it is stopped or failed')
		.action(async (reference: string, words: string[], options: PromptOptions, command: Command) => {
			const { api, print } = createContext(command);
			const agent = await api.agent(reference);
			const body = promptBody(words.join(' '), options);
			if (options.wait === undefined) {
				const prompt = await api.submitPrompt(agent.id, body);
				print.result(prompt, () => `${prompt.id} ${paintState(prompt.status)} for ${agent.name}`);
				return;
			}
			const onAway = (): void => print.note(paint.dim('the server is away; waiting for it to come back'));
			const prompt = await submitAndWait(api, agent.id, body, { wait: options.wait, onAway });
			print.result(prompt, () => renderOutcome(prompt));
			if (prompt.status !== 'finished') throw new SilentExit(exitCodes.failure);
		});
}

/** True when nothing more will happen to the prompt. */
export function isSettled(prompt: PromptResource): boolean {
	return prompt.status !== 'queued' && prompt.status !== 'running';
}

function promptBody(text: string, options: PromptOptions): PromptBody {
	return {
		text,
		...(options.key === undefined ? {} : { idempotencyKey: options.key }),
		...(options.repeatable === true ? { repeatable: true } : {}),
		...(options.start === true ? { start: true } : {}),
	};
}

/**
 * The prompt once it has ended, or as it stands after `wait` seconds. A server that goes away
 * meanwhile is waited for; the key makes sure that asking again does not queue the prompt twice.
 */
async function submitAndWait(
	api: ApiClient,
	agentId: string,
	body: PromptBody,
	{ wait, onAway }: { readonly wait: number | true; readonly onAway: () => void },
): Promise<PromptResource> {
	const interrupt = createInterrupt();
	const deadline = wait === true ? Number.POSITIVE_INFINITY : Date.now() + wait * 1000;
	const keyed = { idempotencyKey: `cli-${randomUUID()}`, ...body };
	const patience = { signal: interrupt.signal, deadline, onAway };
	try {
		let prompt = await persist(patience, () => api.submitPrompt(agentId, keyed, longPoll(deadline)));
		while (!isSettled(prompt) && Date.now() < deadline) {
			await delay(Math.max(0, Math.min(pollMs, deadline - Date.now())), undefined, { signal: interrupt.signal });
			const { id } = prompt;
			prompt = await persist(patience, () => api.prompt(id));
		}
		return prompt;
	} catch (error) {
		if (interrupt.signal.aborted) throw new SilentExit(exitCodes.interrupted);
		throw error;
	} finally {
		interrupt.dispose();
	}
}

function longPoll(deadline: number): number {
	const seconds = Math.ceil((deadline - Date.now()) / 1000);
	return Math.min(longPollSeconds, Math.max(1, seconds));
}

/** Tries again while the server is away or not ready, until the deadline (epoch ms). */
async function persist<T>({ signal, deadline, onAway }: Patience, attempt: () => Promise<T>): Promise<T> {
	const backoff = createBackoff({ initialMs: 200, maxMs: 2_000 });
	for (let tries = 0; ; tries += 1) {
		try {
			return await attempt();
		} catch (error) {
			if (!isAway(error) || Date.now() >= deadline) throw error;
			if (tries === 0) onAway();
			await backoff.wait(signal);
		}
	}
}

function isAway(error: unknown): boolean {
	return isUnreachable(error) || (error instanceof ServerProblem && error.problem.status === 503);
}

function renderOutcome(prompt: PromptResource): string {
	if (prompt.status === 'finished') return prompt.result?.text ?? '';
	const why = prompt.error ? ` (${failureText(prompt.error)})` : '';
	const soFar = prompt.result?.text ? `\n${prompt.result.text}` : '';
	return `${paint.dim(prompt.id)} is ${paintState(prompt.status)}${why}${soFar}`;
}
