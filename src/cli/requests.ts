/** `statecraft requests`: what agents ask of people. */

import type { Command } from 'commander';
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
			const agents = (await api.agents()).items;
			const agent = options.agent === undefined ? undefined : await api.agent(options.agent);
			const listing = await api.requests({ status: options.all === true ? undefined : 'open' });
			const items = listing.items.filter((request) => agent === undefined || request.agentId === agent.id);
			const names = new Map(agents.map(({ id, name }) => [id, name]));
			print.result({ ...listing, items, total: items.length, limit: items.length }, () => renderRequests(items, names));
		});
}
