/** The prompt that runs and those that wait, each with a way to cancel it. */

import { type ReactElement, useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icons.tsx';
import { useApi } from '../../connection/session-context.ts';
import { showOnOneLine } from '../../content/visible-text.ts';
import type { Agent, Prompt } from '../../store/resources.ts';
import { pickPrompts } from './prompt-order.ts';

/** So many that wait are listed; of the others there is only the number. */
const listed = 100;

/** Where a turn is, when it is not simply at work. */
const stages: Readonly<Record<string, string>> = { cancelling: 'Ending the turn', awaitingInput: 'Waits for you' };

export interface PromptQueueProps {
	readonly agent: Agent;
	readonly prompts: ReadonlyMap<string, Prompt>;
}

export function PromptQueue({ agent, prompts }: PromptQueueProps): ReactElement | null {
	const { running, queued } = useMemo(() => pickPrompts(prompts, agent.id), [prompts, agent.id]);
	const [error, setError] = useState<unknown>(null);
	if (running === null && queued.length === 0 && error === null) return null;
	return (
		<div className="prompt-queue">
			{running && (
				<div className="prompt-row prompt-running">
					<span className="working" aria-hidden="true" />
					<span className="truncate prompt-gist">
						{stages[agent.substate ?? ''] ?? 'At work'}: {showOnOneLine(agent.currentActivity ?? running.text, 200)}
					</span>
					<CancelButton prompt={running} isCancelling={agent.substate === 'cancelling'} onError={setError} />
				</div>
			)}
			{queued.length > 0 && (
				<section aria-label={`Prompts that wait: ${queued.length}`} className="prompt-waiting">
					<ol className="prompt-rows">
						{queued.slice(0, listed).map((prompt, index) => (
							<li key={prompt.id} className="prompt-row">
								<span className="prompt-waits">Waits{queued.length > 1 && `, ${index + 1} of ${queued.length}`}</span>
								<span className="truncate prompt-gist">{showOnOneLine(prompt.text, 200)}</span>
								<CancelButton prompt={prompt} onError={setError} />
							</li>
						))}
					</ol>
					{queued.length > listed && <p className="muted">and {queued.length - listed} more</p>}
				</section>
			)}
			<ErrorNote error={error} onDismiss={() => setError(null)} />
		</div>
	);
}

interface CancelButtonProps {
	readonly prompt: Prompt;
	/** Its turn was asked to end already. */
	readonly isCancelling?: boolean;
	readonly onError: (error: unknown) => void;
}

function CancelButton({ prompt, isCancelling = false, onError }: CancelButtonProps): ReactElement {
	const api = useApi();
	const [isBusy, setBusy] = useState(false);
	const isRunning = prompt.status === 'running';

	async function cancel(): Promise<void> {
		setBusy(true);
		onError(null);
		try {
			await api.post<Prompt>(`/prompts/${encodeURIComponent(prompt.id)}/cancel`);
		} catch (error) {
			onError(error);
		} finally {
			setBusy(false);
		}
	}

	return (
		<Button
			size="small"
			look={isRunning ? 'plain' : 'quiet'}
			busy={isBusy || isCancelling}
			icon={<Icon name={isRunning ? 'stop' : 'close'} size={12} />}
			onClick={cancel}
		>
			{isRunning ? 'Cancel turn' : 'Cancel'}
			{!isRunning && <span className="visually-hidden"> the prompt that waits: {showOnOneLine(prompt.text, 60)}</span>}
		</Button>
	);
}
