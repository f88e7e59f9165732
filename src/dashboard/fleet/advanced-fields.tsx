/** What most new agents need no word about: supervision, tools, budget, labels. */

import { Disclosure } from '../components/disclosure.tsx';
import { Field } from '../components/field.tsx';
import {
	type InterruptedTurn,
	interruptedTurnHint,
	interruptedTurnLabel,
	interruptedTurnWords,
} from './interrupted-turn.ts';
import type { FormProblems, NewAgentForm } from './new-agent.ts';

export interface AdvancedFieldsProps {
	readonly form: NewAgentForm;
	readonly problems: FormProblems;
	readonly onChange: (part: Partial<NewAgentForm>) => void;
}

type ChoiceField = 'restart' | 'interruptedTurn' | 'tools';

const choices: { readonly [F in ChoiceField]: ReadonlyArray<readonly [NewAgentForm[F], string]> } = {
	restart: [
		['transient', 'After a failure'],
		['permanent', 'Whenever it ends'],
		['temporary', 'Never'],
	],
	interruptedTurn: Object.entries(interruptedTurnWords) as Array<[InterruptedTurn, string]>,
	tools: [
		['require_approval', 'Ask me each time'],
		['allow_all', 'Allow everything without asking'],
		['deny_all', 'Refuse everything'],
	],
};

export function AdvancedFields({ form, problems, onChange }: AdvancedFieldsProps) {
	const select = <F extends ChoiceField>(field: F, label: string, hint?: string) => (
		<Field label={label} hint={hint}>
			<select
				value={form[field]}
				onChange={(event) => onChange({ [field]: event.target.value } as Partial<NewAgentForm>)}
			>
				{choices[field].map(([value, words]) => (
					<option key={value} value={value}>
						{words}
					</option>
				))}
			</select>
		</Field>
	);
	const amount = (field: 'costLimit' | 'tokenLimit' | 'turnSeconds', label: string) => (
		<Field label={label} problem={problems[field]}>
			<input
				type="text"
				inputMode="decimal"
				value={form[field]}
				onChange={(event) => onChange({ [field]: event.target.value })}
			/>
		</Field>
	);
	const hasProblem = Boolean(problems.labels ?? problems.costLimit ?? problems.tokenLimit ?? problems.turnSeconds);
	return (
		<Disclosure key={String(hasProblem)} summary="More: restarts, tools, budget, labels" isOpenAtFirst={hasProblem}>
			<div className="advanced">
				<div className="field-pair">
					{select('restart', 'Restart it')}
					{select('interruptedTurn', interruptedTurnLabel, interruptedTurnHint)}
					{select('tools', 'When it wants to use a tool')}
				</div>
				<div className="field-triple">
					{amount('costLimit', 'Cost limit')}
					{amount('tokenLimit', 'Token limit')}
					{amount('turnSeconds', 'Seconds for a turn')}
				</div>
				<p className="muted">
					Beyond a limit of cost or tokens it is suspended, and you are asked; a turn is cancelled.
				</p>
				<Field label="Labels" hint="team=web, role=review" problem={problems.labels}>
					<input type="text" value={form.labels} onChange={(event) => onChange({ labels: event.target.value })} />
				</Field>
			</div>
		</Disclosure>
	);
}
