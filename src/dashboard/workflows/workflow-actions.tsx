/** What may be done with a workflow: hand in an item, switch it on and off, remove it. */

import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { ConfirmWithReason } from '../components/confirm-with-reason.tsx';
import { useApi } from '../connection/session-context.ts';
import { linkTo, navigate } from '../shell/router.ts';
import type { Workflow } from '../store/resources.ts';
import { HandIn } from './hand-in.tsx';

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
				<Button needs="prompt" size="small" look="primary" onClick={() => setAsked('trigger')}>
					Hand in an item…
				</Button>
			)}
			<Button needs="admin" size="small" busy={isSwitching} onClick={flip}>
				{workflow.enabled ? 'Disable' : 'Enable'}
			</Button>
			<Button needs="admin" size="small" look="quiet" onClick={() => setAsked('remove')}>
				Remove…
			</Button>
			{asked === 'trigger' && <HandIn path={`${path}/trigger`} onClose={close} />}
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
