/** The commands that must pass before a task is reviewed, and what came of them. */

import { Disclosure } from '../components/disclosure.tsx';
import { formatDuration } from '../components/durations.ts';
import { StateBadge } from '../components/state-badge.tsx';
import { KeptScope } from '../content/kept-state.tsx';
import { LongOutput } from '../content/long-text-view.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import type { Task } from '../store/resources.ts';

type GateResult = NonNullable<Task['gateResults']>[number];

export function TaskGates({ task: { gates, gateResults } }: { readonly task: Task }) {
	// What kept the work from being committed stands among the results under a name of its own.
	const results = gateResults ?? [];
	const told = new Set(results.map(({ name }) => name));
	const untold = gates.filter(({ name }) => !told.has(name));
	if (results.length === 0 && untold.length === 0) return null;
	return (
		<section className="detail-section">
			<header>
				<h2>Gates</h2>
			</header>
			<ul className="plain-list">
				{results.map((result) => (
					<li key={result.name}>
						<Result result={result} />
					</li>
				))}
				{untold.map(({ name, command, args }) => (
					<li key={name} className="gate-line">
						<StateBadge state="pending" label="not run yet" />
						<span>{showOnOneLine(name, 100)}</span>
						<code className="truncate">{showOnOneLine([command, ...args].join(' '), 200)}</code>
					</li>
				))}
			</ul>
		</section>
	);
}

function Result({ result: { name, passed, exitCode, output, durationMs } }: { readonly result: GateResult }) {
	const head = (
		<span className="gate-line">
			<StateBadge
				state={passed ? 'completed' : 'failed'}
				label={passed ? 'passed' : `failed${exitCode === null ? '' : ` (${exitCode})`}`}
			/>
			<span>{showOnOneLine(name, 100)}</span>
			<span className="muted">{durationMs < 1_000 ? 'under 1 s' : formatDuration(durationMs)}</span>
		</span>
	);
	if (output.trim() === '') return head;
	return (
		<Disclosure summary={head} isOpenAtFirst={!passed}>
			<KeptScope name={`gate ${name}`}>
				<LongOutput text={output} />
			</KeptScope>
		</Disclosure>
	);
}
