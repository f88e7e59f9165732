/** The chosen version in short: its state, when it was, and by what event; and whether all this is to be trusted. */

import type { ReactElement } from 'react';
import { formatSpan } from '../agent/entries/entry-parts.tsx';
import { formatAbsolute } from '../components/durations.ts';
import { Fact, Facts } from '../components/facts.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import { describeEvent } from '../statechart/event-words.ts';
import type { PastMoment } from './history-model.ts';

export function MomentFacts({ moment }: { readonly moment: PastMoment }): ReactElement {
	const { transition, state, tags, timers } = moment;
	const at = Date.parse(transition.at);
	return (
		<Facts label={`Version ${moment.version}`}>
			<Fact name="State">
				<StateBadge state={state} />
			</Fact>
			<Fact name="When">
				<time dateTime={transition.at}>{formatAbsolute(at)}</time>
			</Fact>
			<Fact name="Event">
				{showOnOneLine(describeEvent(transition.trigger ?? String(transition.event.type ?? '')), 80)}{' '}
				<code className="muted">{showOnOneLine(String(transition.event.type ?? ''), 80)}</code>
			</Fact>
			{tags && tags.length > 0 && <Fact name="Tags">{tags.join(', ')}</Fact>}
			{timers && timers.length > 0 && (
				<Fact name="Timers">
					<ul className="history-plain">
						{timers.map(({ id, dueAt }) => (
							<li key={id}>
								{showOnOneLine(describeEvent(id), 80)}: in {formatSpan(Math.max(0, Date.parse(dueAt) - at))}
							</li>
						))}
					</ul>
				</Fact>
			)}
		</Facts>
	);
}

export function DiffersNote({ differs }: { readonly differs: PastMoment['differs'] }): ReactElement | null {
	if (differs === null) return null;
	const { kind, since, until, reason } = differs;
	const where = until === null ? `from version ${since} on` : `in versions ${since} to ${until}`;
	return (
		<p className="history-differs" role="note">
			{kind === 'state' ? (
				<>
					<strong>What it was {where} cannot be told</strong>, only what the journal itself says: {reason}. Its machine
					has changed since, most likely.
				</>
			) : (
				<>
					<strong>Not to be trusted altogether:</strong> {reason}. Its machine has changed since, most likely.
				</>
			)}
		</p>
	);
}
