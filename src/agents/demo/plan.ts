/** How far the demo agent's plan has come: the steps after it are the work of its entries. Pure. */

import type { Step } from './script.ts';

export interface PlanEntry {
	readonly content: string;
	readonly status: 'pending' | 'in_progress' | 'completed';
}

/** Steps that get something done; to wait, think or report is not work. */
const work: ReadonlySet<Step['verb']> = new Set(['say', 'stream', 'tool', 'call', 'permission', 'ask']);

export interface Plan {
	readonly entries: readonly string[];
	/** Steps of work that belong to it, and how many of them are done. */
	readonly total: number;
	readonly done: number;
}

/** The plan that a step sets up: it goes until the next one or the end of the script. */
export function beginPlan(entries: readonly string[], following: readonly Step[]): Plan {
	const next = following.findIndex(({ verb }) => verb === 'plan');
	const own = next === -1 ? following : following.slice(0, next);
	return { entries, total: own.filter(({ verb }) => work.has(verb)).length, done: 0 };
}

/** The plan after a step: the same one where that was no work. */
export function advancePlan(plan: Plan, { verb }: Step): Plan {
	return work.has(verb) ? { ...plan, done: plan.done + 1 } : plan;
}

/** Its entries, ticked off evenly as the work goes on. With no work to come, none is begun. */
export function showPlan({ entries, total, done }: Plan): readonly PlanEntry[] {
	const completed = total === 0 ? 0 : Math.floor((done * entries.length) / total);
	return entries.map((content, index) => {
		if (index < completed) return { content, status: 'completed' };
		return { content, status: index === completed && total > 0 ? 'in_progress' : 'pending' };
	});
}
