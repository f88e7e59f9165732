/** The save points of a mission: what it can be taken up from. */

import type { z } from 'zod';
import type { checkpointListing } from '../../supervisors/schemas.ts';
import { Disclosure } from '../components/disclosure.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { wordsOfState } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { useLoaded } from '../connection/loaded.ts';
import { showInvisible, showOnOneLine } from '../content/visible-text.ts';
import type { Supervisor } from '../store/resources.ts';
import { describeSavePoint } from './mission.ts';

type Listing = z.output<typeof checkpointListing>;

export function Checkpoints({ supervisor: { id, version } }: { readonly supervisor: Supervisor }) {
	return <Disclosure summary="Save points">{() => <CheckpointList id={id} version={version} />}</Disclosure>;
}

function CheckpointList({ id, version }: { readonly id: string; readonly version: number }) {
	const { data, error, reload } = useLoaded(`checkpoints ${id} ${version}`, (api, signal) =>
		api.get<Listing>(`/supervisors/${encodeURIComponent(id)}/checkpoints`, { signal }),
	);
	if (error) return <ErrorNote error={error} onRetry={reload} />;
	if (data === undefined) return <p className="muted">Loading…</p>;
	if (data.items.length === 0) return <p className="muted">None yet.</p>;
	return (
		<ul className="plain-list">
			{data.items.map(({ id: checkpointId, reason, createdAt, context }) => (
				<li key={checkpointId}>
					<Disclosure
						summary={
							<span className="checkpoint-line">
								<Time at={createdAt} />
								<span>{wordsOfState(reason)}</span>
								<span className="muted">{showOnOneLine(describeSavePoint(context), 300)}</span>
							</span>
						}
					>
						{() => <pre className="checkpoint">{showInvisible(JSON.stringify(context, null, 2))}</pre>}
					</Disclosure>
				</li>
			))}
		</ul>
	);
}
