/** A prompt as it was given, and how its turn ended. */

import type { ReactElement } from 'react';
import { LongPlain } from '../../content/long-text-view.tsx';
import { showOnOneLine } from '../../content/visible-text.ts';
import type { PromptEntry, TurnEndEntry, TurnOutcome } from '../transcript/entry.ts';
import { describeOrigin, formatSpan, Moment } from './entry-parts.tsx';
import { usePrompt } from './transcript-context.ts';
import { describeUsage } from './usage.ts';

export function PromptView({ entry }: { readonly entry: PromptEntry }): ReactElement {
	const prompt = usePrompt(entry.promptId);
	const origin = describeOrigin(prompt);
	return (
		<article className="entry-prompt" aria-label="Prompt">
			<header className="entry-head">
				<strong>Prompt</strong>
				{origin && <span className="muted">{origin}</span>}
				<Moment at={entry.at} />
			</header>
			{prompt === undefined ? <p className="muted">Its text is being fetched…</p> : <LongPlain text={prompt.text} />}
		</article>
	);
}

const endings: Readonly<Record<TurnOutcome, readonly [words: string, tone: string]>> = {
	finished: ['Finished', 'plain'],
	interrupted: ['Interrupted', 'warning'],
	cancelled: ['Cancelled', 'warning'],
	failed: ['Failed', 'bad'],
};

/** Reasons to stop that are worth a word; others mean that the agent was done. */
const notableStops: ReadonlyMap<string, string> = new Map([
	['max_tokens', 'it ran out of tokens'],
	['max_turn_requests', 'it asked its model too often'],
	['refusal', 'the model refused to go on'],
]);

export function TurnEndView({ entry }: { readonly entry: TurnEndEntry }): ReactElement {
	const [words, tone] = endings[entry.outcome];
	const stop = entry.stopReason === null ? undefined : notableStops.get(entry.stopReason);
	const facts = [
		entry.durationMs === null ? '' : formatSpan(entry.durationMs),
		entry.usage === null ? '' : describeUsage(entry.usage),
	].filter((fact) => fact !== '');
	return (
		<div className={`entry-line tone-of-${stop ? 'warning' : tone}`}>
			<span>
				{words}
				{stop && `: ${stop}`}
				{entry.error && `: ${showOnOneLine(entry.error.message, 500)}`}
				{facts.length > 0 && <span className="muted"> · {facts.join(' · ')}</span>}
			</span>
			<Moment at={entry.at} />
		</div>
	);
}
