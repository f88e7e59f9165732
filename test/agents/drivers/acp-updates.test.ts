import { describe, expect, test } from 'vitest';
import { translateUpdate } from '../../../src/agents/drivers/acp-updates.ts';

const diff = { type: 'diff', path: '/a.ts', oldText: 'a', newText: 'b' };
const words = { type: 'content', content: { type: 'text', text: 'done' } };

function outputOf(fields: Readonly<Record<string, unknown>>): unknown {
	const update = { sessionUpdate: 'tool_call_update', toolCallId: 'call_1', status: 'completed', ...fields };
	const told = translateUpdate({ sessionId: 's', update })?.output;
	return told?.type === 'tool_call_update' ? told.output : 'no update of a tool call';
}

describe('what a tool gave', () => {
	test('is its raw output, where the agent shows only words beside it', () => {
		expect(outputOf({ rawOutput: { ok: true }, content: [words] })).toEqual({ ok: true });
	});

	test('is what the agent shows, where there is nothing else, and where that tells of changes in files', () => {
		expect(outputOf({ content: [words] })).toEqual([words]);
		expect(outputOf({ rawOutput: { ok: true }, content: [words, diff] })).toEqual([words, diff]);
	});

	test('is nothing where nothing was said', () => {
		expect(outputOf({})).toBeUndefined();
	});
});
