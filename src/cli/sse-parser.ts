/** Reads a `text/event-stream` body into messages, as the HTML standard defines the format. */

export interface SseMessage {
	readonly id: string | undefined;
	readonly event: string | undefined;
	readonly data: string;
}

/** Messages of a body; comments (the server's keep-alives) are told as `undefined`: a sign of life. */
export async function* readSse(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseMessage | undefined> {
	let block: string[] = [];
	for await (const line of readLines(body)) {
		if (line.startsWith(':')) yield undefined;
		else if (line !== '') block.push(line);
		else {
			const message = readBlock(block);
			block = [];
			if (message !== undefined) yield message;
		}
	}
}

/** A message without data is none. */
function readBlock(block: readonly string[]): SseMessage | undefined {
	const fields = block.map(readField);
	const last = (wanted: string): string | undefined => fields.findLast(([name]) => name === wanted)?.[1];
	const data = fields.filter(([name]) => name === 'data').map(([, value]) => value);
	return data.length === 0 ? undefined : { id: last('id'), event: last('event'), data: data.join('\n') };
}

function readField(line: string): readonly [name: string, value: string] {
	const at = line.indexOf(':');
	return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')];
}

async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
	const decoder = new TextDecoder();
	let rest = '';
	for await (const chunk of body) {
		rest += decoder.decode(chunk, { stream: true });
		const lines = rest.split(/\r\n|\n|\r(?!$)/);
		rest = lines.pop() ?? '';
		yield* lines;
	}
}
