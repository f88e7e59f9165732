/** Audit entries of what is asked of agents' configuration; see `audit-projection.ts` for their commands. */

import { auditRecord, type Deed } from '../audit/record.ts';
import type { DomainRecord } from '../durable/store.ts';
import type { Conditions, PatchAgent } from './service.ts';
import type { AgentView } from './views.ts';

/** Who asks, and why. */
export function deedOf({ by, reason }: Conditions): Pick<Deed, 'by' | 'reason'> {
	return { by, reason: reason ?? null };
}

/** One entry for the change, and one each for what it does to policy and budget, as they were and are. */
export function auditChange(
	view: AgentView,
	change: PatchAgent,
	conditions: Conditions,
	at: number,
): readonly DomainRecord[] {
	const about = { ...deedOf(conditions), agentId: view.id };
	const fields = Object.keys(change).filter((name) => name !== 'policy' && name !== 'budget');
	const rules = (['policy', 'budget'] as const).filter((name) => change[name] !== undefined);
	return [
		...(fields.length > 0 ? [auditRecord(at, { ...about, action: 'agent.patch', detail: { changed: fields } })] : []),
		...rules.map((name) =>
			auditRecord(at, { ...about, action: `${name}.change`, detail: { from: view[name], to: change[name] ?? null } }),
		),
	];
}
