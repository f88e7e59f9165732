/**
 * The pictures of the machines that run here. Each is laid out once, on first demand and in a thread of
 * its own, and kept: a machine does not change while the program runs. Which states are active is only
 * marked in what is kept.
 */

import type { AnyStateMachine } from 'xstate';
import { StatecraftError } from '../../errors.ts';
import { type Chart, describeChart, listStates } from './chart.ts';
import { layOut } from './layout.ts';
import { type Plan, planPicture } from './plan.ts';
import { markActive, renderSvg } from './svg.ts';

export interface Diagrams {
	/**
	 * The machine's picture as SVG. `state` marks states as active: a path, or several with commas between.
	 * Rejects with `not_found` for an unknown machine, with `invalid_request` for an unknown state.
	 */
	draw(machineId: string, state?: string): Promise<string>;
}

interface Entry {
	readonly chart: Chart;
	svg?: Promise<string>;
}

export function createDiagrams(
	machines: readonly AnyStateMachine[],
	draw: (plan: Plan) => Promise<string> = drawPlan,
): Diagrams {
	const entries = new Map<string, Entry>(machines.map((machine) => [machine.id, { chart: describeChart(machine) }]));

	function drawOnce(entry: Entry): Promise<string> {
		entry.svg ??= draw(planPicture(entry.chart)).catch((thrown: unknown) => {
			// Whoever asks next tries again.
			delete entry.svg;
			throw thrown;
		});
		return entry.svg;
	}

	return {
		async draw(machineId, state) {
			const entry = entries.get(machineId);
			if (entry === undefined) {
				const known = [...entries.keys()].join(', ');
				throw new StatecraftError('not_found', `There is no machine "${machineId}": there are ${known}`);
			}
			const paths = state === undefined ? [] : readPaths(state, entry.chart);
			return markActive(await drawOnce(entry), paths);
		},
	};
}

/** The machine's picture, laid out anew. */
export function drawMachine(machine: AnyStateMachine): Promise<string> {
	return drawPlan(planPicture(describeChart(machine)));
}

async function drawPlan(plan: Plan): Promise<string> {
	return renderSvg(await layOut(plan));
}

function readPaths(state: string, chart: Chart): readonly string[] {
	const known = listStates(chart.root).flatMap(({ path }) => (path === '' ? [] : [path]));
	const paths = state.split(',');
	const unknown = paths.find((path) => !known.includes(path));
	if (unknown !== undefined) {
		const detail = `The machine "${chart.id}" has no state "${unknown}": it has ${known.join(', ')}`;
		throw new StatecraftError('invalid_request', detail, {
			issues: [{ path: 'query.state', message: 'unknown state' }],
		});
	}
	return paths;
}
