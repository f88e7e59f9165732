/** Hands in a work item: to a workflow, or to a queue. */

import { useMemo, useState } from 'react';
import { Field } from '../components/field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { createKey } from '../connection/api.ts';
import { useApi } from '../connection/session-context.ts';
import { showToast } from '../shell/toast-store.ts';
import { findQueueProblem } from './queue-list.ts';

export interface HandInProps {
	/** Where it is posted to; null: to a queue that is named here. */
	readonly path: string | null;
	/** Told once it was taken in. */
	readonly onAccepted?: () => void;
	readonly onClose: () => void;
}

export function HandIn({ path, onAccepted, onClose }: HandInProps) {
	const api = useApi();
	const [queue, setQueue] = useState('');
	const [title, setTitle] = useState('');
	const [body, setBody] = useState('');
	const [problem, setProblem] = useState<string | null>(null);
	const key = useMemo(createKey, []);

	function check(): boolean {
		const found = path === null ? findQueueProblem(queue) : null;
		setProblem(found);
		return found === null;
	}

	async function send(): Promise<void> {
		const item = { ...(title.trim() !== '' && { title: title.trim() }), ...(body.trim() !== '' && { body }) };
		await api.post(path ?? pathOfQueue(queue.trim()), item, { key });
		showToast('Accepted');
		onAccepted?.();
	}

	return (
		<FormDialog title="Hand in an item" action="Hand it in" check={check} onSend={send} onClose={onClose}>
			{path === null && (
				<Field label="Queue" hint="It is there from its first item on." problem={problem}>
					<input
						type="text"
						data-autofocus
						spellCheck={false}
						value={queue}
						onChange={(event) => {
							setQueue(event.target.value);
							setProblem(null);
						}}
					/>
				</Field>
			)}
			<Field label="Title" hint="item.title in the template.">
				<input
					type="text"
					data-autofocus={path === null ? undefined : true}
					maxLength={1_000}
					value={title}
					onChange={(event) => setTitle(event.target.value)}
				/>
			</Field>
			<Field label="Body" hint="item.body in the template.">
				<textarea rows={5} value={body} onChange={(event) => setBody(event.target.value)} />
			</Field>
		</FormDialog>
	);
}

export function pathOfQueue(name: string): string {
	return `/queues/${encodeURIComponent(name)}`;
}
