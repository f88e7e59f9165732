/** A field with its name, a hint and what is wrong with it, tied together for those who do not see it. */

import './field.css';
import { cloneElement, type ReactElement, type ReactNode, useId } from 'react';

interface ControlProps {
	id?: string;
	'aria-describedby'?: string | undefined;
	'aria-invalid'?: true | undefined;
}

export interface FieldProps {
	readonly label: ReactNode;
	readonly hint?: ReactNode;
	/** What is wrong; null when nothing is. */
	readonly problem?: string | null | undefined;
	/** One `<input>`, `<select>` or `<textarea>`. */
	readonly children: ReactElement<ControlProps>;
}

export function Field({ label, hint, problem, children }: FieldProps) {
	const id = useId();
	const note = useId();
	const hasNote = Boolean(hint) || Boolean(problem);
	return (
		<div className="field">
			<label htmlFor={id}>{label}</label>
			{cloneElement(children, {
				id,
				'aria-describedby': hasNote ? note : undefined,
				'aria-invalid': problem ? true : undefined,
			})}
			{hasNote && (
				<div id={note} className="field-note">
					{problem && <p className="field-problem">{problem}</p>}
					{hint && <p className="muted">{hint}</p>}
				</div>
			)}
		</div>
	);
}

export interface CheckProps {
	readonly label: ReactNode;
	readonly checked: boolean;
	readonly onChange: (checked: boolean) => void;
}

export function Check({ label, checked, onChange }: CheckProps) {
	return (
		<label className="check">
			<input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
			<span>{label}</span>
		</label>
	);
}
