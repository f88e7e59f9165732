/** What demo agents have on their own disk: each turn they began, written before they played it. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How many turns were begun, in all sessions, with a line of their prompt that contains the text. */
export async function startedTurns(sessionDirectory: string, text: string): Promise<number> {
	const names = await readdir(sessionDirectory);
	const sessions = await Promise.all(
		names.filter((name) => name.endsWith('.json')).map((name) => readFile(join(sessionDirectory, name), 'utf8')),
	);
	return sessions
		.flatMap((session) => (JSON.parse(session) as { readonly turns: ReadonlyArray<{ prompt: string }> }).turns)
		.filter(({ prompt }) => prompt.includes(text)).length;
}
