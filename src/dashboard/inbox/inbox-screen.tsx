/** Every open request of every agent. */

import { usePage } from '../connection/session-context.ts';
import { selectOpenRequests } from '../store/selectors.ts';

export function InboxScreen() {
	const requests = usePage(selectOpenRequests);
	return (
		<>
			<h1>Inbox</h1>
			<ul>
				{requests.map((request) => (
					<li key={request.id}>{request.title}</li>
				))}
			</ul>
		</>
	);
}
