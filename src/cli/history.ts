/** `statecraft history`: the journal of an agent, one transition a line. */

import type { Command } from 'commander';
import { createContext } from './context.ts';
import { paintState } from './paint.ts';
import type { TransitionResource } from './resources.ts';
import { type Column, renderTable } from './table.ts';
import { formatTime } from './times.ts';

const columns: ReadonlyArray<Column<TransitionResource>> = [
	{ title: 'VERSION', value: (step) => step.version },
	{ title: 'AT', value: (step) => formatTime(step.at) },
	{ title: 'FROM', value: (step) => step.from },
	{ title: 'TO', value: (step) => step.to, style: (text) => text.replace(text.trim(), paintState(text.trim())) },
	{ title: 'EVENT', value: (step) => String(step.event.type ?? '') },
	{ title: 'TRIGGER', value: (step) => step.trigger },
	{ title: 'GEN', value: (step) => step.generation },
	{ title: 'CAUSE', value: (step) => step.cause },
];

export function registerHistory(program: Command): void {
	program
		.command('history <agent>')
		.description('every committed transition of an agent, oldest first')
		.action(async (reference: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const { id } = await api.agent(reference);
			const listing = await api.transitions(id);
			print.result(listing, () => renderTable(listing.items, columns, 'no transitions yet'));
		});
}
