/** The fields of a question, and the button that sends them. */

import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Check, Field } from '../components/field.tsx';
import { showInvisible } from '../content/visible-text.ts';
import type { OpenRequest } from '../store/resources.ts';
import {
	type FieldValue,
	type FieldValues,
	type QuestionField,
	readQuestionForm,
	renderAnswer,
} from './question-form.ts';

export interface QuestionFieldsProps {
	readonly request: OpenRequest;
	readonly isBusy: boolean;
	readonly onAnswer: (answer: unknown) => void;
	/** Further buttons. */
	readonly children?: ReactNode;
}

export function QuestionFields({ request, isBusy, onAnswer, children }: QuestionFieldsProps) {
	const form = readQuestionForm(request);
	const [values, setValues] = useState<FieldValues>({});
	const [isMissing, setIsMissing] = useState(false);

	function submit(event: FormEvent): void {
		event.preventDefault();
		const answer = renderAnswer(form, values);
		setIsMissing(answer === null);
		if (answer !== null && !isBusy) onAnswer(answer);
	}

	return (
		<form className="question-fields" onSubmit={submit}>
			{form.fields.map((field) => (
				<FieldInput
					key={field.name}
					field={showField(field)}
					value={values[field.name]}
					onChange={(value) => setValues({ ...values, [field.name]: value })}
				/>
			))}
			{isMissing && (
				<p className="field-problem" role="alert">
					Something is still to be filled in.
				</p>
			)}
			<div className="request-options">
				<Button needs="answer" type="submit" look={request.options.length === 0 ? 'primary' : 'plain'} busy={isBusy}>
					Send the answer
				</Button>
				{children}
			</div>
		</form>
	);
}

/** As people read it, without disguises; what is sent stays as it is. */
function showField(field: QuestionField): QuestionField {
	return {
		...field,
		label: showInvisible(field.label),
		hint: field.hint === null ? null : showInvisible(field.hint),
		choices: field.choices.map(({ value, words }) => ({ value, words: showInvisible(words) })),
	};
}

interface FieldInputProps {
	readonly field: QuestionField;
	readonly value: FieldValue | undefined;
	readonly onChange: (value: FieldValue) => void;
}

function FieldInput({ field, value, onChange }: FieldInputProps) {
	const { input, label, hint, choices } = field;
	const text = typeof value === 'string' ? value : '';
	switch (input) {
		case 'flag':
			return <Check label={label} checked={value === true} onChange={onChange} />;
		case 'one':
			return (
				<Field label={label} hint={hint}>
					<select value={text} onChange={(event) => onChange(event.target.value)}>
						<option value="">Choose…</option>
						{choices.map((choice) => (
							<option key={choice.value} value={choice.value}>
								{choice.words}
							</option>
						))}
					</select>
				</Field>
			);
		case 'many':
			return <Several field={field} chosen={Array.isArray(value) ? value : []} onChange={onChange} />;
		default:
			return (
				<Field label={label} hint={hint}>
					{input === 'number' ? (
						<input type="text" inputMode="decimal" value={text} onChange={(event) => onChange(event.target.value)} />
					) : (
						<textarea
							rows={2}
							value={text}
							onChange={(event) => onChange(event.target.value)}
							onKeyDown={sendOnEnter}
						/>
					)}
				</Field>
			);
	}
}

/** Ctrl or Cmd with Enter sends, Enter alone begins a line. */
function sendOnEnter(event: React.KeyboardEvent<HTMLTextAreaElement>): void {
	if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
	event.preventDefault();
	event.currentTarget.form?.requestSubmit();
}

interface SeveralProps {
	readonly field: QuestionField;
	readonly chosen: readonly string[];
	readonly onChange: (chosen: readonly string[]) => void;
}

function Several({ field: { label, choices }, chosen, onChange }: SeveralProps) {
	return (
		<fieldset className="several">
			<legend>{label}</legend>
			{choices.map(({ value, words }) => (
				<Check
					key={value}
					label={words}
					checked={chosen.includes(value)}
					onChange={(isOn) => onChange(isOn ? [...chosen, value] : chosen.filter((other) => other !== value))}
				/>
			))}
		</fieldset>
	);
}
