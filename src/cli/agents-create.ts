/** `statecraft agents create`: a new agent from flags. */

import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { renderAgent } from './agent-views.ts';
import { collectPairs, parseCount, parseSeconds } from './arguments.ts';
import { createContext } from './context.ts';
import { paint } from './paint.ts';
import type { AgentResource } from './resources.ts';
import { addRuleOptions, type RuleOptions, readRules } from './rule-options.ts';

interface CreateOptions extends RuleOptions {
	readonly driver: string;
	readonly cwd: string;
	readonly prompt?: string;
	readonly env?: Record<string, string>;
	readonly label?: Record<string, string>;
	readonly restart?: string;
	readonly maxRestarts?: number;
	readonly within?: number;
	readonly interruptedTurn?: string;
	readonly autoStart: boolean;
	readonly transport?: string;
}

const examples = `
Examples:
  statecraft agents create helper --driver claude --prompt "Read the README and say what is missing"
  statecraft agents create mine --driver acp -- my-agent --acp
  statecraft agents create remote --driver acp --transport websocket`;

export function registerAgentsCreate(agents: Command): void {
	const create = agents
		.command('create <name> [command...]')
		.description('create an agent; what follows -- is the command of an acp or stream-json agent')
		.requiredOption('--driver <kind>', 'demo, claude, opencode, codex, gemini, acp or stream-json')
		.option('--cwd <path>', 'working directory of the agent, on the machine where it runs', '.')
		.option('--prompt <text>', 'first prompt, queued before the launch')
		.option('--env <name=value>', 'environment variable for the agent (repeatable)', collectPairs)
		.option('--label <name=value>', 'label to find it by (repeatable)', collectPairs)
		.addOption(new Option('--restart <policy>', 'when to restart it').choices(['permanent', 'transient', 'temporary']))
		.option('--max-restarts <n>', 'more restarts than this within the window, and it rests in failed', parseCount)
		.option('--within <seconds>', 'length of that window', parseSeconds)
		.addOption(
			new Option('--interrupted-turn <policy>', 'what becomes of a turn that a crash interrupts').choices([
				'fail',
				'retry',
				'ask',
				'resume',
			]),
		)
		.option('--no-auto-start', 'only record it; `agents start` launches it')
		.addOption(new Option('--transport <kind>', 'how it talks').choices(['stdio', 'websocket']))
		.addHelpText('after', examples);
	addRuleOptions(create).action(async (name: string, argv: string[], options: CreateOptions, command: Command) => {
		const { api, print } = createContext(command);
		const agent = await api.createAgent(createBody(name, argv, options));
		print.result(agent, () => renderAgent(agent) + connectText(agent));
	});
}

function createBody(name: string, argv: readonly string[], options: CreateOptions): Record<string, unknown> {
	const [program, ...args] = argv;
	const driver = {
		kind: options.driver,
		command: program,
		args: program === undefined ? undefined : args,
		env: options.env,
		transport: options.transport,
	};
	const { restart: policy, maxRestarts, within: withinSeconds, hung } = options;
	const restart = { policy, maxRestarts, withinSeconds, hung };
	const hasRestart = Object.values(restart).some((value) => value !== undefined);
	return {
		name,
		driver,
		cwd: resolve(options.cwd),
		prompt: options.prompt,
		// One that dials in comes when it comes: a launch would give it a deadline.
		autoStart: options.autoStart && options.transport !== 'websocket',
		restart: hasRestart ? restart : undefined,
		interruptedTurn: options.interruptedTurn,
		labels: options.label,
		...readRules(options),
	};
}

function connectText({ connect }: AgentResource): string {
	if (!connect) return '';
	return [
		'',
		'',
		'This agent dials in, and is waited for. Run it anywhere with (the token is shown only now):',
		paint.accent(`  statecraft connect '${connectUrl(connect)}' -- <command> [args…]`),
	].join('\n');
}

/** The offer's address with its token in it, whichever of the two the server put it into. */
function connectUrl({ url, token }: { readonly url: string; readonly token: string }): string {
	const target = new URL(url);
	target.searchParams.set('token', token);
	return target.href;
}
