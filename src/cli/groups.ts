/** `statecraft groups …`: agents that are restarted together. */

import { type Command, Option } from 'commander';
import { parseCount, parseSeconds, refuseStrayArguments } from './arguments.ts';
import { createContext } from './context.ts';
import type { GroupBody, GroupResource } from './group-client.ts';
import { paint, paintState } from './paint.ts';
import { type Column, renderFacts, renderTable } from './table.ts';
import { formatTime } from './times.ts';

interface GroupOptions {
	readonly maxRestarts?: number;
	readonly within?: number;
}

interface CreateOptions extends GroupOptions {
	readonly strategy: GroupBody['strategy'];
}

interface UpdateOptions extends GroupOptions {
	readonly name?: string;
	readonly strategy?: GroupBody['strategy'];
}

export function registerGroups(program: Command): void {
	const groups = program.command('groups').alias('group').description('agents that are restarted together');
	registerList(groups);
	registerShow(groups);
	registerCreate(groups);
	registerUpdate(groups);
	registerReset(groups);
	registerDelete(groups);
}

function registerList(groups: Command): void {
	groups
		.command('list', { isDefault: true })
		.allowExcessArguments(true)
		.alias('ls')
		.description('all groups, one a line')
		.action(async (_options: unknown, command: Command) => {
			refuseStrayArguments(command);
			const { api, print } = createContext(command);
			const listing = await api.groups();
			print.result(listing, () => renderGroups(listing.items));
		});
}

function registerShow(groups: Command): void {
	groups
		.command('show <group>')
		.description('everything about one group')
		.action(async (reference: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const group = await api.group(reference);
			print.result(group, () => renderGroup(group));
		});
}

function registerCreate(groups: Command): void {
	const create = groups
		.command('create <name> <agents...>')
		.description('make a group of agents, given in order: one after those it depends on');
	addBounds(create, true).action(async (name: string, members: string[], options: CreateOptions, command: Command) => {
		const { api, print } = createContext(command);
		const group = await api.createGroup({ name, strategy: options.strategy, members, ...boundsOf(options) });
		print.result(group, () => renderGroup(group));
	});
}

function registerUpdate(groups: Command): void {
	const update = groups
		.command('update <group> [agents...]')
		.description('change a group; agents that are given are its members from now on, in order')
		.option('--name <name>', 'its new name');
	addBounds(update, false).action(
		async (reference: string, members: string[], options: UpdateOptions, command: Command) => {
			const { api, print } = createContext(command);
			const group = await api.group(reference);
			const changed = await api.replaceGroup(group.id, changeGroup(group, members, options), group.version);
			print.result(changed, () => renderGroup(changed));
		},
	);
}

function registerReset(groups: Command): void {
	groups
		.command('reset <group>')
		.description('let a group that rests watch again; forgets how often it restarted its members')
		.option('--reason <text>', 'why; kept in the journal')
		.action(async (reference: string, { reason }: { reason?: string }, command: Command) => {
			const { api, print } = createContext(command);
			const { id } = await api.group(reference);
			const group = await api.resetGroup(id, reason);
			print.result(group, () => renderGroups([group]));
		});
}

function registerDelete(groups: Command): void {
	groups
		.command('delete <group>')
		.alias('rm')
		.description('remove a group; its agents stay as they are')
		.action(async (reference: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const { id, name } = await api.group(reference);
			await api.removeGroup(id);
			print.result({ id, name, deleted: true }, () => `${name} (${id}) is deleted`);
		});
}

function addBounds(command: Command, strategyRequired: boolean): Command {
	const strategy = new Option(
		'--strategy <strategy>',
		'whom the failure of a member takes along: nobody, all, the rest',
	);
	return command
		.addOption(strategy.choices(['one_for_one', 'one_for_all', 'rest_for_one']).makeOptionMandatory(strategyRequired))
		.option('--max-restarts <n>', 'more group restarts than this within the window, and the group rests', parseCount)
		.option('--within <seconds>', 'length of that window', parseSeconds);
}

function boundsOf({ maxRestarts, within }: GroupOptions): Pick<GroupBody, 'maxRestarts' | 'withinSeconds'> {
	return {
		...(maxRestarts !== undefined && { maxRestarts }),
		...(within !== undefined && { withinSeconds: within }),
	};
}

/** The whole configuration, with what is to change in it. */
function changeGroup(group: GroupResource, members: readonly string[], options: UpdateOptions): GroupBody {
	return {
		name: options.name ?? group.name,
		strategy: options.strategy ?? group.strategy,
		members: members.length > 0 ? [...members] : group.members.map(({ id }) => id),
		maxRestarts: group.maxRestarts,
		withinSeconds: group.withinSeconds,
		...boundsOf(options),
	};
}

const columns: ReadonlyArray<Column<GroupResource>> = [
	{ title: 'NAME', value: (group) => group.name },
	{ title: 'STATE', value: ({ state }) => state, style: (text) => text.replace(text.trim(), paintState(text.trim())) },
	{ title: 'STRATEGY', value: (group) => group.strategy },
	{ title: 'RESTARTS', value: boundsText },
	{ title: 'ID', value: (group) => group.id },
	{ title: 'MEMBERS', value: membersText },
];

function renderGroups(groups: readonly GroupResource[]): string {
	const hint = 'no groups: make one with `statecraft groups create <name> <agents...> --strategy one_for_all`';
	return renderTable(groups, columns, hint);
}

function renderGroup(group: GroupResource): string {
	return renderFacts([
		['name', paint.bold(group.name)],
		['id', group.id],
		['state', paintState(group.state)],
		['strategy', group.strategy],
		['members', membersText(group)],
		['restarts', boundsText(group)],
		['created', formatTime(group.createdAt)],
		['updated', formatTime(group.updatedAt)],
		['version', group.version],
	]);
}

function membersText({ members }: GroupResource): string {
	return members.map(({ id, name }) => name ?? `${id} (gone)`).join(', ');
}

function boundsText({ maxRestarts, withinSeconds }: GroupResource): string {
	return `at most ${maxRestarts} in ${withinSeconds} s`;
}
