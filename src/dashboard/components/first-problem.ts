/** After a form was refused: what is wrong comes into sight, however far down or up it stands. */

import { type RefObject, useCallback, useRef } from 'react';

export interface ProblemSight<E extends HTMLElement> {
	/** Of the form. */
	readonly form: RefObject<E | null>;
	/** Goes to the first field that is wrong, or to what the server said. */
	readonly showProblem: () => void;
}

export function useProblemSight<E extends HTMLElement>(): ProblemSight<E> {
	const form = useRef<E>(null);
	const showProblem = useCallback(() => {
		// Once it is drawn.
		requestAnimationFrame(() => {
			const field = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
			if (field) (field.matches('fieldset') ? field.querySelector('input') : field)?.focus();
			else form.current?.querySelector('[role="alert"]')?.scrollIntoView({ block: 'nearest' });
		});
	}, []);
	return { form, showProblem };
}
