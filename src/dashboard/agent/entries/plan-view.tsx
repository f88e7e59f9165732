/** The agent's plan as a checklist. */

import type { ReactElement } from 'react';
import { showOnOneLine } from '../../content/visible-text.ts';
import type { PlanEntry } from '../transcript/entry.ts';

/** Agents may name any status: a map knows none but these. */
const signs: ReadonlyMap<string, readonly [sign: string, words: string]> = new Map([
	['completed', ['✓', 'done']],
	['in_progress', ['▸', 'in progress']],
	['pending', ['○', 'to do']],
]);

export function PlanSteps({ steps }: Pick<PlanEntry, 'steps'>): ReactElement {
	return (
		<ol className="plan">
			{steps.map(({ content, status, priority }, index) => {
				const [sign, words] = signs.get(status) ?? ['·', showOnOneLine(status, 30)];
				return (
					// biome-ignore lint/suspicious/noArrayIndexKey: a plan is replaced as a whole
					<li key={index} className={`plan-${signs.has(status) ? status : 'other'}`}>
						<span className="plan-sign" role="img" aria-label={words}>
							{sign}
						</span>
						<span>
							{showOnOneLine(content, 500)}
							{priority === 'high' && <span className="plan-priority"> high priority</span>}
						</span>
					</li>
				);
			})}
		</ol>
	);
}

/** `2 of 5`. */
export function countDone(steps: PlanEntry['steps']): string {
	return `${steps.filter(({ status }) => status === 'completed').length} of ${steps.length}`;
}

export function PlanView({ entry }: { readonly entry: PlanEntry }): ReactElement | null {
	if (entry.steps.length === 0) return null;
	return (
		<section className="entry-plan" aria-label="Plan">
			<header className="entry-head">
				<strong>Plan</strong>
				<span className="muted">{countDone(entry.steps)} done</span>
			</header>
			<PlanSteps steps={entry.steps} />
		</section>
	);
}
