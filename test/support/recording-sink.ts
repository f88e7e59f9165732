/** A session sink that keeps what it is told, for tests to look at. */
import { vi } from 'vitest';
import type { AgentOutput, AgentRequest, SessionSink } from '../../src/agents/drivers/driver.ts';

export interface RecordingSink extends SessionSink {
	readonly outputs: AgentOutput[];
	readonly raised: AgentRequest[];
	readonly withdrawn: Array<{ readonly key: string; readonly note: string }>;
	readonly sessionIds: string[];
	readonly limits: Array<number | null>;
	readonly signsOfLife: number;
	/** Everything the agent said, in one text. */
	readonly said: string;
	/** The outputs of one type. */
	ofType<Type extends AgentOutput['type']>(type: Type): Array<Extract<AgentOutput, { type: Type }>>;
	/** Waits for the n-th request, counted from 1. */
	request(n?: number): Promise<AgentRequest>;
}

export function createRecordingSink(): RecordingSink {
	const outputs: AgentOutput[] = [];
	const raised: AgentRequest[] = [];
	const withdrawn: Array<{ readonly key: string; readonly note: string }> = [];
	const sessionIds: string[] = [];
	const limits: Array<number | null> = [];
	let signsOfLife = 0;

	function ofType<Type extends AgentOutput['type']>(type: Type) {
		return outputs.filter((output): output is Extract<AgentOutput, { type: Type }> => output.type === type);
	}

	return {
		outputs,
		raised,
		withdrawn,
		sessionIds,
		limits,
		get signsOfLife() {
			return signsOfLife;
		},
		get said() {
			return ofType('message')
				.map((output) => output.text)
				.join('');
		},
		ofType,
		request(n = 1) {
			return vi.waitFor(
				() => {
					const request = raised[n - 1];
					if (request === undefined) throw new Error(`only ${raised.length} requests were raised`);
					return request;
				},
				{ timeout: 20_000, interval: 10 },
			);
		},
		output: (output) => outputs.push(output),
		requestRaised: (request) => raised.push(request),
		requestWithdrawn: (key, note) => withdrawn.push({ key, note }),
		sessionIdentified: (sessionId) => sessionIds.push(sessionId),
		usageLimited: (resetsAt) => limits.push(resetsAt),
		alive: () => {
			signsOfLife += 1;
		},
	};
}
