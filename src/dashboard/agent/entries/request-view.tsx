/** What the agent asked of a human, and what became of it. Open ones are answered below the transcript. */

import type { ReactElement } from 'react';
import { showOnOneLine } from '../../content/visible-text.ts';
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

/** What is to be known where the turn that asked was cut off before there was an answer. */
const cutOffWords: Readonly<Record<RequestEntry['status'], string>> = {
	open: 'its turn was cut off: an answer is given when the agent asks the same again',
	answered: 'its turn had been cut off: given if the agent asks the same again for this prompt',
	withdrawn: 'its turn had been cut off',
	timed_out: 'its turn had been cut off',
};

function describeStatus({ status, isOverdue }: RequestEntry, isCutOff: boolean): string {
	if (status === 'open' && isCutOff) return 'Open';
	return status === 'open' && isOverdue ? 'Overdue' : outcomes[status];
}

export function RequestView({ entry }: { readonly entry: RequestEntry }): ReactElement {
	const request = useRequest(entry.requestId);
	const isCutOff = entry.isCutOff && request?.delivery === 'turn';
	const answer =
		entry.status === 'answered' || entry.status === 'timed_out' ? describeAnswer(entry.answer, request) : '';
	return (
		<article className={`entry-line entry-request request-${entry.status}`} aria-label="Request">
			<span>
				{entry.requestKind === 'permission' ? 'Asks for permission: ' : 'Asks: '}
				<span className="request-title-text">{showOnOneLine(entry.title, 600)}</span>{' '}
				<strong>
					{describeStatus(entry, isCutOff)}
					{answer && `: ${answer}`}
				</strong>
				{entry.answeredBy && ` by ${showOnOneLine(entry.answeredBy, 80)}`}
				{entry.note && ` (${showOnOneLine(entry.note, 300)})`}
				{isCutOff && ` – ${cutOffWords[entry.status]}`}
			</span>
			<Moment at={entry.at} />
		</article>
	);
}
