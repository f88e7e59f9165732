/** `statecraft machines`: the statecharts that run on the server, and files of them for Stately Studio. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { StatecraftError } from '../errors.ts';
import { createContext } from './context.ts';
import { type MachineFormat, type MachineResource, machineFormats, renderMachine } from './machine-source.ts';
import { type Column, renderTable } from './table.ts';

interface ExportOptions {
	readonly out: string;
	readonly format: MachineFormat;
}

const columns: ReadonlyArray<Column<MachineResource>> = [
	{ title: 'MACHINE', value: ({ id }) => id },
	{ title: 'VERSION', value: ({ version }) => version },
];

export function registerMachines(program: Command): void {
	const machines = program.command('machines').description('the statecharts that run on the server');
	machines
		.command('list', { isDefault: true })
		.alias('ls')
		.description('all of them')
		.action(async (_options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const listing = await api.machines();
			print.result(listing, () => renderTable(listing.items, columns, 'no machines'));
		});
	machines
		.command('export [machine...]')
		.description('writes them, or those named, as files that Stately Studio imports: to look at, not to run')
		.option('--out <dir>', 'where to; files of that name are overwritten', 'statecraft-machines')
		.addOption(new Option('--format <format>', 'definitions or code').choices(machineFormats).default('ts'))
		.action(async (names: readonly string[], { out, format }: ExportOptions, command: Command) => {
			const { api, print } = createContext(command);
			const chosen = choose((await api.machines()).items, names);
			const written = await writeAll(chosen, out, format);
			print.result({ items: written, total: written.length }, () => written.map(({ file }) => file).join('\n'));
		});
}

interface Written {
	readonly id: string;
	readonly version: number;
	readonly file: string;
}

async function writeAll(
	machines: readonly MachineResource[],
	folder: string,
	format: MachineFormat,
): Promise<readonly Written[]> {
	try {
		await mkdir(folder, { recursive: true });
		return await Promise.all(
			machines.map(async (machine) => {
				const { id, version } = machine;
				const file = join(folder, `${id.replaceAll(/[^\w-]/g, '_')}.${format}`);
				await writeFile(file, renderMachine(machine, format));
				return { id, version, file };
			}),
		);
	} catch (cause) {
		const detail = `Cannot write to ${folder}: ${(cause as Error).message}`;
		throw new StatecraftError('invalid_request', detail, { hint: 'Choose another folder with --out' }, { cause });
	}
}

function choose(machines: readonly MachineResource[], names: readonly string[]): readonly MachineResource[] {
	const known = machines.map(({ id }) => id);
	const unknown = names.find((name) => !known.includes(name));
	if (unknown !== undefined) {
		throw new StatecraftError('not_found', `There is no machine "${unknown}"`, {
			hint: `There are: ${known.join(', ')}`,
		});
	}
	return names.length === 0 ? machines : machines.filter(({ id }) => names.includes(id));
}
