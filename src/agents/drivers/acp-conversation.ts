/**
 * What an ACP agent says: passes updates on to the sink and gathers the text and usage of the present turn.
 *
 * 1. History that an agent replays when it restores a session is not told again: while a restored session
 *    has not been prompted yet, its conversation is old. Facts about the session (usage, commands) are passed on.
 * 2. Only the session's own words are its answer; what a sub-agent's session says is told as `other`.
 */
import { translateUpdate } from './acp-updates.ts';
import type { SessionSink, Usage } from './driver.ts';

export interface TurnRecord {
	readonly text: string;
	readonly usage: Usage;
}

export interface AcpConversation {
	/** A notification of the agent. */
	receive(method: string, params: unknown): void;
	/** From here to the next turn the agent repeats history, or (false) it no longer does. */
	replay(isReplaying: boolean): void;
	/** Forgets the turn before; `sessionId` is whose words count. */
	startTurn(sessionId: string): void;
	/** The turn so far. */
	turn(): TurnRecord;
}

export function createAcpConversation(sink: SessionSink): AcpConversation {
	let ownSessionId: string | null = null;
	let isReplaying = false;
	let texts: string[] = [];
	let usage: Usage = {};

	function isForeign(sessionId: string): boolean {
		return ownSessionId !== null && sessionId !== ownSessionId;
	}

	function update(params: unknown): void {
		const told = translateUpdate(params);
		if (told?.isConversation && isReplaying) return;
		if (told === null || (told.isConversation && isForeign(told.sessionId))) {
			sink.output({ type: 'other', name: 'session/update', data: params });
			return;
		}
		const { output } = told;
		if (output.type === 'message') texts.push(output.text);
		if (output.type === 'usage') usage = { ...usage, ...output.usage };
		sink.output(output);
	}

	return {
		receive(method, params) {
			if (method === 'session/update') update(params);
			else sink.output({ type: 'other', name: method, data: params });
		},
		replay(replaying) {
			isReplaying = replaying;
		},
		startTurn(sessionId) {
			ownSessionId = sessionId;
			isReplaying = false;
			texts = [];
			usage = {};
		},
		turn: () => ({ text: texts.join(''), usage }),
	};
}
