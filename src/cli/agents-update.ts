/** `statecraft agents update`: what an agent may do and spend, from flags. */

import type { Command } from 'commander';
import { renderAgent } from './agent-views.ts';
import { createContext } from './context.ts';
import { addRuleOptions, type RuleOptions, readRules } from './rule-options.ts';

interface UpdateOptions extends RuleOptions {
	readonly name?: string;
	readonly reason?: string;
}

export function registerAgentsUpdate(agents: Command): void {
	const update = agents
		.command('update <agent>')
		.description('change what an agent may do and spend; what is not given stays as it is')
		.option('--name <name>', 'its new name')
		.option('--reason <text>', 'why; kept in the audit');
	// After those that they take back, or their default would be true.
	addRuleOptions(update)
		.option('--no-policy', 'take its policy away: a human is asked')
		.option('--no-budget', 'take its budget away')
		.action(async (reference: string, options: UpdateOptions, command: Command) => {
			const { api, print } = createContext(command);
			const { id } = await api.agent(reference);
			const { name, reason, hung } = options;
			const change = { name, reason, restart: hung && { hung }, ...readRules(options) };
			const agent = await api.patchAgent(id, change);
			print.result(agent, () => renderAgent(agent));
		});
}
