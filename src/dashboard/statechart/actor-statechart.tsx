/** The statechart of a live actor, as the stream tells of it. */

import { useMemo } from 'react';
import type { Actor } from '../store/resources.ts';
import { listActive } from './chart-index.ts';
import { Statechart } from './statechart.tsx';
import type { StepTaken } from './way-taken.ts';

/** A line of the journal as the API answers it. */
export type JournalStep = StepTaken & { readonly actor?: string };

export interface ActorStatechartProps {
	readonly actor: Actor;
	/** Latest lines of the journal, the latest last; those of other actors are left out. */
	readonly transitions: readonly JournalStep[];
}

export function ActorStatechart({ actor, transitions }: ActorStatechartProps) {
	const active = useMemo(() => listActive(actor.value), [actor.value]);
	const steps = useMemo(
		() => transitions.filter((step) => step.actor === undefined || step.actor === actor.address),
		[transitions, actor.address],
	);
	return <Statechart machineId={actor.machineId} activeStates={active} transitions={steps} timers={actor.timers} />;
}
