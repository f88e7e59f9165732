/** What will be sent to whom, said before anything is. */

import type { ReactNode } from 'react';

export interface ConsentProps {
	readonly inspectorUrl: string;
	/** Buttons that open it. */
	readonly children: ReactNode;
}

export function Consent({ inspectorUrl, children }: ConsentProps) {
	const { host, origin } = new URL(inspectorUrl);
	return (
		<section className="inspect-consent" aria-labelledby="inspect-consent-title">
			<h1 id="inspect-consent-title">Look at live actors in the Stately inspector</h1>
			<p>
				The inspector is a page of <strong>{host}</strong>. Nothing has been loaded from there, and nothing is sent,
				until you open it. Then this browser sends to <code>{origin}</code>, for as long as it is open:
			</p>
			<ul>
				<li>the definitions of the machines, which are the same in every Statecraft;</li>
				<li>of the actors you choose: their states, and the names and times of the events they take;</li>
				<li>of what they know: ids, counters, times and settings that are listed as harmless.</li>
			</ul>
			<p>
				All else is replaced by <code>[redacted]</code> before it leaves the server: prompts, answers, questions,
				messages, commands, environments, paths, errors’ texts. Names of agents and workflows are not sent.
			</p>
			<div className="inspect-actions">{children}</div>
			<p className="muted">
				To use another inspector, or one of your own, set <code>STATECRAFT_INSPECTOR_URL</code>.
			</p>
		</section>
	);
}
