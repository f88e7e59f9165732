/**
 * The turns of a stream-json session. Owns the turn in progress: from the prompt to its `result`.
 *
 * 1. A turn ends with its `result`; a result that belongs to no turn of ours changes nothing.
 * 2. Agents begin turns by themselves (a background task has ended). While one is under way a prompt is
 *    held back; where the two cross, the result's `origin` tells which is which.
 * 3. When the connection ends, the turn is rejected.
 */
import type { ContentBlock, TurnResult } from './driver.ts';
import type { ResultMessage } from './stream-json-messages.ts';
import { readTurnResult } from './stream-json-result.ts';
import type { Transcript } from './stream-json-transcript.ts';

export interface Turns {
	/** Runs one turn; rejects when the connection ends first. */
	run(content: readonly ContentBlock[]): Promise<TurnResult>;
	/** The agent speaks: a sign of a turn of its own when it has none of ours. */
	noteSpeech(): void;
	/** The agent begins a turn; the first time that may be no more than a greeting. */
	noteInit(): void;
	/** Ends the turn that the result belongs to. */
	end(result: ResultMessage): void;
	/** Resolves when `interrupt` has been taken or the turn has ended; at once when there is none. */
	cancel(interrupt: () => Promise<unknown>): Promise<void>;
	/** A turn is in progress that shall end. */
	readonly cancelling: boolean;
	close(reason: Error): void;
}

interface Turn {
	readonly content: readonly ContentBlock[];
	readonly ended: Promise<TurnResult>;
	finish(result: TurnResult): void;
	fail(reason: Error): void;
	sent: boolean;
	cancelRequested: boolean;
}

/** @param send hands a prompt to the agent, once nothing else is under way */
export function createTurns(send: (content: readonly ContentBlock[]) => Promise<void>, transcript: Transcript): Turns {
	let current: Turn | null = null;
	let astray = false;
	let hasRun = false;
	let closed: Error | null = null;
	let previousResult: string | null = null;

	function noteSpeech(): void {
		if (current?.sent !== true) astray = true;
	}

	function begin(turn: Turn): void {
		turn.sent = true;
		hasRun = true;
		transcript.restart();
		send(turn.content).catch(turn.fail);
	}

	return {
		async run(content) {
			if (closed !== null) throw closed;
			const turn = createTurn(content);
			current = turn;
			if (!astray) begin(turn);
			try {
				return await turn.ended;
			} finally {
				if (current === turn) current = null;
			}
		},
		noteSpeech,
		noteInit() {
			if (hasRun) noteSpeech();
		},
		end(result) {
			const turn = current;
			astray = false;
			if (turn === null) return;
			if (!turn.sent) {
				begin(turn);
				return;
			}
			if (isAgentsOwn(result)) {
				// What was said so far belongs to it; ours is next.
				transcript.restart();
				return;
			}
			// Cleared here and not when `run` goes on: frames of this very moment belong to no turn any more.
			current = null;
			const { text, modelError, lastAnswer } = transcript;
			const { cancelRequested } = turn;
			turn.finish(readTurnResult(result, { text, modelError, lastAnswer, cancelRequested, previousResult }));
			previousResult = result.result ?? null;
		},
		async cancel(interrupt) {
			const turn = current;
			if (turn === null) return;
			turn.cancelRequested = true;
			if (turn.sent) {
				await Promise.race([interrupt(), turn.ended]);
			} else {
				current = null;
				turn.finish({ ok: true, stopReason: 'cancelled', text: '' });
			}
		},
		get cancelling() {
			return current?.cancelRequested ?? false;
		},
		close(reason) {
			closed = reason;
			current?.fail(reason);
		},
	};
}

/** Who may have begun a turn besides us. A continuation of ours counts as ours. */
const othersOrigins: ReadonlySet<string> = new Set(['task-notification', 'channel', 'peer', 'coordinator']);

function isAgentsOwn({ origin }: ResultMessage): boolean {
	return origin ? othersOrigins.has(origin.kind) : false;
}

function createTurn(content: readonly ContentBlock[]): Turn {
	let finish: (result: TurnResult) => void = () => {};
	let fail: (reason: Error) => void = () => {};
	const ended = new Promise<TurnResult>((resolve, reject) => {
		finish = resolve;
		fail = reject;
	});
	return { content, ended, finish, fail, sent: false, cancelRequested: false };
}
