/** How many actors are in each state of a machine, as far as the page knows. Pure. */

import type { PageContext } from '../store/page-store.ts';

export interface Population {
	/** What is counted: `agents`. */
	readonly what: string;
	/** Whether the counts are by states, or by tags, of which a state may have several. */
	readonly by: 'state' | 'tag';
	/** By the dotted path of the state, or the tag; most first. */
	readonly counts: ReadonlyArray<readonly [name: string, count: number]>;
}

/** Null for machines whose actors the page is not told of. */
export function countPopulation(machineId: string, resources: PageContext['resources']): Population | null {
	const { agent, task, supervisor, workflow, group, run } = resources;
	switch (machineId) {
		case 'agent':
			return count(
				'agents',
				'state',
				[...agent.values()].map(({ executionState, substate }) => join(executionState, substate)),
			);
		case 'task':
			return count(
				'tasks',
				'state',
				[...task.values()].map(({ state, activity }) => join(state, activity)),
			);
		case 'supervisor':
			return count(
				'supervisors',
				'state',
				[...supervisor.values()].map(({ state }) => state),
			);
		case 'agentGroup':
			return count(
				'groups',
				'state',
				[...group.values()].map(({ state }) => state),
			);
		case 'run':
			return count(
				'runs that have not ended',
				'state',
				[...run.values()].map(({ state }) => state),
			);
		case 'workflowRunner':
			return count(
				'workflows’ runners',
				'tag',
				[...workflow.values()].map(({ runner }) => runner.state).filter((state) => state !== 'absent'),
			);
		default:
			return null;
	}
}

/** What is written on the states of the chart: each with how many are in it or in one inside it. */
export function badgesOf(population: Population | null): ReadonlyMap<string, string> {
	if (population?.by !== 'state') return new Map();
	const totals = new Map<string, number>();
	for (const [path, number] of population.counts) {
		const keys = path.split('.');
		for (let length = 1; length <= keys.length; length += 1) {
			const outer = keys.slice(0, length).join('.');
			totals.set(outer, (totals.get(outer) ?? 0) + number);
		}
	}
	return new Map([...totals].map(([path, number]) => [path, String(number)]));
}

function count(what: string, by: Population['by'], names: readonly string[]): Population {
	const counts = new Map<string, number>();
	for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
	return { what, by, counts: [...counts].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)) };
}

function join(state: string, inner: string | null): string {
	return inner === null ? state : `${state}.${inner}`;
}
