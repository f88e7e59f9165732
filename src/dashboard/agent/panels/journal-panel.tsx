/** The journal: every step the agent's machine took, the newest first, with what caused it. */

import { useSelector } from '@xstate/store-react';
import { Fragment, type ReactElement, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icons.tsx';
import { LongOutput } from '../../content/long-text-view.tsx';
import { renderValue } from '../../content/tool-content.ts';
import { showOnOneLine } from '../../content/visible-text.ts';
import { describeEvent, describeStep } from '../../statechart/event-words.ts';
import { Moment } from '../entries/entry-parts.tsx';
import { type Journal, type JournalLine, journalPageSize } from './journal.ts';

export function JournalPanel({ journal }: { readonly journal: Journal }): ReactElement {
	const { lines, earlier, isLoaded, isLoading, error } = useSelector(journal.store, ({ context }) => context);
	if (isLoaded && lines.length === 0)
		return <EmptyState title="Nothing has happened yet">Every step of the agent will be listed here.</EmptyState>;
	return (
		<div className="panel-body">
			<ErrorNote error={error} onRetry={() => journal.follow(0)} />
			{!isLoaded && !error && <p className="muted">Loading…</p>}
			{lines.length > 0 && (
				<table className="panel-table journal">
					<thead>
						<tr>
							<th scope="col">When</th>
							<th scope="col">Change</th>
							<th scope="col">Why</th>
							<th scope="col">
								<span className="visually-hidden">Details</span>
							</th>
						</tr>
					</thead>
					<tbody>
						{lines.toReversed().map((line) => (
							<JournalRow key={line.seq} line={line} />
						))}
					</tbody>
				</table>
			)}
			{earlier > 0 && (
				<Button busy={isLoading} onClick={journal.loadEarlier}>
					Show {Math.min(earlier, journalPageSize)} earlier of {earlier}
				</Button>
			)}
		</div>
	);
}

function JournalRow({ line }: { readonly line: JournalLine }): ReactElement {
	const [isOpen, setOpen] = useState(false);
	const { seq, from, to, trigger, event, at } = line;
	return (
		<Fragment>
			<tr>
				<td>
					<Moment at={at} />
				</td>
				<td className="journal-change">
					{from === to ? <span className="muted">{describeStep(line)}</span> : describeStep(line)}
				</td>
				<td className="journal-why">
					<span title={trigger ?? undefined}>
						{showOnOneLine(describeEvent(trigger ?? String(event.type ?? '')), 80)}
					</span>{' '}
					<code className="muted">{showOnOneLine(String(event.type ?? ''), 60)}</code>
				</td>
				<td>
					<Button
						size="small"
						look="quiet"
						className={isOpen ? 'unfold unfolded' : 'unfold'}
						icon={<Icon name="chevron" size={14} />}
						label={`Details of step ${line.version}`}
						aria-expanded={isOpen}
						aria-controls={`journal-${seq}`}
						onClick={() => setOpen(!isOpen)}
					/>
				</td>
			</tr>
			{isOpen && (
				<tr id={`journal-${seq}`}>
					<td colSpan={4} className="journal-detail">
						<p className="muted">
							Version {line.version}, entry {seq} of the journal, run {line.generation ?? '–'}. Cause:{' '}
							<code>{showOnOneLine(line.cause, 200)}</code>
						</p>
						<LongOutput text={renderValue(event)} />
					</td>
				</tr>
			)}
		</Fragment>
	);
}
