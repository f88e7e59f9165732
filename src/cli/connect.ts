/** `statecraft connect`: run a stdio agent on this machine and dial in with it. */

import type { Command } from 'commander';
import { Option } from 'commander';
import { StatecraftError } from '../errors.ts';
import { type AgentChild, spawnAgentChild } from './agent-child.ts';
import { parseSeconds } from './arguments.ts';
import { createFrameRouter } from './conversation.ts';
import { createDialIn, type DialIn } from './dial-in.ts';
import { SilentExit } from './failure.ts';
import { paint } from './paint.ts';
import { createPrinter, type Printer } from './printer.ts';

interface ConnectOptions {
	readonly agent?: string;
	readonly connectToken?: string;
	readonly ping: number;
	readonly json?: boolean;
}

const details = `
<url> is the address shown when the agent was created, or the server's address with --agent and
--connect-token. The agent's process lives through lost connections: the server greets it again when
it is back, and a turn that was in progress is cancelled, because the server takes it for interrupted.
Ends with the exit code of the agent.`;

export function registerConnect(program: Command): void {
	program
		.command('connect <url> <command...>')
		.usage('[options] <url> -- <command> [args...]')
		.description('run a stdio agent here and dial in to a server with it')
		.option('--agent <id>', 'agent to connect as, when the url does not name it')
		.addOption(
			new Option('--connect-token <token>', 'its token, when the url does not hold it').env('STATECRAFT_CONNECT_TOKEN'),
		)
		.option('--ping <seconds>', 'how often to check that the connection lives', parseSeconds, 15)
		.addHelpText('after', details)
		.action(async (url: string, argv: string[], _options: unknown, command: Command) => {
			const options = command.optsWithGlobals<ConnectOptions>();
			const print = createPrinter(options.json === true);
			const exitCode = await runConnect(connectUrl(url, options), argv, options.ping * 1000, print);
			throw new SilentExit(exitCode);
		});
}

/** The WebSocket address to dial: ws for http, with the agent and its token in it. */
export function connectUrl(
	text: string,
	{ agent, connectToken }: Pick<ConnectOptions, 'agent' | 'connectToken'>,
): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url === undefined || !/^(ws|http)s?:$/.test(url.protocol))
		throw new StatecraftError('invalid_request', `"${text}" is not a ws, wss, http or https address`);
	url.protocol = url.protocol.replace('http', 'ws');
	if (agent !== undefined) url.pathname = `/ws/${encodeURIComponent(agent)}`;
	if (connectToken !== undefined) url.searchParams.set('token', connectToken);
	const hint = 'use the address shown when the agent was created, or give --agent and --connect-token';
	if (!/^\/ws\/[^/]+$/.test(url.pathname))
		throw new StatecraftError('invalid_request', 'the address names no agent', { hint });
	if (!url.searchParams.has('token'))
		throw new StatecraftError('invalid_request', 'the address holds no token', { hint });
	return url.href;
}

/** Runs until the agent exits or the server refuses; answers the exit code of the agent. */
async function runConnect(url: string, argv: readonly string[], pingMs: number, print: Printer): Promise<number> {
	const tell = (event: string, detail?: string): void =>
		print.json ? print.item({ event, detail }, () => '') : print.note(paint.dim(`connect: ${detail ?? event}`));
	const router = createFrameRouter();
	let link: DialIn | undefined;

	const toServer = (frame: string): void => {
		if (link?.send(frame, () => child.resume()) === false) child.pause();
	};
	const toAgent = (frame: string): void => {
		if (!child.write(frame, () => link?.resume())) link?.pause();
	};
	let everConnected = false;
	const child = await spawnAgentChild(
		argv,
		(line) => deliver(router.fromAgent(line)),
		(text) => tell('note', text),
	);
	function deliver(route: { readonly toAgent?: string; readonly toServer?: string }): void {
		if (route.toAgent !== undefined) toAgent(route.toAgent);
		if (route.toServer !== undefined) toServer(route.toServer);
	}

	// What it says before anybody listens waits in its pipe.
	child.pause();
	link = createDialIn({
		url,
		pingMs,
		events: {
			open() {
				everConnected = true;
				router.back();
				child.resume();
			},
			greeted: () => tell('connected', `connected to ${new URL(url).host}`),
			message: (frame) => deliver(router.fromServer(frame)),
			lost(reason) {
				router.lost().forEach(toAgent);
				if (everConnected) child.resume();
				tell('lost', `no connection (${reason}), trying again`);
			},
		},
	});
	return superviseBoth(child, link, tell);
}

/** Whichever ends first takes the other with it. */
async function superviseBoth(
	child: AgentChild,
	link: DialIn,
	tell: (event: string, detail: string) => void,
): Promise<number> {
	const stop = (): void => child.stop();
	process.once('SIGINT', stop).once('SIGTERM', stop);
	try {
		const ended = link.done.then((how) => {
			if (how === 'ended') tell('ended', 'the server does not want this agent now: was it stopped?');
			child.stop();
		});
		const [code] = await Promise.all([child.exited, Promise.race([child.exited, ended])]);
		await child.drained;
		tell('exited', `the agent has exited with code ${code}`);
		return code;
	} catch (error) {
		child.stop();
		await child.exited;
		throw error;
	} finally {
		process.off('SIGINT', stop).off('SIGTERM', stop);
		await link.close();
	}
}
