/** What a person may decide about a task now. */

import { useState } from 'react';
import { Button, type ButtonProps } from '../components/button.tsx';
import { ChooseAgent } from '../components/choose-agent.tsx';
import { ConfirmWithReason } from '../components/confirm-with-reason.tsx';
import { useApi } from '../connection/session-context.ts';
import { showToast } from '../shell/toast-store.ts';
import type { Task } from '../store/resources.ts';
import { RequestChanges } from './request-changes.tsx';
import type { TaskDiff } from './review.ts';
import {
	offerTaskCommands,
	sayWhatCameOf,
	sendTaskCommand,
	type TaskCommand,
	taskCommandLabels,
} from './task-commands.ts';

const looks: Partial<Record<TaskCommand, ButtonProps['look']>> = {
	approve: 'primary',
	merge: 'primary',
	cancel: 'quiet',
	'clean-up': 'quiet',
};

/** What was reviewed is nothing, or cannot be merged as it is: changes are the thing to ask for. */
const looksInDoubt: typeof looks = { ...looks, approve: 'plain', merge: 'plain', 'request-changes': 'primary' };

const confirmed = {
	cancel: {
		title: 'Give this task up?',
		words: 'Its turn is ended; its worktree and its branch are removed, with what is on it.',
		action: 'Give it up',
		isReasonNeeded: false,
	},
	'clean-up': {
		title: 'Remove its worktree and branch?',
		words: 'What was merged stays where it was merged. What was not is gone.',
		action: 'Remove them',
		isReasonNeeded: false,
	},
} as const;

/** Commands that ask for something first. */
const asking: ReadonlySet<TaskCommand> = new Set(['assign', 'request-changes', 'cancel', 'clean-up']);

export interface TaskCommandBarProps {
	readonly task: Task;
	/** The changes that are shown; undefined before they are. */
	readonly shown: TaskDiff | undefined;
	/** Told of what went wrong, and with null when somebody tries again. */
	readonly onError: (error: unknown) => void;
}

export function TaskCommandBar({ task, shown, onError }: TaskCommandBarProps) {
	const api = useApi();
	const [asked, setAsked] = useState<TaskCommand | null>(null);
	const [running, setRunning] = useState<TaskCommand | null>(null);

	async function send(command: TaskCommand, body: Readonly<Record<string, string>> = {}): Promise<void> {
		onError(null);
		const seen = command === 'approve' && shown !== undefined ? { commit: shown.commit } : {};
		const words = sayWhatCameOf(command, await sendTaskCommand(api, task, command, { ...body, ...seen }));
		if (words !== null) showToast(words);
	}

	function choose(command: TaskCommand): void {
		if (asking.has(command)) {
			setAsked(command);
			return;
		}
		setRunning(command);
		send(command)
			.catch(onError)
			.finally(() => setRunning(null));
	}

	const inDoubt = shown !== undefined && (shown.files.length === 0 || shown.ahead > 0);
	const close = () => setAsked(null);
	const withReason = (command: TaskCommand) => (reason: string) => send(command, reason === '' ? {} : { reason });
	return (
		<div className="detail-actions">
			{offerTaskCommands(task).map((command) => (
				<Button
					key={command}
					needs={command === 'submit' ? 'prompt' : 'admin'}
					size="small"
					look={(inDoubt ? looksInDoubt : looks)[command] ?? 'plain'}
					busy={running === command}
					onClick={() => choose(command)}
				>
					{taskCommandLabels[command]}
				</Button>
			))}
			{asked === 'assign' && (
				<ChooseAgent
					title="Assign the task"
					hint="The one before is taken off it first, in the middle of its turn."
					except={new Set([task.agentId])}
					onChoose={(agent) => send('assign', { agent })}
					onClose={close}
				/>
			)}
			{asked === 'request-changes' && (
				<RequestChanges onSend={(comment) => send('request-changes', { comment })} onClose={close} />
			)}
			{(asked === 'cancel' || asked === 'clean-up') && (
				<ConfirmWithReason {...confirmed[asked]} onConfirm={withReason(asked)} onClose={close} />
			)}
		</div>
	);
}
