/** A form in a dialog: sends, stays open with what went wrong, and closes when it went well. */

import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog, DialogActions, type DialogProps } from './dialog.tsx';
import { ErrorNote } from './error-note.tsx';
import { useProblemSight } from './first-problem.ts';

export interface FormDialogProps extends Pick<DialogProps, 'title' | 'size'> {
	/** On the button. */
	readonly action: string;
	/** Answers what is wrong with the fields before anything is sent: false sends nothing. */
	readonly check?: () => boolean;
	/** Rejects with what went wrong. */
	readonly onSend: () => Promise<unknown>;
	readonly onClose: () => void;
	readonly children: ReactNode;
}

export function FormDialog({ title, size, action, check, onSend, onClose, children }: FormDialogProps) {
	const [error, setError] = useState<unknown>(null);
	const [busy, setBusy] = useState(false);

	const { form, showProblem } = useProblemSight<HTMLFormElement>();

	async function submit(event: FormEvent): Promise<void> {
		event.preventDefault();
		if (busy) return;
		if (check?.() === false) {
			showProblem();
			return;
		}
		setBusy(true);
		setError(null);
		try {
			await onSend();
			onClose();
		} catch (thrown) {
			setError(thrown);
			setBusy(false);
			showProblem();
		}
	}

	return (
		<Dialog title={title} onClose={onClose} {...(size && { size })}>
			<form ref={form} onSubmit={submit} className="form">
				{children}
				<ErrorNote error={error} />
				<DialogActions>
					<Button onClick={onClose}>Cancel</Button>
					<Button type="submit" look="primary" busy={busy}>
						{action}
					</Button>
				</DialogActions>
			</form>
		</Dialog>
	);
}
