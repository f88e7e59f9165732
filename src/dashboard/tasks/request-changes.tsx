/** Sends a task back to its agent, with words. */

import { useState } from 'react';
import { Field } from '../components/field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';

export interface RequestChangesProps {
	readonly onSend: (comment: string) => Promise<void>;
	readonly onClose: () => void;
}

export function RequestChanges({ onSend, onClose }: RequestChangesProps) {
	const [comment, setComment] = useState('');
	const [problem, setProblem] = useState<string | null>(null);

	function check(): boolean {
		const isEmpty = comment.trim() === '';
		setProblem(isEmpty ? 'Say what is to be changed: the agent knows only what stands here.' : null);
		return !isEmpty;
	}

	return (
		<FormDialog
			title="Request changes"
			size="wide"
			action="Send it back"
			check={check}
			onSend={() => onSend(comment.trim())}
			onClose={onClose}
		>
			<Field label="What is to be changed?" hint="Reaches the agent as a prompt." problem={problem}>
				<textarea
					data-autofocus
					rows={8}
					maxLength={65_536}
					value={comment}
					onChange={(event) => setComment(event.target.value)}
				/>
			</Field>
		</FormDialog>
	);
}
