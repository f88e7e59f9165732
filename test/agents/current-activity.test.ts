/** What agents do at the moment, as one line. */

import { describe, expect, test } from 'vitest';
import { createCurrentActivity } from '../../src/agents/current-activity.ts';
import type { PromptView } from '../../src/agents/views.ts';
import { createEventBus } from '../../src/events/bus.ts';

const busy = { id: 'agt_1', executionState: 'busy', substate: 'working' };

function open(text = 'Mend the roof.\nThen rest.') {
	const bus = createEventBus();
	const prompt = { id: 'pmt_1', agentId: 'agt_1', text } as PromptView;
	let reads = 0;
	const find = async (): Promise<readonly PromptView[]> => {
		reads += 1;
		return [prompt];
	};
	const activity = createCurrentActivity({ bus, reads: { runningPrompts: find, promptsByIds: find } });
	let seq = 0;
	const tell = (topic: string, data: object) =>
		bus.publish([{ seq: ++seq, topic, agentId: 'agt_1', at: 1, data: JSON.stringify({ promptId: 'pmt_1', ...data }) }]);
	const told: string[] = [];
	activity.subscribe((agentId) => told.push(`${agentId} ${activity.of(busy)}`));
	return { activity, tell, told, reads: () => reads };
}

const call = (id: string, status?: string, title?: string) => ({
	toolCallId: id,
	...(status && { status }),
	...(title && { title }),
});
const plan = (...entries: Array<[string, string]>) => ({
	entries: entries.map(([content, status]) => ({ content, status, priority: 'low' })),
});

describe('what an agent does', () => {
	test('is its plan before its tools before its prompt, and nothing without a turn', async () => {
		const { activity, tell, told } = open();
		expect(activity.of(busy)).toBeNull();
		tell('prompt.started', { generation: 1 });
		await activity.prepare([busy]);
		expect(activity.of(busy)).toBe('Mend the roof.');
		tell('agent.output.tool_call', call('one', 'pending', 'Read a.txt'));
		tell('agent.output.tool_call', call('two', 'in_progress', 'Write b.txt'));
		tell('agent.output.plan', plan(['Look', 'completed'], ['Climb', 'in_progress']));
		tell('agent.output.plan', plan(['Look', 'completed'], ['Climb', 'completed']));
		tell('agent.output.tool_call_update', call('two', 'in_progress'));
		tell('agent.output.tool_call_update', call('two', 'completed'));
		tell('agent.output.tool_call_update', call('one', undefined, 'Read all'));
		tell('agent.output.tool_call_update', call('one', 'failed'));
		const lines = ['Read a.txt', 'Write b.txt', 'Climb', 'Write b.txt', 'Read a.txt', 'Read all', 'Mend the roof.'];
		expect(told).toEqual(lines.map((line) => `agt_1 ${line}`));
		expect(activity.of({ ...busy, executionState: 'idle' })).toBeNull();
		tell('prompt.finished', {});
		expect(activity.of(busy)).toBeNull();
	});

	test('is what was asked while its turn waits for the answer, and for no longer', () => {
		const { activity, tell } = open();
		const awaiting = { ...busy, substate: 'awaitingInput' };
		tell('prompt.started', { generation: 1 });
		tell('agent.output.plan', plan(['Climb', 'in_progress']));
		tell('request.opened', { requestId: 'req_1', kind: 'question', title: 'Which ladder?\nThe long one?' });
		tell('request.opened', { requestId: 'req_2', kind: 'permission', title: 'Open the shed' });
		expect([activity.of(awaiting), activity.of(busy)]).toEqual(['Open the shed', 'Climb']);
		tell('request.answered', { requestId: 'req_2' });
		tell('request.overdue', { requestId: 'req_1' });
		expect(activity.of(awaiting)).toBe('Which ladder?');
		tell('request.timed_out', { requestId: 'req_1' });
		expect(activity.of(awaiting)).toBe('Climb');
		tell('request.opened', { requestId: 'req_3', kind: 'permission', title: 'Fall' });
		tell('agent.deleted', {});
		expect(activity.of(awaiting)).toBeNull();
	});

	test('is read once, when somebody asks, and found again after a restart', async () => {
		const { activity, tell, reads } = open();
		await activity.prepare([{ ...busy, executionState: 'idle' }]);
		expect(reads()).toBe(0);
		await activity.prepare([busy]);
		await activity.prepare([busy]);
		expect([activity.of(busy), reads()]).toEqual(['Mend the roof.', 1]);
		tell('agent.output.tool_call', { ...call('late', 'pending', 'of another turn'), promptId: 'pmt_0' });
		tell('agent.output.tool_call', { ...call('none', 'pending', 'outside of turns'), promptId: null });
		expect(activity.of(busy)).toBe('Mend the roof.');
	});

	test.each([
		['\u001b[31m \n\n \u0007First\tline\u001b[0m \r\nsecond', 'First line'],
		['\u202eevil\u2066 text', 'evil  text'],
		['x'.repeat(500), `${'x'.repeat(199)}…`],
		['👷'.repeat(300), `${'👷'.repeat(199)}…`],
		['\n\n', null],
	])('is one harmless line', async (text, line) => {
		const { activity } = open(text);
		await activity.prepare([busy]);
		expect(activity.of(busy)).toBe(line);
	});
});
