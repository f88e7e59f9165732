/** `statecraft history --jsonl` and `--bundle`: an actor's journal for programs, and for reports of bugs. */

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StatecraftError } from '../errors.ts';
import { type BundleEnd, bundleEnd } from '../history/bundle-format.ts';
import type { HistoryClient } from './history-client.ts';
import { paint } from './paint.ts';
import type { Printer } from './printer.ts';

/** Writes the whole journal to stdout as it comes. */
export async function exportJournal(client: HistoryClient, actor: string): Promise<void> {
	for await (const chunk of bodyOf(await client.journal(actor))) {
		if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once('drain', resolve));
	}
}

/** `-` is stdout, where nothing else is said then. */
export async function exportBundle(client: HistoryClient, actor: string, file: string, print: Printer): Promise<void> {
	const body = bodyOf(await client.bundle(actor));
	if (file === '-') {
		for await (const chunk of body) process.stdout.write(chunk);
		return;
	}
	let tail = '';
	async function* watch(chunks: AsyncIterable<Uint8Array>) {
		const decoder = new TextDecoder();
		for await (const chunk of chunks) {
			tail = lastLine(tail + decoder.decode(chunk, { stream: true }));
			yield chunk;
		}
	}
	await pipeline(body, watch, createWriteStream(file)).catch((cause: Error) => {
		const detail = `Cannot write to ${file}: ${cause.message}`;
		throw new StatecraftError('invalid_request', detail, { hint: 'Name another file after --bundle' }, { cause });
	});
	const end = bundleEnd.parse(JSON.parse(tail));
	print.result({ file, transitions: end.transitions, replay: end.replay }, () => renderEnd(file, end));
}

function renderEnd(file: string, { transitions, replay }: BundleEnd): string {
	const written = `${file}: ${transitions} transitions, without texts of people or agents`;
	if (replay.departure === null) return `${written}; it replays`;
	const { since, reason } = replay.departure;
	return `${written}\n${paint.warn(`it does not replay from version ${since} on: ${reason}`)}`;
}

/** The last line, whole or not; a text that ends with a line break ends with that line. */
function lastLine(text: string): string {
	return text.slice(text.trimEnd().lastIndexOf('\n') + 1);
}

function bodyOf(response: Response): Readable {
	return Readable.fromWeb((response.body ?? new ReadableStream()) as Parameters<typeof Readable.fromWeb>[0]);
}
