/** `statecraft attach`: talk with an agent from the terminal, or through a pipe. */

import { createInterface, type Interface } from 'node:readline';
import type { Command } from 'commander';
import { failureText } from './agent-views.ts';
import { type Attachment, createAttachment } from './attachment.ts';
import { createBackoff } from './backoff.ts';
import { type Context, createContext } from './context.ts';
import { exitCodes, isUnreachable, renderProblem, SilentExit, toProblem } from './failure.ts';
import { paint, paintState } from './paint.ts';
import { renderRequest } from './request-views.ts';
import type { AgentResource, PromptResource } from './resources.ts';
import { createTurnView, type TurnView } from './turn-view.ts';

type Lines = AsyncIterableIterator<string>;

export function registerAttach(program: Command): void {
	program
		.command('attach <agent>')
		.description('talk with an agent: lines are prompts, or answers to what it asks')
		.addHelpText('after', '\nCtrl-C cancels the turn in progress, Ctrl-D leaves; the agent works on without you.')
		.action(async (reference: string, _options: unknown, command: Command) => {
			const context = createContext(command);
			const agent = await context.api.agent(reference);
			const cursor = await context.api.latestSeq();
			const finished = await talk(context, agent, cursor);
			if (!finished) throw new SilentExit(exitCodes.failure);
		});
}

/** Resolves with whether every prompt sent from here has finished. */
async function talk(context: Context, agent: AgentResource, cursor: number): Promise<boolean> {
	const { api, print } = context;
	const leaving = new AbortController();
	const interactive = process.stdin.isTTY === true && !print.json;
	const input = createInterface({
		input: process.stdin,
		terminal: interactive,
		...(interactive && { output: process.stdout }),
	});
	// Taken at once: lines that come before somebody iterates would be lost.
	const lines = input[Symbol.asyncIterator]();
	const screen = createScreen(input, interactive);
	const view = createTurnView(screen.write);
	const remark = (text: string): void => {
		view.breakLine();
		if (!print.json) screen.write(`${text}\n`);
	};
	const attachment = createAttachment(api, agent, {
		onRequest: (request) => remark(renderRequest(request)),
		onSettled: (prompt) => {
			if (prompt.status !== 'finished') remark(describeUnfinished(prompt));
		},
	});

	const following = followEvents(context, agent, { after: cursor, signal: leaving.signal }, attachment, view);
	remark(paint.dim(`attached to ${agent.name} (${agent.executionState})${interactive ? '; Ctrl-D leaves' : ''}`));
	const cancel = (): void => void cancelTurn(context, agent).then(remark);
	input.on('SIGINT', cancel);
	try {
		await attachment.begin();
		const talking = interactive ? converse(input, lines, attachment, remark) : feed(lines, attachment);
		await Promise.race([talking, following]);
		return interactive || (attachment.allFinished() && !attachment.asks());
	} finally {
		leaving.abort();
		input.close();
		await following.catch(() => undefined);
		view.breakLine();
	}
}

async function followEvents(
	{ api, print }: Context,
	agent: AgentResource,
	{ after, signal }: { readonly after: number; readonly signal: AbortSignal },
	attachment: Attachment,
	view: TurnView,
): Promise<void> {
	const onConnection = (state: 'lost' | 'back'): void => {
		view.breakLine();
		print.note(paint.dim(state === 'lost' ? '-- connection lost, trying again' : '-- connected again'));
	};
	for await (const event of api.events(agent.id, { after, follow: true, signal, onConnection })) {
		if (print.json) print.item(event, () => '');
		else view.show(event);
		await patiently(signal, () => attachment.follow(event));
	}
}

/** A server that goes away between an event and the question it raises is asked again. */
async function patiently(signal: AbortSignal, attempt: () => Promise<void>): Promise<void> {
	const backoff = createBackoff({ initialMs: 250, maxMs: 5_000 });
	for (;;) {
		try {
			return await attempt();
		} catch (error) {
			if (!isUnreachable(error)) throw error;
			await backoff.wait(signal);
		}
	}
}

/** A terminal: every line at once, whatever the agent is doing; ends at Ctrl-D. */
async function converse(
	input: Interface,
	lines: Lines,
	attachment: Attachment,
	remark: (text: string) => void,
): Promise<void> {
	input.prompt();
	for await (const line of lines) {
		if (line.trim() !== '')
			await attachment.take(line).catch((error: unknown) => remark(renderProblem(toProblem(error))));
		input.prompt();
	}
}

/** A pipe: one line after the other has been dealt with, so that answers meet their questions. */
async function feed(lines: Lines, attachment: Attachment): Promise<void> {
	for await (const line of lines) {
		if (line.trim() === '') continue;
		await attachment.take(line);
		await attachment.calm();
	}
}

async function cancelTurn({ api }: Context, agent: AgentResource): Promise<string> {
	try {
		await api.command(agent.id, 'cancel', { reason: 'Ctrl-C in attach' });
		return paint.dim('cancelling the turn; Ctrl-D leaves');
	} catch (error) {
		const problem = toProblem(error);
		return problem.status === 409 ? paint.dim('no turn in progress; Ctrl-D leaves') : renderProblem(problem);
	}
}

function describeUnfinished(prompt: PromptResource): string {
	return `${paint.dim(prompt.id)} is ${paintState(prompt.status)}${prompt.error ? ` (${failureText(prompt.error)})` : ''}`;
}

/** Writes without tearing the line that is being typed. */
function createScreen(input: Interface, interactive: boolean): { write(text: string): void } {
	let atPrompt = interactive;
	return {
		write(text) {
			if (atPrompt) process.stdout.write('\r\u001B[K');
			process.stdout.write(text);
			atPrompt = interactive && text.endsWith('\n');
			if (atPrompt) input.prompt(true);
		},
	};
}
