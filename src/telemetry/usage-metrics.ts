/**
 * Tokens and money, as agents report them with the end of a turn. What an agent reports of money is a sum;
 * what a turn has added to it is worked out as the agent's budget does it.
 */

import { Counter, type Registry } from 'prom-client';
import { spend } from '../../machines/agent-budget.ts';
import type { AgentContext, AgentEvent } from '../../machines/agent-model.ts';
import type { WriteUnit } from '../durable/store.ts';

/** The committed context of an agent's actor, by its address; undefined while it is not there. */
export type ContextOf = (address: string) => AgentContext | undefined;

/** Answers what takes a step's unit, before the step is installed. */
export function createUsageMetrics(contextOf: ContextOf, registry: Registry): (unit: WriteUnit) => void {
	const registers = [registry];
	const tokens = new Counter({
		name: 'statecraft_tokens_total',
		help: 'Tokens of turns that ended, as agents report them',
		labelNames: ['direction'],
		registers,
	});
	const cost = new Counter({
		name: 'statecraft_cost_total',
		help: 'What turns that ended have cost, as agents report it',
		labelNames: ['currency'],
		registers,
	});

	return ({ journal = [] }) => {
		for (const { address, event } of journal) {
			const result = readResult(event);
			if (!result?.usage) continue;
			const { inputTokens, outputTokens, cost: sum } = result.usage;
			tokens.inc({ direction: 'input' }, positive(inputTokens));
			tokens.inc({ direction: 'output' }, positive(outputTokens));
			const context = contextOf(address);
			const added = context ? spend(context, result).cost - context.spending.cost : 0;
			cost.inc({ currency: nameCurrency(sum) }, positive(added));
		}
	};
}

function readResult(event: string): Extract<AgentEvent, { readonly type: 'RESULT' }> | undefined {
	// Of all the events of all machines, few are looked into.
	if (!event.includes('"RESULT"')) return undefined;
	const parsed = JSON.parse(event) as AgentEvent;
	return parsed.type === 'RESULT' ? parsed : undefined;
}

function positive(value: unknown): number {
	return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : 0;
}

/** Agents may say anything; a label may not. */
function nameCurrency(cost: unknown): string {
	const currency = (cost as { readonly currency?: unknown } | undefined)?.currency;
	return typeof currency === 'string' && /^[A-Z]{3}$/.test(currency) ? currency : 'unknown';
}
