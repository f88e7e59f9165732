/** An error where it arose: what happened, and what to do about it. */

import './error-note.css';
import type { ReactNode } from 'react';
import { ApiError } from '../connection/api.ts';
import { Button } from './button.tsx';
import { MarkedText } from './marked-text.tsx';
import { wordsOfProblem } from './problem-words.ts';

export interface ErrorNoteProps {
	/** Whatever was thrown; nothing is shown for null. */
	readonly error: unknown;
	readonly onRetry?: () => void;
	readonly onDismiss?: () => void;
}

export function ErrorNote({ error, onRetry, onDismiss }: ErrorNoteProps) {
	if (error === null || error === undefined) return null;
	return (
		<div className="error-note" role="alert">
			<div className="error-note-words">
				{error instanceof ApiError ? <ApiErrorWords error={error} /> : <p>{wordsOf(error)}</p>}
			</div>
			{onRetry && (
				<Button size="small" onClick={onRetry}>
					Try again
				</Button>
			)}
			{onDismiss && (
				<Button size="small" look="quiet" onClick={onDismiss}>
					Dismiss
				</Button>
			)}
		</div>
	);
}

function ApiErrorWords({ error }: { readonly error: ApiError }): ReactNode {
	const { hint, code } = error.problem;
	const { title, detail, issues } = wordsOfProblem(error.problem);
	const advice = hint ?? adviceOf(code);
	// What it is called where machines are described says nothing to those who just looked away.
	if (overtaken.has(code)) {
		return (
			<>
				<p>
					<strong>Somebody, or time, was faster.</strong> It has changed since it was shown: look again, and decide
					anew.
				</p>
				<p className="muted">{error.problem.detail}</p>
			</>
		);
	}
	return (
		<>
			<p>
				<strong>{title}.</strong> {detail}
			</p>
			{issues.length > 0 && (
				<ul>
					{issues.map(({ field, message }) => (
						<li key={`${field} ${message}`}>
							{field !== '' && <strong>{field}: </strong>}
							{message}
						</li>
					))}
				</ul>
			)}
			{advice !== null && (
				<p>
					<MarkedText text={advice} />
				</p>
			)}
		</>
	);
}

/** It has changed since it was shown. */
const overtaken: ReadonlySet<ApiError['code']> = new Set(['stale_state', 'event_refused']);

/** What to do when the server gives no hint of its own. */
function adviceOf(code: ApiError['code']): string | null {
	switch (code) {
		case 'forbidden':
			return 'This needs a token with more scopes: `statecraft token create` makes one.';
		case 'not_ready':
		case 'shutting_down':
		case 'store_unavailable':
			return 'Nothing was changed. Try again in a moment.';
		case 'internal':
			return 'The log of the server knows more.';
		default:
			return null;
	}
}

function wordsOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
