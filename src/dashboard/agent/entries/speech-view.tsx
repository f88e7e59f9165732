/** What the agent says, and what it thinks. */

import type { ReactElement } from 'react';
import { Fold } from '../../content/fold.tsx';
import { describeLength } from '../../content/long-text.ts';
import { LongMarkdown } from '../../content/long-text-view.tsx';
import { showOnOneLine } from '../../content/visible-text.ts';
import type { SpeechEntry } from '../transcript/entry.ts';
import { Moment } from './entry-parts.tsx';

export function MessageView({ entry }: { readonly entry: SpeechEntry }): ReactElement {
	return (
		<article className="entry-message" aria-label="Agent's message">
			<div>
				<LongMarkdown text={entry.text} />
			</div>
			<Moment at={entry.at} />
		</article>
	);
}

export function ThoughtView({ entry }: { readonly entry: SpeechEntry }): ReactElement {
	const summary = (
		<>
			<span className="entry-kind">{entry.isFinished ? 'Thought' : 'Thinking'}</span>
			<span className="truncate entry-gist">{showOnOneLine(entry.text, 160)}</span>
			{entry.text.length > 2_000 && <span className="muted entry-aside">{describeLength(entry.text.length)}</span>}
		</>
	);
	return (
		<Fold className="entry-fold" summary={summary}>
			{() => (
				<div className="entry-thought">
					<LongMarkdown text={entry.text} />
				</div>
			)}
		</Fold>
	);
}
