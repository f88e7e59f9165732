/** `statecraft drivers`: the agents this host can run. */

import type { Command } from 'commander';
import { type DetectedDriver, detectDrivers } from './driver-detection.ts';
import { createPrinter } from './printer.ts';
import { type Column, renderTable } from './table.ts';

const columns: ReadonlyArray<Column<DetectedDriver>> = [
	{ title: 'DRIVER', value: (driver) => driver.kind },
	{ title: 'PROTOCOL', value: (driver) => driver.protocol },
	{ title: 'FOUND', value: (driver) => (driver.available ? 'yes' : 'no') },
	{ title: 'WHERE', value: describeWhere },
];

export function registerDrivers(program: Command): void {
	program
		.command('drivers')
		.description('agent programs found on this host, and how to install the others')
		.action((_options: unknown, command: Command) => {
			const drivers = detectDrivers();
			const { json = false } = command.optsWithGlobals<{ json?: boolean }>();
			createPrinter(json).result({ items: drivers, total: drivers.length }, () => {
				const table = renderTable(drivers, columns, 'no drivers');
				return `${table}\n\nAny other agent: --driver acp or --driver stream-json, with -- <command>.`;
			});
		});
}

function describeWhere({ available, path, installCommand }: DetectedDriver): string {
	if (!available) return `install with: ${installCommand}`;
	return path ?? 'comes with Statecraft';
}
