import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type FakeModel, startFakeModel } from './fake-model.ts';

let model: FakeModel;

beforeEach(async () => {
	model = await startFakeModel();
});
afterEach(() => model.close());

const openAiCall = /"name":"bash","arguments":"\{\\"command\\":\\"ls -l\\"/;

/** The three APIs, and how text, deltas and tool calls are read from each. */
const apis = [
	{
		name: 'Anthropic Messages',
		path: '/v1/messages',
		ask: (text: string) => ({ messages: [{ role: 'user', content: [{ type: 'text', text }] }] }),
		tool: { name: 'Bash' },
		text: /"text":"([^"]+)"/,
		delta: /"type":"text_delta","text":"([^"]*)"/g,
		call: /"name":"Bash","input":\{"command":"ls -l"/,
		streamedCall: /"partial_json":"\{\\"command\\":\\"ls -l\\"/,
	},
	{
		name: 'Chat Completions',
		path: '/v1/chat/completions',
		ask: (text: string) => ({ messages: [{ role: 'user', content: text }] }),
		tool: { type: 'function', function: { name: 'bash' } },
		text: /"content":"([^"]+)"/,
		delta: /"delta":\{"role":"assistant","content":"([^"]*)"/g,
		call: openAiCall,
		streamedCall: openAiCall,
	},
	{
		name: 'Responses',
		path: '/v1/responses',
		ask: (text: string) => ({ input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }] }),
		tool: { type: 'function', name: 'bash' },
		text: /"type":"output_text","text":"([^"]+)"/,
		delta: /"content_index":0,"delta":"([^"]*)"/g,
		call: openAiCall,
		streamedCall: openAiCall,
	},
];

async function post(path: string, body: object, signal?: AbortSignal) {
	const init = { method: 'POST', body: JSON.stringify({ model: 'fake', ...body }), ...(signal ? { signal } : {}) };
	const response = await fetch(`${model.url}${path}`, init);
	return { status: response.status, text: await response.text() };
}

describe.each(apis)('the fake model as $name', ({ path, ask, tool, text, delta, call, streamedCall }) => {
	it('replies what it is told to', async () => {
		const answer = await post(path, ask('please REPLY:hello there'));
		expect(answer.status).toBe(200);
		expect(answer.text.match(text)?.[1]).toBe('hello there');
	});

	it('streams as many deltas as it is told to', async () => {
		const { text: events } = await post(path, { ...ask('CHUNKS:3 REPLY:tick'), stream: true });
		expect([...events.matchAll(delta)].map((match) => match[1])).toEqual(['tick-1 ', 'tick-2 ', 'tick-3 ']);
	});

	it.each([
		[false, call],
		[true, streamedCall],
	])('calls a shell tool where there is one (stream: %s)', async (stream, expected) => {
		const body = { ...ask('TOOL:ls -l'), stream };
		expect((await post(path, body)).text).not.toMatch(expected);
		expect((await post(path, { ...body, tools: [tool] })).text).toMatch(expected);
	});

	it('fails with the status it is told', async () => {
		const answer = await post(path, ask('FAIL:503'));
		expect(answer.status).toBe(503);
		expect(answer.text).toContain('asked to fail');
	});

	it('notices that it is given up while it waits', async () => {
		const abortion = new AbortController();
		const asked = post(path, ask('WAIT:60000'), abortion.signal);
		await expect.poll(() => model.requests).toHaveLength(1);
		abortion.abort();

		await expect(asked).rejects.toThrow();
		await expect.poll(() => model.requests[0]?.outcome).toBe('abandoned');
	});
});

describe('whose words the fake model follows', () => {
	const message = z.looseObject({ content: z.array(z.looseObject({ text: z.string() })) });

	async function reply(messages: readonly object[]): Promise<string | undefined> {
		const { text } = await post('/v1/messages', { messages, tools: [{ name: 'Bash' }] });
		return message.parse(JSON.parse(text)).content[0]?.text;
	}

	it("takes the user's last words, not earlier ones", async () => {
		const earlier = { role: 'user', content: 'FAIL:500 REPLY:first' };
		const now = { role: 'user', content: 'hello' };
		expect(await reply([earlier, { role: 'assistant', content: 'ok' }, now])).toBe('Hello from the fake model.');
	});

	it('passes over what the agent puts into their mouth', async () => {
		const content = [
			{ type: 'text', text: 'WAIT:60000 REPLY:first' },
			{ type: 'text', text: '[Request interrupted by user]' },
			{ type: 'text', text: '<system-reminder>REPLY:reminder</system-reminder>' },
			{ type: 'text', text: 'REPLY:second' },
			{ type: 'text', text: 'Continue from where you left off.' },
			{ type: 'text', text: '<system-reminder>REPLY:reminder</system-reminder>' },
		];
		expect(await reply([{ role: 'user', content }])).toBe('second');
	});

	it('calls a tool once, and tells what came of it', async () => {
		const asked = { role: 'user', content: 'TOOL:ls' };
		const called = { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Bash', input: {} }] };
		const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'a.txt' }] };
		expect(await reply([asked, called, result])).toBe('The tool said: a.txt');
	});
});
