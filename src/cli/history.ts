/** `statecraft history`: the journal of an actor, what it was at any time, and files of it that replay elsewhere. */

import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseCount } from './arguments.ts';
import { type Context, createContext } from './context.ts';
import { exitCodes } from './failure.ts';
import { createHistoryClient, isAddress } from './history-client.ts';
import { paintState } from './paint.ts';
import type { ListingResource, TransitionResource } from './resources.ts';
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

interface HistoryOptions {
	readonly at?: number;
	readonly diff?: { readonly from: number; readonly to: number };
	readonly full?: boolean;
	readonly jsonl?: boolean;
	/** True where no file is named. */
	readonly bundle?: string | true;
	readonly replay?: string;
}

const modes = ['at', 'diff', 'jsonl', 'bundle', 'replay'];

const help = `
An actor is an agent by its name or id, or anything that runs by its address: task:tsk_…, supervisor:sup_…,
orchestrator:main, orchestrator:main/wfl_…

  statecraft history ada --at 12               what ada was after its 12th transition, why, and what came of it
  statecraft history ada --diff 12..20         what was different then
  statecraft history ada --bundle bug.jsonl    its journal without a word of people or agents, for a bug report
  statecraft history --replay bug.jsonl        replays that on any machine: exit code 1 if a step does not agree`;

export function registerHistory(program: Command): void {
	program
		.command('history [actor]')
		.description('every committed transition of an actor, oldest first; what it was at any of them')
		.addOption(alone('--at <version>', 'its state then, what led to it, and what it led to').argParser(parseVersion))
		.addOption(alone('--diff <a..b>', 'differences between two versions').argParser(parseRange))
		.option('--full', 'with --at or --diff: contexts as they are; takes the scope admin')
		.addOption(alone('--jsonl', 'the whole journal as JSON lines'))
		.addOption(alone('--bundle [file]', 'a bug report that replays elsewhere; `-` writes it to stdout'))
		.addOption(alone('--replay <file>', 'replays a bundle here, without a server'))
		.addHelpText('after', help)
		.action(async (actor: string | undefined, options: HistoryOptions, command: Command) => {
			if (options.replay !== undefined) return replay(options.replay, actor, command);
			if (actor === undefined) throw usage("missing required argument 'actor': only --replay goes without");
			await look(actor, options, createContext(command));
		});
}

async function look(actor: string, options: HistoryOptions, context: Context): Promise<void> {
	const { api, print } = context;
	const client = createHistoryClient(api.http);
	const shown = { context: options.full ? 'full' : 'redacted' };
	if (options.at !== undefined) {
		const { renderMoment } = await import('./history-views.ts');
		const moment = await client.moment(actor, options.at, shown);
		return print.result(moment, () => renderMoment(moment));
	}
	if (options.diff !== undefined) {
		const { renderComparison } = await import('./history-views.ts');
		const comparison = await client.compare(actor, { ...options.diff, ...shown });
		return print.result(comparison, () => renderComparison(comparison));
	}
	if (options.jsonl) return (await import('./history-files.ts')).exportJournal(client, actor);
	if (options.bundle !== undefined) {
		const file = options.bundle === true ? `${fileName(actor)}.bundle.jsonl` : options.bundle;
		return (await import('./history-files.ts')).exportBundle(client, actor, file, print);
	}
	const listing = await list(actor, context);
	print.result(listing, () => renderTable(listing.items, columns, 'no transitions yet'));
}

async function list(actor: string, { api }: Context): Promise<ListingResource<TransitionResource>> {
	if (!isAddress(actor)) return api.transitions((await api.agent(actor)).id);
	const text = await (await createHistoryClient(api.http).journal(actor)).text();
	const items = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as TransitionResource]));
	return { items, total: items.length, limit: items.length, offset: 0 };
}

async function replay(file: string, actor: string | undefined, command: Command): Promise<void> {
	if (actor !== undefined) throw usage('--replay takes its actor from the file: leave the argument out');
	const { print } = createContext(command);
	await (await import('./history-replay.ts')).replayFile(file, print);
}

/** One thing at a time. */
function alone(flags: string, description: string): Option {
	const option = new Option(flags, description);
	return option.conflicts(modes.filter((mode) => mode !== option.attributeName()));
}

function parseVersion(text: string): number {
	const version = parseCount(text);
	if (version < 1) throw new InvalidArgumentError('Versions begin with 1.');
	return version;
}

function parseRange(text: string): { readonly from: number; readonly to: number } {
	const match = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text);
	if (!match) throw new InvalidArgumentError('Expected two versions, as in 3..9.');
	return { from: parseVersion(match[1] ?? ''), to: parseVersion(match[2] ?? '') };
}

function usage(message: string): CommanderError {
	return new CommanderError(exitCodes.usage, 'statecraft.history', message);
}

/** What stands in a name or address may not be fit for a file. */
function fileName(actor: string): string {
	return actor.replace(/[^\w.-]+/g, '-');
}
