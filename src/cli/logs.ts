/** `statecraft logs`: the event log of one agent or of everything, as it is or as it grows. */

import type { Command } from 'commander';
import { readAgentNames } from './agent-names.ts';
import { parseCount } from './arguments.ts';
import { createContext, createInterrupt } from './context.ts';
import { renderEvent } from './event-text.ts';
import { paint } from './paint.ts';

interface LogsOptions {
	readonly follow?: boolean;
	readonly after: number;
}

export function registerLogs(program: Command): void {
	program
		.command('logs [agent]')
		.description('events of one agent, or of all; with --json one event a line')
		.option('-f, --follow', 'go on with what comes, across restarts of the server')
		.option('--after <seq>', 'only events after this one', parseCount, 0)
		.action(async (reference: string | undefined, options: LogsOptions, command: Command) => {
			const { api, print } = createContext(command);
			const agent = reference === undefined ? undefined : await api.agent(reference);
			const names = agent === undefined ? await readAgentNames(api) : undefined;
			const interrupt = createInterrupt();
			const onConnection = (state: 'lost' | 'back'): void =>
				print.note(paint.dim(state === 'lost' ? '-- connection lost, trying again' : '-- connected again'));
			try {
				const follow = options.follow === true;
				const stream = { after: options.after, follow, signal: interrupt.signal, onConnection };
				for await (const event of api.events(agent?.id, stream)) {
					const name = event.agentId ? (names?.get(event.agentId) ?? event.agentId) : undefined;
					print.item(event, () => renderEvent(event, agent === undefined ? name : undefined));
				}
			} finally {
				interrupt.dispose();
			}
		});
}
