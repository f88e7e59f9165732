import { describe, expect, test } from 'vitest';
import { createLineSplitter } from '../../src/cli/lines.ts';
import { readSse } from '../../src/cli/sse-parser.ts';
import { oneLine, renderTable } from '../../src/cli/table.ts';
import { createTurnView } from '../../src/cli/turn-view.ts';

async function readAll(chunks: readonly string[]): Promise<unknown[]> {
	async function* body(): AsyncGenerator<Uint8Array> {
		for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
	}
	const messages: unknown[] = [];
	for await (const message of readSse(body())) messages.push(message);
	return messages;
}

describe('server-sent events', () => {
	const text =
		'retry: 1000\n\n: ping\n\nid: 7\r\nevent: note\r\ndata: {"a":\r\ndata: "\u00c3\u00a9"}\r\n\r\ndata:tight\n\ndata: cut off';
	const expected = [
		undefined,
		{ id: '7', event: 'note', data: '{"a":\n"é"}' },
		{ id: undefined, event: undefined, data: 'tight' },
	];

	test('are read as the standard says', async () => {
		expect(await readAll([text])).toEqual(expected);
	});

	test('are the same however they are cut into chunks', async () => {
		for (let size = 1; size < 12; size += 1) {
			const chunks = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
			expect(await readAll(chunks)).toEqual(expected);
		}
	});
});

describe('lines', () => {
	test('are whole however they come, and one that is too long is left out', () => {
		const dropped: number[] = [];
		const splitter = createLineSplitter(8, (length) => dropped.push(length));
		const bytes = Buffer.from('one\r\n\nzwölf\nmuch too long a line\nend\nrest');
		const lines = [...bytes].flatMap((byte) => splitter.push(Buffer.from([byte])));
		expect([lines, dropped]).toEqual([['one', 'zwölf', 'end'], [20]]);
	});
});

describe('tables', () => {
	test('align their columns and flatten what is in them', () => {
		const rows = [
			{ name: 'a', text: 'one\ntwo' },
			{ name: 'longer', text: null },
		];
		const columns = [
			{ title: 'NAME', value: (row: (typeof rows)[number]) => row.name },
			{ title: 'TEXT', value: (row: (typeof rows)[number]) => row.text },
		];
		expect(renderTable(rows, columns, 'none')).toBe('NAME    TEXT\na       one two\nlonger  -');
		expect(renderTable([], columns, 'none')).toBe('none');
	});

	test('control sequences of agents do not reach the terminal', () => {
		expect(oneLine('\u001b[2Jgone\u001b]0;title\u0007!')).toBe('gone!');
		expect(oneLine('abcdef', 4)).toBe('abc…');
	});
});

describe('the view of a turn', () => {
	const event = (topic: string, data: object) => ({ seq: 1, topic, agentId: 'agt_1', at: '', data });

	test('text flows; thoughts, tools and states have lines of their own', () => {
		let shown = '';
		const view = createTurnView((text) => {
			shown += text;
		});
		view.show(event('agent.output.thought', { text: 'hm' }));
		view.show(event('agent.output.message', { text: 'Hello ' }));
		view.show(event('agent.output.message', { text: '\u001b[31mworld\u0007' }));
		view.show(event('agent.output.tool_call', { toolCallId: 'c1', title: 'Run tests', status: 'pending' }));
		view.show(event('agent.output.tool_call_update', { toolCallId: 'c1', status: 'completed' }));
		view.show(event('agent.state.changed', { from: 'busy.working', to: 'idle.ready', trigger: 'ResultReceived' }));
		view.show(event('agent.state.changed', { from: 'idle.ready', to: 'stopped', trigger: 'UserTerminated' }));
		expect(shown).toBe(
			'hm\nHello world\n· Run tests pending\n· Run tests completed\n[idle.ready → stopped (UserTerminated)]\n',
		);
	});
});
