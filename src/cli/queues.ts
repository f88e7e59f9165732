/** `statecraft queues …`: durable queues that workflows take their work from. */

import { type Command, Option } from 'commander';
import { refuseStrayArguments } from './arguments.ts';
import { createContext } from './context.ts';
import { addItemOptions, type ItemOptions, readItem } from './item-options.ts';
import { renderQueueItems, renderQueues } from './workflow-views.ts';

export function registerQueues(program: Command): void {
	const queues = program.command('queues').alias('queue').description('durable queues that workflows take work from');
	queues
		.command('list', { isDefault: true })
		.allowExcessArguments(true)
		.alias('ls')
		.description('all queues, with how much is in them')
		.action(async (_options: unknown, command: Command) => {
			refuseStrayArguments(command);
			const { api, print } = createContext(command);
			const listing = await api.queues();
			print.result(listing, () => renderQueues(listing.items));
		});
	queues
		.command('show <queue>')
		.description('the items of a queue, the next one first')
		.addOption(
			new Option('--status <status>', 'only those with this status').choices(['ready', 'claimed', 'done', 'dead']),
		)
		.action(async (queue: string, options: { status?: string }, command: Command) => {
			const { api, print } = createContext(command);
			const listing = await api.queueItems(queue, { status: options.status });
			print.result(listing, () => renderQueueItems(listing.items));
		});
	addItemOptions(queues.command('add <queue>').description('add an item; the first one makes the queue')).action(
		async (queue: string, options: ItemOptions, command: Command) => {
			const { api, print } = createContext(command);
			const item = await api.enqueue(queue, readItem(options));
			print.result(item, () => `${item.id} ${item.status} in ${queue}`);
		},
	);
}
