/** The steps before and after the chosen one, each a button that leads there. */

import type { ReactElement } from 'react';
import { Moment } from '../agent/entries/entry-parts.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import { describeEvent, describeStep } from '../statechart/event-words.ts';
import { aroundChosen, type HistoryContext, type JournalLine } from './history-model.ts';

export interface AroundListProps {
	readonly context: HistoryContext;
	readonly onChoose: (version: number) => void;
}

export function AroundList({ context, onChoose }: AroundListProps): ReactElement {
	const { version, lines } = context;
	const around = Array.from({ length: 2 * aroundChosen + 1 }, (_, index) => version - aroundChosen + index);
	const shown = around.flatMap((one) => lines.get(one) ?? []);
	return (
		<section className="history-around" aria-label="Steps around it">
			<h3>Steps around it</h3>
			<ol>
				{shown.map((line) => (
					<li key={line.version}>
						<button
							type="button"
							aria-current={line.version === version || undefined}
							onClick={() => onChoose(line.version)}
						>
							<span className="history-number">{line.version}</span>
							<span className="truncate" title={nameOf(line)}>
								{describe(line)}
							</span>
							<Moment at={line.at} />
						</button>
					</li>
				))}
			</ol>
		</section>
	);
}

function describe(line: JournalLine): string {
	return `${describeStep(line)} (${showOnOneLine(describeEvent(nameOf(line)), 40)})`;
}

function nameOf({ trigger, event }: JournalLine): string {
	return trigger ?? String(event.type ?? '');
}
