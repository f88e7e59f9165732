/** Asks whether something that cannot be undone is meant, and why: the reason is kept in the journal. */

import { type FormEvent, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog, DialogActions } from './dialog.tsx';
import { ErrorNote } from './error-note.tsx';
import { Field } from './field.tsx';

export interface ConfirmWithReasonProps {
	readonly title: string;
	/** What will happen. */
	readonly words: string;
	/** On the button. */
	readonly action: string;
	/** Whether a reason has to be given; otherwise it may be. */
	readonly isReasonNeeded?: boolean;
	/** Rejects with what went wrong; then the dialog stays open and shows it. */
	readonly onConfirm: (reason: string) => Promise<unknown>;
	readonly onClose: () => void;
}

export function ConfirmWithReason(props: ConfirmWithReasonProps) {
	const { title, words, action, isReasonNeeded = true, onConfirm, onClose } = props;
	const [reason, setReason] = useState('');
	const [problem, setProblem] = useState<string | null>(null);
	const [error, setError] = useState<unknown>(null);
	const [busy, setBusy] = useState(false);

	async function submit(event: FormEvent): Promise<void> {
		event.preventDefault();
		if (busy) return;
		if (isReasonNeeded && reason.trim() === '') {
			setProblem('Say why: it is kept in the journal.');
			return;
		}
		setBusy(true);
		setError(null);
		try {
			await onConfirm(reason.trim());
			onClose();
		} catch (thrown) {
			setError(thrown);
			setBusy(false);
		}
	}

	return (
		<Dialog title={title} onClose={onClose}>
			<form onSubmit={submit}>
				<p>{words}</p>
				<Field label={isReasonNeeded ? 'Reason (needed)' : 'Reason (optional)'} problem={problem}>
					<input
						type="text"
						data-autofocus
						aria-required={isReasonNeeded}
						maxLength={1_000}
						value={reason}
						onChange={(event) => {
							setReason(event.target.value);
							setProblem(null);
						}}
					/>
				</Field>
				<ErrorNote error={error} />
				<DialogActions>
					<Button onClick={onClose}>Cancel</Button>
					<Button type="submit" look="danger" busy={busy}>
						{action}
					</Button>
				</DialogActions>
			</form>
		</Dialog>
	);
}
