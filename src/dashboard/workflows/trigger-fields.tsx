/** The fields of a trigger. */

import type { TriggerType } from '../../workflows/triggers/trigger-config.ts';
import { Check, Field } from '../components/field.tsx';
import { usePage } from '../connection/session-context.ts';
import { selectAgents } from '../store/selectors.ts';
import { useNextRuns } from './next-runs.ts';
import {
	fieldsOf,
	newTriggerDraft,
	splitList,
	type TriggerDraft,
	type TriggerField,
	type TriggerProblems,
	triggerKinds,
} from './trigger-form.ts';

export interface TriggerFieldsProps {
	readonly draft: TriggerDraft;
	readonly problems: TriggerProblems;
	readonly onChange: (draft: TriggerDraft) => void;
}

export function TriggerFields({ draft, problems, onChange }: TriggerFieldsProps) {
	const isComposite = draft.type === 'composite';
	const runs = useNextRuns(draft);
	return (
		<fieldset className="trigger-fields">
			<legend>When</legend>
			<Field
				label="Trigger"
				hint={
					draft.type === 'composite'
						? 'Runs when all, or any, of several triggers fire.'
						: triggerKinds[draft.type].meaning
				}
			>
				<select value={draft.type} onChange={(event) => onChange(newTriggerDraft(event.target.value as TriggerType))}>
					{Object.entries(triggerKinds).map(([type, { title }]) => (
						<option key={type} value={type}>
							{title}
						</option>
					))}
					<option value="composite">Several together</option>
				</select>
			</Field>
			{isComposite && (
				<Field
					label="As JSON"
					hint="As the API takes it: mode, and the triggers it is made of."
					problem={problems.json}
				>
					<textarea
						className="mono"
						rows={10}
						spellCheck={false}
						value={draft.json}
						onChange={(event) => onChange({ ...draft, json: event.target.value })}
					/>
				</Field>
			)}
			{fieldsOf(draft.type).map((field) => (
				<TriggerInput
					key={`${draft.type} ${field.name}`}
					field={field}
					text={draft.texts[field.name] ?? ''}
					problem={problems[field.name] ?? runs.problems[field.name]}
					onChange={(text) => onChange({ ...draft, texts: { ...draft.texts, [field.name]: text } })}
				/>
			))}
			{draft.type === 'cron' && (
				<p className="trigger-runs muted" aria-live="polite">
					{runs.times.length > 0 && `Next runs: ${runs.times.join(' · ')} (${draft.texts.timeZone?.trim() || 'UTC'})`}
				</p>
			)}
		</fieldset>
	);
}

interface TriggerInputProps {
	readonly field: TriggerField;
	readonly text: string;
	readonly problem: string | undefined;
	readonly onChange: (text: string) => void;
}

function TriggerInput({ field, text, problem, onChange }: TriggerInputProps) {
	const agents = usePage(selectAgents);
	const { label, hint, input, choices = [] } = field;
	if (input === 'choices') return <Choices field={field} text={text} problem={problem} onChange={onChange} />;
	if (input === 'agent' || input === 'choice') {
		const options =
			input === 'agent'
				? [{ value: '*', words: 'any agent' }, ...agents.map(({ id, name }) => ({ value: id, words: name }))]
				: choices.map((value) => ({ value, words: value }));
		return (
			<Field label={label} hint={hint} problem={problem}>
				<select value={text} onChange={(event) => onChange(event.target.value)}>
					<option value="">default</option>
					{options.map(({ value, words }) => (
						<option key={value} value={value}>
							{words}
						</option>
					))}
				</select>
			</Field>
		);
	}
	return (
		<Field label={label} hint={hint} problem={problem}>
			<input
				type={inputTypes[input]}
				inputMode={input === 'number' ? 'decimal' : undefined}
				autoComplete="off"
				spellCheck={false}
				value={text}
				onChange={(event) => onChange(event.target.value)}
			/>
		</Field>
	);
}

const inputTypes = { text: 'text', list: 'text', number: 'text', secret: 'password', time: 'datetime-local' } as const;

function Choices({ field: { label, choices = [] }, text, problem, onChange }: TriggerInputProps) {
	const chosen = splitList(text);
	return (
		<fieldset className="trigger-choices" aria-invalid={problem !== undefined || undefined}>
			<legend>{label}</legend>
			{choices.map((choice) => (
				<Check
					key={choice}
					label={choice}
					checked={chosen.includes(choice)}
					onChange={(isOn) =>
						onChange(choices.filter((one) => (one === choice ? isOn : chosen.includes(one))).join(', '))
					}
				/>
			))}
			{problem && <p className="field-problem">{problem}</p>}
		</fieldset>
	);
}
