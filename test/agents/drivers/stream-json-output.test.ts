import { describe, expect, it } from 'vitest';
import type { TransportClosure } from '../../../src/agents/drivers/driver.ts';
import { streamJsonProtocol } from '../../../src/agents/drivers/stream-json.ts';
import { createRecordingSink } from '../../support/recording-sink.ts';
import { createScriptedAgent, isControl } from '../../support/scripted-stream-json-agent.ts';
import {
	assistant,
	result,
	says,
	streamEvent,
	textDelta,
	toolResult,
	usesTool,
} from '../../support/scripted-stream-json-agent-messages.ts';
import { connectOptions, connectScripted } from '../../support/scripted-stream-json-agent-session.ts';

describe('output over stream-json', () => {
	it('tells text once when it comes as deltas and as a finished block', async () => {
		const { play, sink } = await connectScripted();
		const start = streamEvent({ type: 'message_start', message: { id: 'msg_1' } });
		await play(start, textDelta('hel'), textDelta('lo'), says('hello'), textDelta(' you'), says(' you'), result());

		expect(sink.ofType('message')).toEqual([
			{ type: 'message', text: 'hel', messageId: 'msg_1' },
			{ type: 'message', text: 'lo', messageId: 'msg_1' },
			{ type: 'message', text: ' you', messageId: 'msg_1' },
		]);
	});

	it('completes text of which deltas are missing', async () => {
		const { play, sink } = await connectScripted();
		const start = streamEvent({ type: 'message_start', message: { id: 'msg_1' } });
		await play(start, textDelta('hel'), says('hello'), result());

		expect(sink.ofType('message').map((output) => output.text)).toEqual(['hel', 'lo']);
	});

	it('tells thoughts apart from messages', async () => {
		const { play, sink } = await connectScripted();
		const content = [
			{ type: 'thinking', thinking: 'hmm' },
			{ type: 'text', text: 'yes' },
		];
		await play(assistant(content), result());

		expect(sink.ofType('thought')).toEqual([{ type: 'thought', text: 'hmm', messageId: 'msg_1' }]);
		expect(sink.said).toBe('yes');
	});

	it('tells a tool call, the file it touches, and its outcome', async () => {
		const { play, sink } = await connectScripted();
		await play(
			usesTool('Edit', { file_path: '/work/a.ts', new_string: 'x' }),
			toolResult('no such file', true),
			result(),
		);

		expect(sink.ofType('tool_call')).toEqual([
			{
				type: 'tool_call',
				toolCallId: 'toolu_1',
				title: 'Edit: /work/a.ts',
				kind: 'edit',
				status: 'pending',
				input: { file_path: '/work/a.ts', new_string: 'x' },
				locations: [{ path: '/work/a.ts' }],
			},
		]);
		expect(sink.ofType('tool_call_update')).toEqual([
			{ type: 'tool_call_update', toolCallId: 'toolu_1', status: 'failed', output: 'no such file' },
		]);
	});

	it('tells a to-do list as a plan', async () => {
		const { play, sink } = await connectScripted();
		await play(
			usesTool('TodoWrite', { todos: [{ content: 'test', status: 'pending', activeForm: 'testing' }] }),
			result(),
		);

		expect(sink.ofType('plan')).toEqual([
			{ type: 'plan', entries: [{ content: 'test', status: 'pending', priority: 'medium' }] },
		]);
	});

	it("keeps a sub-agent's words out of the agent's own", async () => {
		const { play, sink } = await connectScripted();
		const overrides = { parent_tool_use_id: 'toolu_9' };
		const turn = await play(
			assistant([{ type: 'text', text: 'from below' }], overrides),
			says('from above'),
			result({ result: '' }),
		);

		expect(turn.text).toBe('from above');
		expect(sink.said).toBe('from above');
		expect(sink.ofType('other').map((output) => output.name)).toEqual(['subagent_message']);
	});

	it('tells a compaction and whatever else the system reports', async () => {
		const { play, sink } = await connectScripted();
		await play({ type: 'system', subtype: 'compact_boundary', compact_metadata: { trigger: 'auto' } }, result());

		expect(sink.ofType('other')).toMatchObject([
			{ name: 'system/compact_boundary', data: { compact_metadata: { trigger: 'auto' } } },
		]);
	});

	it.each([
		['rejected', { resetsAt: 1_800_000_000 }, [1_800_000_000_000]],
		['rejected', {}, [null]],
		['rejected', { resetsAt: 1_800_000_000, isUsingOverage: true }, []],
		['allowed_warning', { resetsAt: 1_800_000_000 }, []],
	])('reads a usage limit: %s %o', async (status, info, limits) => {
		const { play, sink } = await connectScripted();
		await play({ type: 'rate_limit_event', rate_limit_info: { status, ...info } }, result());

		expect(sink.limits).toEqual(limits);
	});

	it('reports nothing once the transport has closed, though frames still come', async () => {
		const agent = createScriptedAgent();
		const sink = createRecordingSink();
		let close = (_closure: TransportClosure) => {};
		const closed = new Promise<TransportClosure>((resolve) => {
			close = resolve;
		});
		const connecting = streamJsonProtocol.connect({ ...agent.transport, closed }, connectOptions(sink));
		agent.agree(await agent.hear(isControl('initialize')));
		await connecting;

		agent.say(says('last words'));
		await expect.poll(() => sink.said).toBe('last words');
		close({ expected: false, reason: 'exit code 0', exitCode: 0, signal: null, stderrTail: '' });
		await closed;
		agent.say(says('from beyond'));
		agent.end();
		await agent.transport.closed;
		expect(sink.said).toBe('last words');
	});

	it('ends the session by closing the control channel', async () => {
		const { agent, session } = await connectScripted();
		await session.end();
		expect(agent.isClosed).toBe(true);
	});
});
