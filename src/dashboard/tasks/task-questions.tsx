/** What its agent asks while it works on the task: until it is answered, nothing goes on. */

import { useMemo } from 'react';
import { useLoaded } from '../connection/loaded.ts';
import { usePage } from '../connection/session-context.ts';
import { RequestCard } from '../inbox/request-card.tsx';
import { orderRequests } from '../inbox/request-list.ts';
import type { Prompt, Task } from '../store/resources.ts';
import { selectOpenRequests } from '../store/selectors.ts';
import { asksFor } from './board.ts';

export function TaskQuestions({ task }: { readonly task: Task }) {
	const open = usePage(selectOpenRequests);
	const asked = useMemo(() => orderRequests(asksFor(task, open)), [task, open]);
	// Of an agent's prompts one is running: what it asks then is asked for that one.
	const path = `/prompts/${encodeURIComponent(task.promptId ?? '')}`;
	const key = asked.length === 0 ? null : `${path} ${asked.map(({ id }) => id)}`;
	const { data: prompt } = useLoaded(key, (api, signal) => api.get<Prompt>(path, { signal }));
	if (asked.length === 0 || prompt?.id !== task.promptId || prompt?.status !== 'running') return null;
	return (
		<section className="detail-section">
			<h2>Its agent asks you</h2>
			{asked.map((request) => (
				<RequestCard key={request.id} request={request} hasAgentLink={false} />
			))}
		</section>
	);
}
