/** What is told of an agent's spending, and what its row shows of its budget. See `projection.ts`. */

import type { BudgetKind } from '../../machines/agent-budget.ts';
import { exceededLimits } from '../../machines/agent-budget.ts';
import type { AgentContext } from '../../machines/agent-model.ts';
import { auditRecord } from '../audit/record.ts';
import { type AgentStep, type Gathered, tell } from './agent-step.ts';

/** Whether an answer has changed the budget; a change of the configuration brings its own columns. */
export function isRaised({ before, after, event }: AgentStep): boolean {
	return event.type === 'ANSWER' && before !== null && before.settings.budget !== after.settings.budget;
}

export function projectBudget(step: AgentStep, into: Gathered): void {
	const { before, after, event, agentId, at } = step;
	if (!before || (before.spending === after.spending && before.settings === after.settings)) return;
	if (isRaised(step) && event.type === 'ANSWER') {
		const { budget = null } = after.settings;
		const detail = { from: before.settings.budget ?? null, to: budget };
		into.records.push(auditRecord(at, { by: event.by ?? 'budget', action: 'budget.change', agentId, detail }));
	}
	for (const kind of after.spending.warned) {
		if (!before.spending.warned.includes(kind)) tell(step, into, 'budget.warned', describe(after, kind, 'soft'));
	}
	if (after.spending.asked > before.spending.asked) {
		const exceeded = exceededLimits(after).map((kind) => describe(after, kind, 'hard'));
		for (const limit of exceeded) tell(step, into, 'budget.exceeded', limit);
		into.records.push(auditRecord(at, { by: 'budget', action: 'agent.suspend', agentId, detail: { exceeded } }));
	}
}

function describe({ settings, spending }: AgentContext, kind: BudgetKind, which: 'soft' | 'hard') {
	const limit = settings.budget?.[kind]?.[which] ?? 0;
	return { kind, limit, spent: kind === 'turnSeconds' ? limit : spending[kind] };
}
