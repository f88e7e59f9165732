/** What this agent asks of people now, to be answered right here. */

import { type ReactElement, useMemo } from 'react';
import { usePage } from '../connection/session-context.ts';
import { RequestCard } from '../inbox/request-card.tsx';
import { orderRequests } from '../inbox/request-list.ts';
import { selectOpenRequests } from '../store/selectors.ts';

export function OpenRequests({ agentId }: { readonly agentId: string }): ReactElement | null {
	const open = usePage(selectOpenRequests);
	const own = useMemo(() => orderRequests(open.filter((request) => request.agentId === agentId)), [open, agentId]);
	if (own.length === 0) return null;
	return (
		<section className="open-requests" aria-label="Waits for your answer">
			{own.map((request) => (
				<RequestCard key={request.id} request={request} hasAgentLink={false} />
			))}
		</section>
	);
}
