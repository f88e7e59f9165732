/** What its agent asks while it works on the task: until it is answered, nothing goes on. */

import { useMemo } from 'react';
import { usePage } from '../connection/session-context.ts';
import { RequestCard } from '../inbox/request-card.tsx';
import { orderRequests } from '../inbox/request-list.ts';
import type { Task } from '../store/resources.ts';
import { selectOpenRequests } from '../store/selectors.ts';
import { asksFor } from './board.ts';

export function TaskQuestions({ task }: { readonly task: Task }) {
	const open = usePage(selectOpenRequests);
	const prompts = usePage(({ resources }) => resources.prompt);
	const asked = useMemo(() => orderRequests(asksFor(task, open, prompts)), [task, open, prompts]);
	if (asked.length === 0) return null;
	return (
		<section className="detail-section">
			<h2>Its agent asks you</h2>
			{asked.map((request) => (
				<RequestCard key={request.id} request={request} hasAgentLink={false} />
			))}
		</section>
	);
}
