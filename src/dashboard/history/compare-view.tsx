/** What is different between the chosen version and another one. */

import type { ReactElement } from 'react';
import { Button } from '../components/button.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import type { Comparison, HistoryContext, HistoryModel } from './history-model.ts';
import { clampVersion } from './slider.ts';

export interface CompareViewProps {
	readonly context: HistoryContext;
	readonly model: HistoryModel;
}

export function CompareView({ context, model }: CompareViewProps): ReactElement {
	const { version, last, against, comparison } = context;
	return (
		<div className="history-compare">
			<div className="history-buttons">
				<label>
					Compare version {version} with{' '}
					<input
						type="number"
						min={1}
						max={last}
						value={against ?? ''}
						onChange={(event) => model.compareWith(readVersion(event.currentTarget.valueAsNumber, last))}
					/>
				</label>
				<Button size="small" onClick={() => model.compareWith(clampVersion(version - 1, last))}>
					The one before
				</Button>
				<Button size="small" onClick={() => model.compareWith(version)}>
					Keep this one
				</Button>
			</div>
			{against === null && <p className="muted">Name a version, or keep this one and move on.</p>}
			{comparison && <Differences comparison={comparison} />}
		</div>
	);
}

function readVersion(value: number, last: number): number | null {
	return Number.isInteger(value) ? clampVersion(value, last) : null;
}

const signs = { added: '+', removed: '−', changed: '~' } as const;

function Differences({ comparison }: { readonly comparison: Comparison }): ReactElement {
	const { from, to, tagsAdded, tagsRemoved, context } = comparison;
	const tags = [...tagsAdded.map((tag) => `+ ${tag}`), ...tagsRemoved.map((tag) => `− ${tag}`)];
	return (
		<>
			<p>
				<StateBadge state={from.state} /> in version {from.version}, <StateBadge state={to.state} /> in version{' '}
				{to.version}
				{tags.length > 0 && `; tags ${tags.join(', ')}`}
			</p>
			{context === null && <p className="muted">One of the two cannot be told.</p>}
			{context?.length === 0 && <p className="muted">Their contexts are the same.</p>}
			{context !== null && context.length > 0 && (
				<table className="panel-table history-differences">
					<thead>
						<tr>
							<th scope="col">What</th>
							<th scope="col">Version {from.version}</th>
							<th scope="col">Version {to.version}</th>
						</tr>
					</thead>
					<tbody>
						{context.map(({ path, kind, before, after }) => (
							<tr key={path} className={`history-${kind}`}>
								<th scope="row">
									<span aria-hidden="true">{signs[kind]} </span>
									<span className="visually-hidden">{kind} </span>
									<code>{showOnOneLine(path, 120)}</code>
								</th>
								<td>{kind !== 'added' && <code>{sayValue(before)}</code>}</td>
								<td>{kind !== 'removed' && <code>{sayValue(after)}</code>}</td>
							</tr>
						))}
					</tbody>
				</table>
			)}
		</>
	);
}

function sayValue(value: unknown): string {
	if (value === '[redacted]') return 'redacted';
	return showOnOneLine(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), 300);
}
