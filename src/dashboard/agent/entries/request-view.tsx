/** What the agent asked of a human, and what became of it. Open ones are answered below the transcript. */

import type { ReactElement } from 'react';
import { showOnOneLine } from '../content/visible-text.ts';
import type { RequestEntry } from '../transcript/entry.ts';
import { describeAnswer } from './answer.ts';
import { Moment } from './entry-parts.tsx';
import { useRequest } from './transcript-context.ts';

const outcomes: Readonly<Record<RequestEntry['status'], string>> = {
	open: 'Waits for your answer',
	answered: 'Answered',
	withdrawn: 'Withdrawn',
	timed_out: 'Nobody answered in time',
};

export function RequestView({ entry }: { readonly entry: RequestEntry }): ReactElement {
	const request = useRequest(entry.requestId);
	const answer =
		entry.status === 'answered' || entry.status === 'timed_out' ? describeAnswer(entry.answer, request) : '';
	const words = entry.status === 'open' && entry.isOverdue ? 'Overdue' : outcomes[entry.status];
	return (
		<article className={`entry-line entry-request request-${entry.status}`} aria-label="Request">
			<span>
				{entry.requestKind === 'permission' ? 'Asks for permission: ' : 'Asks: '}
				<span className="request-title-text">{showOnOneLine(entry.title, 600)}</span>{' '}
				<strong>
					{words}
					{answer && `: ${answer}`}
				</strong>
				{entry.answeredBy && ` by ${showOnOneLine(entry.answeredBy, 80)}`}
				{entry.note && ` (${showOnOneLine(entry.note, 300)})`}
			</span>
			<Moment at={entry.at} />
		</article>
	);
}
