/** `statecraft agents …`: list, show, change and end agents. */

import { type Command, Option } from 'commander';
import { renderAgent, renderAgents } from './agent-views.ts';
import { registerAgentsCreate } from './agents-create.ts';
import { registerAgentsUpdate } from './agents-update.ts';
import { collectPairs, refuseStrayArguments } from './arguments.ts';
import type { Command as AgentCommand } from './client.ts';
import { createContext } from './context.ts';

const lifecycle: ReadonlyArray<readonly [AgentCommand, string]> = [
	['start', 'launch an agent that is pending, stopped or rests in failed'],
	['stop', 'end an agent gracefully'],
	['restart', 'launch it anew and forget how often it failed'],
	['suspend', 'let the agent take no prompts until it is resumed'],
	['resume', 'let a suspended agent take prompts again'],
	['cancel', 'end the turn in progress; the agent lives on'],
];

interface ChangeOptions {
	readonly reason?: string;
	readonly expectedState?: string;
}

export function registerAgents(program: Command): void {
	const agents = program.command('agents').alias('agent').description('list, create, change and end agents');
	registerList(agents);
	registerShow(agents);
	registerAgentsCreate(agents);
	registerAgentsUpdate(agents);
	for (const [name, description] of lifecycle) registerChange(agents, name, description);
	registerChange(agents, 'kill', 'end an agent at once, with SIGKILL', true);
	registerKillAll(agents);
	registerDelete(agents);
}

function registerList(agents: Command): void {
	agents
		.command('list', { isDefault: true })
		.allowExcessArguments(true)
		.alias('ls')
		.description('all agents, one a line')
		.option('--state <executionState>', 'only those in this state')
		.option('--label <name=value>', 'only those with this label (repeatable)', collectPairs)
		.action(async (options: { state?: string; label?: Record<string, string> }, command: Command) => {
			refuseStrayArguments(command);
			const { api, print } = createContext(command);
			const label = Object.entries(options.label ?? {}).map(([name, value]) => `${name}=${value}`);
			const listing = await api.agents({ executionState: options.state, label });
			print.result(listing, () => renderAgents(listing.items));
		});
}

function registerShow(agents: Command): void {
	agents
		.command('show <agent>')
		.description('everything about one agent')
		.action(async (reference: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const agent = await api.agent(reference);
			print.result(agent, () => renderAgent(agent));
		});
}

function registerChange(agents: Command, name: AgentCommand, description: string, reasonRequired = false): void {
	const reason = new Option('--reason <text>', 'why; kept in the journal').makeOptionMandatory(reasonRequired);
	agents
		.command(`${name} <agent>`)
		.description(description)
		.addOption(reason)
		.option('--expected-state <state>', 'refuse unless the agent is in this state')
		.action(async (reference: string, options: ChangeOptions, command: Command) => {
			const { api, print } = createContext(command);
			const { id } = await api.agent(reference);
			const agent = await api.command(id, name, { ...options });
			print.result(agent, () => renderAgents([agent]));
		});
}

function registerKillAll(agents: Command): void {
	agents
		.command('kill-all')
		.description('the killswitch: end every agent at once')
		.requiredOption('--reason <text>', 'why; kept in the journal')
		.action(async (options: { reason: string }, command: Command) => {
			const { api, print } = createContext(command);
			const outcome = await api.killAll(options.reason);
			print.result(outcome, () =>
				[
					`${outcome.killed} of ${outcome.total} agents killed`,
					...outcome.errors.map((error) => `  ${error.agentId}: ${error.message}`),
				].join('\n'),
			);
			if (outcome.failed > 0) process.exitCode = 1;
		});
}

function registerDelete(agents: Command): void {
	agents
		.command('delete <agent>')
		.alias('rm')
		.description('end an agent and remove it; its journal stays')
		.action(async (reference: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const { id, name } = await api.agent(reference);
			await api.removeAgent(id);
			print.result({ id, name, deleted: true }, () => `${name} (${id}) is deleted`);
		});
}
