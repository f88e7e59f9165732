/** `statecraft requests`: what agents ask of people. */

import type { Command } from 'commander';
import { readAgentNames } from './agent-names.ts';
import { createContext } from './context.ts';
import { renderRequests } from './request-views.ts';

export function registerRequests(program: Command): void {
	program
		.command('requests')
		.description('open permissions and questions; answer them with `statecraft answer`')
		.option('--all', 'also those that are settled')
		.option('--agent <agent>', 'only of this agent')
		.action(async (options: { all?: boolean; agent?: string }, command: Command) => {
			const { api, print } = createContext(command);
			const agent = options.agent === undefined ? undefined : await api.agent(options.agent);
			const status = options.all === true ? undefined : 'open';
			const listing = await api.requests({ status, agentId: agent?.id });
			const names = await readAgentNames(api);
			print.result(listing, () => renderRequests(listing.items, names));
		});
}
