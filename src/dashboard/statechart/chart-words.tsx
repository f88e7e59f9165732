/** What a statechart shows, in words: where it is, how it came there, what runs out, and what may happen. */

import { type ChartIndex, type IndexedEdge, listPossible, nameEvent } from './chart-index.ts';
import type { TimerWords } from './timers.ts';

export interface ChartWordsProps {
	readonly index: ChartIndex;
	readonly activeStates: readonly string[];
	/** Ids of the transitions of the latest step. */
	readonly way: readonly string[];
	readonly timers: readonly TimerWords[];
}

export function ChartWords({ index, activeStates, way, timers }: ChartWordsProps) {
	const taken = way.flatMap((id) => index.edges.find((edge) => edge.id === id) ?? []);
	return (
		<dl className="chart-words">
			<dt>State</dt>
			{activeStates.map((path) => (
				<dd key={path}>
					<code>{path}</code>
				</dd>
			))}
			{taken.length > 0 && <dt>The latest step</dt>}
			{taken.map((edge) => (
				<dd key={edge.id}>{describeEdge(edge, true)}</dd>
			))}
			{timers.length > 0 && <dt>Delays</dt>}
			{timers.map(({ id, name, left, targets }) => (
				<dd key={id}>
					<code>{name}</code> in {left}
					{targets.length > 0 && ` may lead to ${targets.join(' or ')}`}
				</dd>
			))}
			<dt>What may happen now</dt>
			{mergeGuards(listPossible(index, activeStates)).map(({ key, edge, guards }) => (
				<dd key={key}>
					{describeEdge(edge, false)}
					{guards.length > 0 && <span className="muted"> if {guards.join(' or ')}</span>}
				</dd>
			))}
		</dl>
	);
}

function describeEdge({ source, event, target }: IndexedEdge, tellsSource: boolean) {
	return (
		<>
			<code>{nameEvent(event)}</code>
			{tellsSource && source !== '' && <> from {source}</>}
			{target === '' ? ' changes no state' : ` leads to ${target}`}
		</>
	);
}

/** One line for what differs in its guard alone. */
function mergeGuards(edges: readonly IndexedEdge[]) {
	const lines = new Map<string, { key: string; edge: IndexedEdge; guards: readonly string[] }>();
	for (const edge of edges) {
		const known = lines.get(edge.id);
		const guards = [...new Set([...(known?.guards ?? []), ...(edge.guard === null ? [] : [edge.guard])])];
		lines.set(edge.id, { key: edge.id, edge, guards });
	}
	return [...lines.values()];
}
