/** The agent's statechart with the states it is in, and the way it came. */

import { useSelector } from '@xstate/store-react';
import type { ReactElement } from 'react';
import { ActorStatechart } from '../../statechart/actor-statechart.tsx';
import { listActive } from '../../statechart/chart-index.ts';
import { DownloadPicture } from '../../statechart/download-picture.tsx';
import type { Actor } from '../../store/resources.ts';
import type { Journal } from './journal.ts';

export interface StatechartPanelProps {
	/** Undefined while nothing is known of it. */
	readonly actor: Actor | undefined;
	readonly journal: Journal;
}

export function StatechartPanel({ actor, journal }: StatechartPanelProps): ReactElement {
	const lines = useSelector(journal.store, ({ context }) => context.lines);
	if (actor === undefined) return <p className="muted">Loading…</p>;
	return (
		<>
			<ActorStatechart actor={actor} transitions={lines} />
			<DownloadPicture machineId={actor.machineId} state={listActive(actor.value)[0]} />
		</>
	);
}
