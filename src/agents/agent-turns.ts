/**
 * Turns: prompts brought to connected agents, their cancellation, answers on their way back, and what
 * came of it all.
 *
 * Output that came before a result is stored before the result is.
 */

import type { AnyMachineSnapshot } from 'xstate';
import type { AgentCommandEvent } from '../../machines/agent-model.ts';
import type { EffectContext } from '../durable/definition.ts';
import { createFailure } from '../errors.ts';
import { agentIdOf } from './address.ts';
import type { AgentReports } from './agent-reports.ts';
import type { AgentRuns } from './agent-runs.ts';
import type { Connection } from './connection.ts';
import type { RequestAnswer, TurnResult } from './drivers/driver.ts';
import type { OutputLog } from './output-log.ts';
import { composeTurn } from './turn-content.ts';
import type { Reads } from './views.ts';

export interface AgentTurnsDeps {
	readonly reads: Pick<Reads, 'prompt'>;
	readonly output: OutputLog;
	readonly reports: AgentReports;
	readonly runs: Pick<AgentRuns, 'connectionOf'>;
	/** The agent's committed snapshot. */
	snapshotOf(address: string): AnyMachineSnapshot | undefined;
}

export interface AgentTurns {
	/** Effect: gives the agent its prompt. */
	deliverPrompt(
		params: { generation: number; promptId: string; continuation: boolean; notice: boolean },
		context: EffectContext,
	): Promise<AgentCommandEvent | undefined>;
	/** Effect: asks the agent to end its turn. */
	cancelTurn(params: { generation: number }, context: EffectContext): Promise<undefined>;
	/** Effect: brings an answer to the agent that asked. */
	deliverAnswer(
		params: { generation: number; requestId: string },
		context: EffectContext,
	): Promise<AgentCommandEvent | undefined>;
}

export function createAgentTurns(deps: AgentTurnsDeps): AgentTurns {
	const { reads, output, reports, runs } = deps;

	async function deliverPrompt(
		params: { generation: number; promptId: string; continuation: boolean; notice: boolean },
		{ address }: EffectContext,
	): Promise<AgentCommandEvent | undefined> {
		const agentId = agentIdOf(address);
		const { generation, promptId } = params;
		const connection = runs.connectionOf(agentId, generation);
		const prompt = await reads.prompt(promptId);
		// Its end has been, or will be, reported as such.
		if (!connection) return undefined;
		if (!prompt) {
			const failure = createFailure('turn_failed', `the text of prompt ${promptId} is gone`);
			return { type: 'RESULT', generation, promptId, outcome: 'failed', failure };
		}
		// Cancelled before the agent was asked: the cancellation found nothing to cancel, so nothing may begin.
		const state = deps.snapshotOf(address);
		if (state?.matches({ busy: 'cancelling' })) return { type: 'RESULT', generation, promptId, outcome: 'cancelled' };
		void followTurn(connection, promptId, connection.runTurn(promptId, composeTurn(prompt, params)));
		return undefined;
	}

	async function followTurn(connection: Connection, promptId: string, turn: Promise<TurnResult>): Promise<void> {
		const { agentId, generation } = connection;
		let result: TurnResult;
		try {
			result = await turn;
		} catch {
			// The connection ended first, and its end is reported.
			return;
		}
		void output.flush();
		const row = {
			text: result.text,
			stopReason: result.ok ? result.stopReason : null,
			usage: result.usage ?? null,
		};
		const outcome = !result.ok ? 'failed' : result.stopReason === 'cancelled' ? 'cancelled' : 'finished';
		await reports.send(
			agentId,
			{
				type: 'RESULT',
				generation,
				promptId,
				outcome,
				...(result.ok ? { stopReason: result.stopReason } : { failure: result.failure }),
				...(result.usage && { usage: { ...result.usage } }),
				...(connection.costOfRun && { costOfRun: true }),
			},
			{ records: [{ op: 'update', table: 'prompts', id: promptId, set: { result: JSON.stringify(row) } }] },
		);
	}

	return {
		deliverPrompt,
		async cancelTurn({ generation }, { address }) {
			await runs.connectionOf(agentIdOf(address), generation)?.cancelTurn();
			return undefined;
		},
		async deliverAnswer({ generation, requestId }, { address }) {
			const agentId = agentIdOf(address);
			const pending = reports.contextOf(agentId)?.requests.find(({ id }) => id === requestId);
			const connection = runs.connectionOf(agentId, generation);
			if (!pending?.answer || !connection) return undefined;
			const delivered = await connection.answer(requestId, pending.answer as unknown as RequestAnswer);
			return delivered ? { type: 'ANSWER_DELIVERED', requestId } : undefined;
		},
	};
}
