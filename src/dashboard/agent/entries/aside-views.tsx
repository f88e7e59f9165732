/** Entries beside the conversation: logs, milestones, and what the protocol reports that nobody knows here. */

import { Fragment, type ReactElement } from 'react';
import { Fold } from '../content/fold.tsx';
import { KeptScope } from '../content/kept-state.tsx';
import { LongOutput } from '../content/long-text-view.tsx';
import { TerminalText } from '../content/terminal-text-view.tsx';
import { renderValue } from '../content/tool-content.ts';
import { cutText, showOnOneLine } from '../content/visible-text.ts';
import type { LogEntry, MilestonesEntry, OtherEntry } from '../transcript/entry.ts';
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
			{lines.map(({ stream, text }, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added
				<KeptScope key={index} name={`line-${index}`}>
					{text.length > lineLimit ? (
						<LongOutput text={text} />
					) : (
						<pre className={`log-line log-${stream}`}>
							<TerminalText text={text} />
						</pre>
					)}
				</KeptScope>
			))}
		</div>
	);
}

export function MilestonesView({ entry }: { readonly entry: MilestonesEntry }): ReactElement {
	return (
		<div className="entry-line">
			<span>
				{entry.milestones.map(({ seq, text, tone }, index) => (
					<Fragment key={seq}>
						{index > 0 && ' · '}
						<span className={`tone-of-${tone}`}>{showOnOneLine(text, 400)}</span>
					</Fragment>
				))}
			</span>
			<Moment at={entry.milestones.at(-1)?.at ?? entry.at} />
		</div>
	);
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
