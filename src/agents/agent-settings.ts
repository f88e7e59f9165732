/** What an agent's machine has to know of its configuration, with the defaults of the installation. */

import type { AgentRestart, AgentSettings } from '../../machines/agent-model.ts';
import { readBudget } from './budget.ts';
import type { CreateAgent, RestartPolicy } from './service.ts';
import type { DriverConfigView } from './views.ts';

/** Limits of the installation; durations in milliseconds. */
export interface AgentLimits {
	readonly startupTimeoutMs: number;
	readonly reconnectGraceMs: number;
	readonly cancelTimeoutMs: number;
	readonly maxQueuedPrompts: number;
}

export const defaultRestart: RestartPolicy = {
	policy: 'transient',
	maxRestarts: 3,
	withinSeconds: 60,
	backoffMs: { initial: 1_000, max: 60_000 },
	hung: 'notify',
};

export function completeRestart(
	given: Partial<RestartPolicy> = {},
	base: RestartPolicy = defaultRestart,
): RestartPolicy {
	return { ...defaultRestart, ...base, ...given, backoffMs: { ...base.backoffMs, ...given.backoffMs } };
}

export function transportOf(driver: DriverConfigView): AgentSettings['transport'] {
	return driver.transport ?? 'stdio';
}

export function createSettings(input: CreateAgent, limits: AgentLimits): AgentSettings {
	return {
		transport: transportOf(input.driver),
		restart: completeRestart(input.restart) as AgentRestart,
		interruptedTurn: input.interruptedTurn ?? 'fail',
		...(input.budget && { budget: readBudget(input.budget) }),
		startupTimeoutMs: limits.startupTimeoutMs,
		reconnectGraceMs: limits.reconnectGraceMs,
		cancelTimeoutMs: limits.cancelTimeoutMs,
		maxQueuedPrompts: limits.maxQueuedPrompts,
	};
}
