import { expect, test } from 'vitest';
import { createConnection } from '../../src/agents/connection.ts';
import type { AgentOutput, TurnResult } from '../../src/agents/drivers/driver.ts';

/** A connection to an agent whose turns end when the test says so. */
function connect() {
	const turn: { end?: (result: TurnResult) => void } = {};
	const session = {
		sessionId: null,
		resumed: false,
		capabilities: { resume: false, images: false },
		agentInfo: null,
		prompt: () =>
			new Promise<TurnResult>((resolve) => {
				turn.end = resolve;
			}),
		cancel: async () => {},
		answer: async () => {},
		end: async () => {},
	};
	const closed = new Promise<never>(() => {});
	const transport = {
		kind: 'stdio' as const,
		frames: (async function* () {})(),
		send: async () => {},
		close() {},
		closed,
	};
	const connection = createConnection({
		agentId: 'agt_1',
		generation: 1,
		session,
		transport,
		process: null,
		strike: (said) => said,
	});
	return { connection, endTurn: () => turn.end?.({ ok: true, stopReason: 'end_turn', text: '' }) };
}

function call(toolCallId: string, status: 'pending' | 'in_progress' | 'completed' | 'failed'): AgentOutput {
	return { type: 'tool_call', toolCallId, title: 'Build', kind: 'execute', status };
}

function update(toolCallId: string, status?: 'in_progress' | 'completed' | 'failed'): AgentOutput {
	return { type: 'tool_call_update', toolCallId, ...(status && { status }) };
}

test('[AG55] an agent uses a tool from the call to its end, whatever it says in between', () => {
	const { connection } = connect();
	void connection.runTurn('pmt_1', []);
	const after = (output: AgentOutput) => {
		connection.noteOutput(output);
		return connection.isUsingTool;
	};
	expect(connection.isUsingTool).toBe(false);
	expect(after(call('a', 'pending'))).toBe(true);
	expect(after(update('a', 'in_progress'))).toBe(true);
	expect(after(update('a'))).toBe(true);
	expect(after({ type: 'message', text: 'still building' })).toBe(true);
	expect(after(update('another', 'completed'))).toBe(true);
	expect(after(update('a', 'failed'))).toBe(false);
	expect(after(call('b', 'in_progress'))).toBe(true);
	expect(after(call('c', 'completed'))).toBe(false);
});

test('[AG55] a tool whose end was never told is over with its turn, and does not count in the next', async () => {
	const { connection, endTurn } = connect();
	const turn = connection.runTurn('pmt_1', []);
	connection.noteOutput(call('a', 'in_progress'));
	endTurn();
	await turn;
	expect(connection.isUsingTool).toBe(false);
	void connection.runTurn('pmt_2', []);
	expect(connection.isUsingTool).toBe(false);
});
