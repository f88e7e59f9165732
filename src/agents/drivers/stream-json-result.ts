/** How a turn ended, read from Claude Code's `result` message. Not every result is a success. */
import { createFailure, type Failure } from '../../errors.ts';
import type { StopReason, TurnResult, Usage } from './driver.ts';
import type { ResultMessage, TokenUsage } from './stream-json-messages.ts';
import type { Transcript } from './stream-json-transcript.ts';

/** What is known of the turn besides its result message. */
export type TurnContext = Pick<Transcript, 'text' | 'modelError' | 'lastAnswer'> & {
	readonly cancelRequested: boolean;
	/** The text of the result before this one. */
	readonly previousResult: string | null;
};

const loginNeeded = /please run \/login|invalid api key|failed to authenticate/i;

/** Whether a text of the agent says that it must be logged in. */
export function needsLogin(text: string): boolean {
	return loginNeeded.test(text);
}

/** Builds the turn's result. */
export function readTurnResult(result: ResultMessage, turn: TurnContext): TurnResult {
	const end = { text: readText(result, turn), usage: readUsage(result, turn.lastAnswer) };
	const failed = result.is_error || result.subtype !== 'success' || turn.modelError !== null;
	const aborted = result.terminal_reason?.startsWith('aborted') ?? false;
	// A turn that was done before the interrupt reached it is not cancelled: its work stands.
	if (failed && (turn.cancelRequested || aborted)) return { ok: true, stopReason: 'cancelled', ...end };
	if (failed) return { ok: false, failure: readFailure(result, turn.modelError), ...end };
	return { ok: true, stopReason: readStopReason(result.stop_reason), ...end };
}

/** Tokens of the turn, context of the last answer, and the cost of the process so far. */
export function readUsage(result: ResultMessage, lastAnswer: Transcript['lastAnswer']): Usage {
	const { usage, total_cost_usd: cost } = result;
	const contextSize = lastAnswer === null ? null : findContextWindow(result, lastAnswer.model);
	return {
		...(usage ? { inputTokens: countInput(usage), outputTokens: usage.output_tokens ?? 0 } : {}),
		...(lastAnswer === null
			? {}
			: { contextUsed: countInput(lastAnswer.usage) + (lastAnswer.usage.output_tokens ?? 0) }),
		...(contextSize === null ? {} : { contextSize }),
		...(typeof cost === 'number' ? { cost: { amount: cost, currency: 'USD' } } : {}),
	};
}

function readText({ result: text }: ResultMessage, turn: TurnContext): string {
	if (!text) return turn.text;
	// After `/compact` Claude Code repeats its last result, though it has said nothing.
	return turn.text === '' && text === turn.previousResult ? '' : text;
}

function readFailure(result: ResultMessage, modelError: string | null): Failure {
	const message = result.result || result.errors?.join('; ') || `The turn ended with ${result.subtype}`;
	const detail = {
		subtype: result.subtype,
		...(modelError === null ? {} : { modelError }),
		...(result.api_error_status ? { apiStatus: result.api_error_status } : {}),
		...(result.errors?.length ? { errors: result.errors } : {}),
	};
	const loggedOut = modelError === 'authentication_failed' || result.api_error_status === 401 || needsLogin(message);
	return createFailure(loggedOut ? 'authentication_required' : 'turn_failed', message, detail);
}

function readStopReason(reason: string | null | undefined): StopReason {
	return reason === 'max_tokens' || reason === 'refusal' ? reason : 'end_turn';
}

/** Cached tokens are tokens read all the same. */
function countInput(usage: TokenUsage): number {
	const { input_tokens: fresh, cache_creation_input_tokens: written, cache_read_input_tokens: read } = usage;
	return (fresh ?? 0) + (written ?? 0) + (read ?? 0);
}

/** The result names a model with its variant: `claude-x[1m]`. */
function findContextWindow(result: ResultMessage, model: string): number | null {
	const names = Object.keys(result.modelUsage ?? {});
	const name = names.find((candidate) => candidate.startsWith(model));
	return name === undefined ? null : (result.modelUsage?.[name]?.contextWindow ?? null);
}
