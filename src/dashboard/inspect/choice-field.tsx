/** Chooses whom the inspector shows. */

import { useId } from 'react';
import { visibleName } from '../components/agent-name.tsx';
import { sortByName } from '../components/agent-order.ts';
import type { Choice, Named } from './choice.ts';

export interface ChoiceFieldProps {
	readonly choice: Choice;
	readonly agents: readonly Named[];
	readonly workflows: readonly Named[];
	/** Most actors that are shown. */
	readonly limit: number;
	readonly onChoose: (choice: Choice) => void;
}

export function ChoiceField({ choice, agents, workflows, limit, onChoose }: ChoiceFieldProps) {
	const field = useId();
	const value = toValue(choice);
	const listed = { some: [], agent: agents, workflow: workflows }[choice.kind];
	const unlisted = choice.kind !== 'some' && !listed.some(({ id }) => id === choice.name) ? choice : null;
	return (
		<div className="inspect-choice">
			<label htmlFor={field}>Show</label>
			<select id={field} value={value} onChange={(event) => onChoose(parseValue(event.target.value))}>
				<option value="some">Something of everything, up to {limit} actors</option>
				{unlisted && (
					<option value={value}>
						{unlisted.kind} {visibleName(unlisted.name)}
					</option>
				)}
				<Group label="One agent" kind="agent" items={agents} />
				<Group label="A workflow, with its runner and agent" kind="workflow" items={workflows} />
			</select>
		</div>
	);
}

interface GroupProps {
	readonly label: string;
	readonly kind: 'agent' | 'workflow';
	readonly items: readonly Named[];
}

function Group({ label, kind, items }: GroupProps) {
	if (items.length === 0) return null;
	return (
		<optgroup label={label}>
			{sortByName(items).map(({ id, name }) => (
				<option key={id} value={toValue({ kind, name: id })}>
					{visibleName(name)}
				</option>
			))}
		</optgroup>
	);
}

function toValue(choice: Choice): string {
	return choice.kind === 'some' ? 'some' : `${choice.kind}:${choice.name}`;
}

function parseValue(value: string): Choice {
	const colon = value.indexOf(':');
	const kind = value.slice(0, colon);
	return kind === 'agent' || kind === 'workflow' ? { kind, name: value.slice(colon + 1) } : { kind: 'some' };
}
