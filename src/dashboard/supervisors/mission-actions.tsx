/** What a person may decide about a mission. */

import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { ChooseAgent } from '../components/choose-agent.tsx';
import { ConfirmWithReason } from '../components/confirm-with-reason.tsx';
import { useApi, usePage } from '../connection/session-context.ts';
import { linkTo, navigate } from '../shell/router.ts';
import { showToast } from '../shell/toast-store.ts';
import type { Supervisor } from '../store/resources.ts';
import { listOf } from '../store/selectors.ts';
import { findBusyAgents, isOver } from './mission.ts';

const selectSupervisors = listOf('supervisor');

export interface MissionActionsProps {
	readonly supervisor: Supervisor;
	/** Told of what went wrong, and with null when somebody tries again. */
	readonly onError: (error: unknown) => void;
}

export function MissionActions({ supervisor, onError }: MissionActionsProps) {
	const api = useApi();
	const supervisors = usePage(selectSupervisors);
	const [asked, setAsked] = useState<'assign' | 'fail' | 'remove' | null>(null);
	const [isResuming, setIsResuming] = useState(false);
	const path = `/supervisors/${encodeURIComponent(supervisor.id)}`;
	const close = () => setAsked(null);

	async function resume(): Promise<void> {
		onError(null);
		setIsResuming(true);
		try {
			await api.post(`${path}/resume`);
			showToast('Taken up again; its agent is told');
		} catch (error) {
			onError(error);
		} finally {
			setIsResuming(false);
		}
	}

	async function fail(reason: string): Promise<void> {
		await api.post(`${path}/fail`, { reason });
		showToast('Given up');
	}

	async function remove(): Promise<void> {
		await api.delete(path);
		navigate(linkTo(['supervisors']));
	}

	if (isOver(supervisor)) {
		return (
			<div className="detail-actions">
				<Button needs="admin" size="small" onClick={() => setAsked('remove')}>
					Remove…
				</Button>
				{asked === 'remove' && (
					<ConfirmWithReason
						title="Remove this mission?"
						words="It goes with its save points. Its tasks and the journal stay."
						action="Remove it"
						isReasonNeeded={false}
						onConfirm={remove}
						onClose={close}
					/>
				)}
			</div>
		);
	}
	return (
		<div className="detail-actions">
			<Button
				size="small"
				look={supervisor.state === 'interrupted' || supervisor.state === 'blocked' ? 'primary' : 'plain'}
				busy={isResuming}
				onClick={resume}
			>
				Resume
			</Button>
			<Button needs="admin" size="small" onClick={() => setAsked('assign')}>
				Give to another agent…
			</Button>
			<Button needs="admin" size="small" look="quiet" onClick={() => setAsked('fail')}>
				Give up…
			</Button>
			{asked === 'assign' && (
				<ChooseAgent
					title="Give the mission to another agent"
					hint="It takes the mission up where it stands, and is told so. An agent has one mission at a time."
					except={findBusyAgents(supervisors)}
					onChoose={(agent) => api.post(`${path}/assign`, { agent })}
					onClose={close}
				/>
			)}
			{asked === 'fail' && (
				<ConfirmWithReason
					title="Give this mission up?"
					words="Its turn is ended and its questions are withdrawn. Its tasks go on."
					action="Give it up"
					onConfirm={fail}
					onClose={close}
				/>
			)}
		</div>
	);
}
