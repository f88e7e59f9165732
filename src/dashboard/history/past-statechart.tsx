/** The statechart as of the chosen version, and the way that led there. */

import { type ReactElement, useMemo } from 'react';
import { listActive } from '../statechart/chart-index.ts';
import { Statechart } from '../statechart/statechart.tsx';
import type { HistoryContext, PastMoment } from './history-model.ts';

export interface PastStatechartProps {
	readonly context: HistoryContext;
	readonly moment: PastMoment;
}

/** As many as the statechart shows of the way. */
const stepsBefore = 5;

export function PastStatechart({ context, moment }: PastStatechartProps): ReactElement {
	const { lines } = context;
	const { version, value, state, transition } = moment;
	// Where the value cannot be told, the journal's state is the same in words.
	const active = useMemo(() => (value === null ? state.split(',') : listActive(value)), [value, state]);
	const steps = useMemo(() => {
		const versions = Array.from({ length: stepsBefore }, (_, index) => version - stepsBefore + index + 1);
		return versions.flatMap((one) => (one === version ? transition : (lines.get(one) ?? [])));
	}, [version, transition, lines]);
	return <Statechart machineId={moment.machine.id} activeStates={active} transitions={steps} />;
}
