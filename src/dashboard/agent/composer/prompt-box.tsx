/** The box for the next prompt. */

import { type KeyboardEvent, type ReactElement, useEffect, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { ApiError, createKey } from '../../connection/api.ts';
import { useApi } from '../../connection/session-context.ts';
import { showOnOneLine } from '../../content/visible-text.ts';
import { isSuspended } from '../../fleet/agent-state.ts';
import type { Agent, Prompt } from '../../store/resources.ts';
import {
	type Attempt,
	beginAttempt,
	type Draft,
	failAttempt,
	isEmptyDraft,
	isUndecided,
	keepDraft,
	readDraft,
	settleAttempt,
} from './draft.ts';

export function PromptBox({ agent }: { readonly agent: Agent }): ReactElement {
	const { draft, change, submit, error, isSending } = useSubmission(agent.id);
	const [needsStart, setNeedsStart] = useState(false);
	const start = needsStart || isDown(agent);

	async function send(): Promise<void> {
		const refusal = await submit(start);
		setNeedsStart(refusal === 'agent_not_running');
	}

	function onKeyDown(event: KeyboardEvent): void {
		// Enter also ends the choice of a word in input methods.
		if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
		if (!event.ctrlKey && !event.metaKey && isTouched()) return;
		event.preventDefault();
		void send();
	}

	return (
		<form
			className="prompt-box"
			onSubmit={(event) => {
				event.preventDefault();
				void send();
			}}
		>
			<ErrorNote error={error} />
			<div className="prompt-line">
				<GrowingText value={draft.text} onChange={change} onKeyDown={onKeyDown} />
				<Button needs="prompt" type="submit" look="primary" busy={isSending} disabled={isEmptyDraft(draft)}>
					{labelOf(agent, start)}
				</Button>
			</div>
			<p className="prompt-hint muted" id="prompt-hint">
				{draft.attempt && !isSending && describeOpen(draft.attempt, draft.text)}
				{adviceOf(agent, start)}
				<span className="prompt-keys">Enter sends, Shift+Enter begins a line.</span>
			</p>
		</form>
	);
}

/** What it takes to submit drafts: each at most once, however often one presses, one after the other. */
function useSubmission(agentId: string) {
	const api = useApi();
	const [draft, setDraft] = useState<Draft>(() => readDraft(window.sessionStorage, agentId));
	const [error, setError] = useState<unknown>(null);
	const [isSending, setSending] = useState(false);
	const present = useRef(draft);
	const busy = useRef(false);
	/** Pressed again while the one before was on its way. */
	const isPressedAgain = useRef(false);

	function put(next: Draft): void {
		present.current = next;
		setDraft(next);
		keepDraft(window.sessionStorage, agentId, next);
	}

	function post({ key, text, start }: Attempt): Promise<Prompt> {
		const body = { text, idempotencyKey: key, ...(start && { start: true }) };
		return api.post<Prompt>(`/agents/${encodeURIComponent(agentId)}/prompts`, body, { key });
	}

	async function submitAll(start: boolean): Promise<void> {
		for (let hasMore = true; hasMore && !isEmptyDraft(present.current); ) {
			isPressedAgain.current = false;
			const next = beginAttempt(present.current, start, createKey);
			put(next.draft);
			await post(next.attempt);
			put(settleAttempt(present.current));
			hasMore = next.hasMore || isPressedAgain.current;
		}
	}

	/** Resolves with the code of a refusal; null when all was accepted. */
	async function submit(start: boolean): Promise<string | null> {
		isPressedAgain.current = true;
		if (busy.current) return null;
		busy.current = true;
		setSending(true);
		setError(null);
		try {
			await submitAll(start);
			return null;
		} catch (thrown) {
			const status = thrown instanceof ApiError ? thrown.problem.status : 0;
			put(failAttempt(present.current, isUndecided(status)));
			setError(explain(thrown));
			return thrown instanceof ApiError ? thrown.code : null;
		} finally {
			busy.current = false;
			setSending(false);
		}
	}

	return { draft, change: (text: string) => put({ ...present.current, text }), submit, error, isSending };
}

/** What is said of an attempt that nobody knows the end of. */
function describeOpen({ text: sent }: Attempt, text: string): string {
	if (sent === text) return 'It is not known whether this arrived: send it again. ';
	return `It is not known whether “${showOnOneLine(sent, 40)}” arrived: it is sent again first. `;
}

/** Adds what to do where the server cannot know it. */
function explain(thrown: unknown): unknown {
	if (!(thrown instanceof ApiError)) return thrown;
	if (thrown.code === 'agent_not_running')
		return new ApiError({ ...thrown.problem, hint: 'Start and send launches it and gives it the prompt.' });
	if (isUndecided(thrown.problem.status)) {
		const hint = 'Send it again once the server answers: the same text is taken once, however often it is sent.';
		return new ApiError({ ...thrown.problem, detail: 'It is not known whether the prompt arrived.', hint });
	}
	return thrown;
}

interface GrowingTextProps {
	readonly value: string;
	readonly onChange: (value: string) => void;
	readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** As high as what is written in it, up to a limit. */
function GrowingText({ value, onChange, onKeyDown }: GrowingTextProps): ReactElement {
	const area = useRef<HTMLTextAreaElement>(null);
	// biome-ignore lint/correctness/useExhaustiveDependencies: it grows with what is written
	useEffect(() => {
		const element = area.current;
		if (!element) return;
		element.style.height = 'auto';
		element.style.height = `${element.scrollHeight + 2}px`;
	}, [value]);
	return (
		<textarea
			ref={area}
			rows={1}
			aria-label="Prompt"
			aria-describedby="prompt-hint"
			placeholder="What is to be done?"
			value={value}
			onChange={(event) => onChange(event.target.value)}
			onKeyDown={onKeyDown}
		/>
	);
}

/** Where there is no other key for a new line, Enter makes one. */
function isTouched(): boolean {
	return window.matchMedia('(pointer: coarse) and (hover: none)').matches;
}

/** It takes prompts only when it is started for them, or they wait until somebody starts it. */
function isDown({ executionState, substate }: Agent): boolean {
	return executionState === 'stopped' || executionState === 'pending' || substate === 'resting';
}

function labelOf(agent: Agent, start: boolean): string {
	if (start) return 'Start and send';
	return agent.executionState === 'idle' && agent.queuedPrompts === 0 && !isSuspended(agent) ? 'Send' : 'Queue';
}

function adviceOf(agent: Agent, start: boolean): string {
	if (isSuspended(agent)) return 'It is suspended: prompts wait until it is resumed. ';
	if (start) return 'It is not running: sending starts it. ';
	if (agent.executionState === 'failed') return 'It will be restarted soon, and then takes what waits. ';
	if (labelOf(agent, start) === 'Queue') return 'A queued prompt runs when those before it are done. ';
	return '';
}
