/** What may be done with a workflow: hand in an item, switch it on and off, remove it. */

import { useMemo, useState } from 'react';
import { Button } from '../components/button.tsx';
import { ConfirmWithReason } from '../components/confirm-with-reason.tsx';
import { Field } from '../components/field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { createKey } from '../connection/api.ts';
import { useApi } from '../connection/session-context.ts';
import { linkTo, navigate } from '../shell/router.ts';
import { showToast } from '../shell/toast-store.ts';
import type { Workflow } from '../store/resources.ts';

export interface WorkflowActionsProps {
	readonly workflow: Workflow;
	/** Told of what went wrong, and with null when somebody tries again. */
	readonly onError: (error: unknown) => void;
}

export function WorkflowActions({ workflow, onError }: WorkflowActionsProps) {
	const api = useApi();
	const [asked, setAsked] = useState<'trigger' | 'remove' | null>(null);
	const [isSwitching, setIsSwitching] = useState(false);
	const path = `/workflows/${encodeURIComponent(workflow.id)}`;
	const close = () => setAsked(null);

	async function flip(): Promise<void> {
		onError(null);
		setIsSwitching(true);
		try {
			await api.post(`${path}/${workflow.enabled ? 'disable' : 'enable'}`);
		} catch (error) {
			onError(error);
		} finally {
			setIsSwitching(false);
		}
	}

	async function remove(): Promise<void> {
		await api.delete(path);
		navigate(linkTo(['workflows']));
	}

	return (
		<div className="detail-actions">
			{workflow.enabled && (
				<Button size="small" look="primary" onClick={() => setAsked('trigger')}>
					Hand in an item…
				</Button>
			)}
			<Button size="small" busy={isSwitching} onClick={flip}>
				{workflow.enabled ? 'Disable' : 'Enable'}
			</Button>
			<Button size="small" look="quiet" onClick={() => setAsked('remove')}>
				Remove…
			</Button>
			{asked === 'trigger' && <HandIn workflow={workflow} onClose={close} />}
			{asked === 'remove' && (
				<ConfirmWithReason
					title={`Remove ${workflow.name}?`}
					words="It goes with its dispatches. A turn that is under way goes on."
					action="Remove it"
					isReasonNeeded={false}
					onConfirm={remove}
					onClose={close}
				/>
			)}
		</div>
	);
}

function HandIn({ workflow, onClose }: { readonly workflow: Workflow; readonly onClose: () => void }) {
	const api = useApi();
	const [title, setTitle] = useState('');
	const [body, setBody] = useState('');
	const key = useMemo(createKey, []);

	async function send(): Promise<void> {
		const item = { ...(title.trim() !== '' && { title: title.trim() }), ...(body.trim() !== '' && { body }) };
		await api.post(`/workflows/${encodeURIComponent(workflow.id)}/trigger`, item, { key });
		showToast('Accepted');
	}

	return (
		<FormDialog title="Hand in an item" action="Hand it in" onSend={send} onClose={onClose}>
			<Field label="Title" hint="item.title in the template.">
				<input
					type="text"
					data-autofocus
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
