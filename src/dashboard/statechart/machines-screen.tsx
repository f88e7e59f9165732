/** Every machine that runs here: its statechart, and how many are in which of its states. */

import './machines-screen.css';
import { useMemo } from 'react';
import { ErrorNote } from '../components/error-note.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { WhatIsThis } from '../components/what-is-this.tsx';
import { useLoaded } from '../connection/loaded.ts';
import { usePage } from '../connection/session-context.ts';
import { linkTo } from '../shell/router.ts';
import type { ScreenProps } from '../shell/screens.tsx';
import { DownloadPicture } from './download-picture.tsx';
import { badgesOf, countPopulation, type Population } from './population.ts';
import { Statechart } from './statechart.tsx';

interface MachineEntry {
	readonly id: string;
	readonly version: number;
}

const nothing: readonly never[] = [];

export function MachinesScreen({ id }: ScreenProps) {
	const {
		data: machines,
		error,
		reload,
	} = useLoaded('machines', async (api, signal) => {
		const query = { limit: 200 };
		return (await api.get<{ items: readonly MachineEntry[] }>('/machines', { query, signal })).items;
	});
	const chosen = machines?.find((machine) => machine.id === id) ?? (id === undefined ? machines?.[0] : undefined);
	return (
		<div className="machines">
			<header>
				<h1>Machines</h1>
				<p className="muted">The statecharts by which everything here runs, drawn from what runs.</p>
				<WhatIsThis>
					<p>
						Agents, tasks, workflows and the rest are each a machine that is always in one of its states. A box is a
						state, an arrow what leads from one to another; the numbers say how many are in a state now.
					</p>
				</WhatIsThis>
			</header>
			<ErrorNote error={error} onRetry={reload} />
			{machines && (
				<nav aria-label="Machines">
					<ul className="machine-list">
						{machines.map((machine) => (
							<li key={machine.id}>
								<a href={linkTo(['machines', machine.id])} aria-current={machine === chosen ? 'page' : undefined}>
									{machine.id}
								</a>
							</li>
						))}
					</ul>
				</nav>
			)}
			{machines && chosen === undefined && <p role="status">There is no machine “{id}”.</p>}
			{chosen && <MachineView key={chosen.id} machine={chosen} />}
		</div>
	);
}

function MachineView({ machine }: { readonly machine: MachineEntry }) {
	const resources = usePage((context) => context.resources);
	const population = useMemo(() => countPopulation(machine.id, resources), [machine.id, resources]);
	const badges = useMemo(() => badgesOf(population), [population]);
	return (
		<section className="machine" aria-labelledby="machine-name">
			<h2 id="machine-name">{machine.id}</h2>
			<p className="muted">Snapshots of version {machine.version}</p>
			{population && <PopulationView population={population} />}
			<Statechart machineId={machine.id} activeStates={nothing} badges={badges} />
			<DownloadPicture machineId={machine.id} />
		</section>
	);
}

function PopulationView({ population: { what, counts } }: { readonly population: Population }) {
	if (counts.length === 0) return <p className="muted">No {what} at present.</p>;
	return (
		<ul className="machine-population" aria-label={`How many ${what} are in which state`}>
			{counts.map(([name, number]) => (
				<li key={name}>
					<strong>{number}</strong> <StateBadge state={name} />
				</li>
			))}
		</ul>
	);
}
