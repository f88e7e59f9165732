/** Asks a source as a runner does: the cursor is stored as JSON between two polls. */

import type { Interest, PollRequest, PollResult, TriggerSource } from '../../../src/workflows/triggers/source.ts';
import { type TriggerOf, type TriggerType, triggerSchema } from '../../../src/workflows/triggers/trigger-config.ts';

export interface Polling {
	poll(now: number): Promise<PollResult>;
	/** Another configuration from now on, with the cursor kept. */
	edit(trigger: unknown): void;
	/** Forgets the last answer, as a crash before its commit does. */
	forgetLast(): void;
	readonly interests: readonly Interest[];
}

export interface PollingOptions {
	readonly since?: number;
	readonly agentId?: string;
	readonly workflowId?: string;
	readonly signal?: AbortSignal;
}

export function startPolling(source: TriggerSource, config: unknown, options: PollingOptions = {}): Polling {
	const { since = 0, agentId = 'agt_own', workflowId = 'wfl_own', signal = new AbortController().signal } = options;
	let trigger: unknown = triggerSchema.parse(config);
	let cursor: unknown = null;
	let before: unknown = null;
	return {
		async poll(now) {
			const request: PollRequest = { workflowId, agentId, trigger, cursor, now, since, signal };
			const answer = await source.poll(request);
			before = cursor;
			cursor = JSON.parse(JSON.stringify(answer.cursor));
			return answer;
		},
		edit(config) {
			trigger = triggerSchema.parse(config);
		},
		forgetLast() {
			cursor = before;
		},
		get interests() {
			return source.interests?.(trigger, agentId) ?? [];
		},
	};
}

export function parseTrigger<T extends TriggerType>(config: { readonly type: T } & Record<string, unknown>) {
	return triggerSchema.parse(config) as TriggerOf<T>;
}

export const sourceIds = ({ items }: PollResult): readonly string[] => items.map(({ sourceId }) => sourceId);
