/** Entries beside the conversation: logs, milestones, and what the protocol reports that nobody knows here. */

import { Fragment, type ReactElement } from 'react';
import { Fold } from '../../content/fold.tsx';
import { KeptScope } from '../../content/kept-state.tsx';
import { LongOutput } from '../../content/long-text-view.tsx';
import { TerminalText } from '../../content/terminal-text-view.tsx';
import { renderValue } from '../../content/tool-content.ts';
import { cutText, showOnOneLine } from '../../content/visible-text.ts';
import type { LogEntry, Milestone, MilestonesEntry, OtherEntry } from '../transcript/entry.ts';
import { groupByMoment } from '../transcript/milestone.ts';
import { Moment } from './entry-parts.tsx';

/** So many lines are shown without unfolding. */
const shortLog = 3;
const lineLimit = 2_000;

export function LogView({ entry }: { readonly entry: LogEntry }): ReactElement {
	const { lines } = entry;
	const isShort = lines.length <= shortLog && lines.every(({ text }) => text.length <= lineLimit);
	if (isShort) return <LogLines entry={entry} />;
	const summary = (
		<>
			<span className="entry-kind">Log</span>
			<span className="truncate entry-gist">{showOnOneLine(lines[0]?.text ?? '', 160)}</span>
			<span className="muted entry-aside">{lines.length} lines</span>
		</>
	);
	return (
		<Fold className="entry-fold" summary={summary}>
			{() => <LogLines entry={entry} />}
		</Fold>
	);
}

function LogLines({ entry: { lines } }: { readonly entry: LogEntry }): ReactElement {
	return (
		<div className="entry-log">
			{lines.map(({ stream, text, at }, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added
				<KeptScope key={index} name={`line-${index}`}>
					<div className="log-row">
						{text.length > lineLimit ? (
							<LongOutput text={text} />
						) : (
							<pre className={`log-line log-${stream}`}>
								<TerminalText text={text} />
							</pre>
						)}
						<Moment at={at} />
					</div>
				</KeptScope>
			))}
		</div>
	);
}

/** Of a long series the beginning and the end are shown without unfolding. */
const shownFirst = 2;
const shownLast = 4;

export function MilestonesView({ entry }: { readonly entry: MilestonesEntry }): ReactElement {
	const lines = groupByMoment(entry.milestones);
	const folded = lines.length > shownFirst + shownLast + 1 ? lines.slice(shownFirst, -shownLast) : [];
	const first = folded.length === 0 ? lines : lines.slice(0, shownFirst);
	return (
		<>
			<MilestoneLines lines={first} />
			{folded.length > 0 && (
				<>
					<Fold className="entry-fold" summary={<span className="muted entry-aside">{folded.length} more</span>}>
						{() => <MilestoneLines lines={folded} />}
					</Fold>
					<MilestoneLines lines={lines.slice(-shownLast)} />
				</>
			)}
		</>
	);
}

function MilestoneLines({ lines }: { readonly lines: ReadonlyArray<readonly Milestone[]> }): ReactElement[] {
	return lines.map((milestones) => (
		<div key={milestones[0]?.seq} className="entry-line">
			<span>
				{milestones.map(({ seq, text, tone }, index) => (
					<Fragment key={seq}>
						{index > 0 && ' · '}
						<span className={`tone-of-${tone}`}>{showOnOneLine(text, 400)}</span>
					</Fragment>
				))}
			</span>
			<Moment at={milestones[0]?.at ?? ''} />
		</div>
	));
}

export function OtherView({ entry: { reports } }: { readonly entry: OtherEntry }): ReactElement {
	const names = [...new Set(reports.map(({ name }) => name))].join(', ');
	const summary = (
		<>
			<span className="entry-kind">Report</span>
			<span className="truncate entry-gist">{showOnOneLine(names.replaceAll('_', ' '), 160)}</span>
		</>
	);
	return (
		<Fold className="entry-fold entry-other" summary={summary}>
			{() =>
				reports.map(({ name, data }, index) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: reports are only ever added
					<KeptScope key={index} name={`report-${index}`}>
						<p className="tool-section-name">{showOnOneLine(cutText(name, 200))}</p>
						<LongOutput text={renderValue(data)} />
					</KeptScope>
				))
			}
		</Fold>
	);
}
