/** A work item from flags, as `workflows trigger` and `queues add` take it. */

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { StatecraftError } from '../errors.ts';
import type { GivenItem } from '../workflows/service.ts';
import { collectPairs, collectTexts, parseInteger } from './arguments.ts';

export interface ItemOptions {
	readonly title?: string;
	readonly body?: string;
	readonly bodyFile?: string;
	readonly itemUrl?: string;
	readonly sourceId?: string;
	readonly label?: readonly string[];
	readonly metadata?: Readonly<Record<string, string>>;
	readonly priority?: number;
}

export function addItemOptions(command: Command): Command {
	return command
		.option('--title <text>', 'one line for people')
		.option('--body <text>', 'what it is about')
		.addOption(new Option('--body-file <path>', 'the same from a file; - for stdin').conflicts('body'))
		.option('--item-url <url>', 'where it is to be read in full')
		.option('--source-id <id>', 'what it is called where it comes from: given twice it is worked on once')
		.option('--label <label>', 'label of the item (repeatable)', collectTexts)
		.option('--metadata <name=value>', 'whatever else the template uses (repeatable)', collectPairs)
		.option('--priority <n>', 'the highest goes first; 0 by default', parseInteger);
}

export function readItem(options: ItemOptions): GivenItem {
	const { sourceId, title, bodyFile, itemUrl: url, label: labels, metadata, priority } = options;
	const body = bodyFile === undefined ? options.body : readText(bodyFile);
	const item = { sourceId, title, body, url, labels, metadata, priority };
	return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}

/** The text of a file, or of stdin for `-`. */
export function readText(path: string): string {
	try {
		return readFileSync(path === '-' ? 0 : path, 'utf8');
	} catch (thrown) {
		throw new StatecraftError('invalid_request', (thrown as Error).message, {}, { cause: thrown });
	}
}

/** The JSON in a file, or in stdin for `-`. */
export function readJsonFile(path: string): unknown {
	const text = readText(path);
	try {
		return JSON.parse(text);
	} catch (thrown) {
		throw new StatecraftError('invalid_request', `${path}: ${(thrown as Error).message}`, {}, { cause: thrown });
	}
}
