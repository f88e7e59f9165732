/** `statecraft drivers`: the agents that can be run. */

import type { Command } from 'commander';
import type { DriverOffer } from '../agents/drivers/driver-offers.ts';
import { createContext } from './context.ts';
import { detectDrivers } from './driver-detection.ts';
import { paint } from './paint.ts';
import { type Column, renderTable } from './table.ts';

const columns: ReadonlyArray<Column<DriverOffer>> = [
	{ title: 'DRIVER', value: (driver) => driver.kind },
	{ title: 'PROTOCOL', value: (driver) => driver.protocol },
	{ title: 'FOUND', value: (driver) => (driver.installed ? 'yes' : 'no') },
	{ title: 'WHERE', value: ({ installed, command, hint }) => (installed ? command : `install with: ${hint}`) },
];

export function registerDrivers(program: Command): void {
	program
		.command('drivers')
		.description('agent programs found where the server runs, and how to install the others')
		.action(async (_options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const { askedOf, items } = await detectDrivers(api);
			if (askedOf === 'this host') print.note(paint.dim('no server answers: this is what this host has'));
			print.result({ items, total: items.length, askedOf }, () => {
				const table = renderTable(items, columns, 'no drivers');
				return `${table}\n\nAny other agent: --driver acp or --driver stream-json, with -- <command>.`;
			});
		});
}
