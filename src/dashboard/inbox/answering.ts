/** Sends answers to requests, and tells how that goes. */

import { useRef, useState } from 'react';
import type { z } from 'zod';
import type { answerBody } from '../../requests/schemas.ts';
import { ApiError, createKey } from '../connection/api.ts';
import { useApi, useSession } from '../connection/session-context.ts';
import { showToast } from '../shell/toast-store.ts';
import type { OpenRequest } from '../store/resources.ts';

export type AnswerBody = z.input<typeof answerBody>;

export interface Answering {
	/** What is on its way, so that its button can say so. */
	readonly sent: AnswerBody | null;
	readonly error: unknown;
	answer(body: AnswerBody): void;
}

/** The request stays as it is until the server has said what became of it. */
export function useAnswering(request: OpenRequest): Answering {
	const api = useApi();
	const { store } = useSession();
	const [sent, setSent] = useState<AnswerBody | null>(null);
	const [error, setError] = useState<unknown>(null);
	/** Known at once, not with the next drawing: a key may be pressed twice before that. */
	const isSending = useRef(false);

	/** Of what was sent last: sent again because no answer came, it is the same post. */
	const post = useRef({ body: '', key: '' });

	async function send(body: AnswerBody): Promise<void> {
		const text = JSON.stringify(body);
		if (post.current.body !== text) post.current = { body: text, key: createKey() };
		const path = `/requests/${encodeURIComponent(request.id)}/answer`;
		const data = await api.post<OpenRequest>(path, body, { key: post.current.key });
		store.trigger.resourcesChanged({ changes: [{ kind: 'request', id: data.id, data }] });
		showToast(`${describeAnswer(request, body)}: ${shorten(request.title)}`);
	}

	function answer(body: AnswerBody): void {
		if (isSending.current) return;
		isSending.current = true;
		setSent(body);
		setError(null);
		send(body)
			.catch((thrown: unknown) => {
				if (!(thrown instanceof ApiError) || thrown.code !== 'server_unreachable') post.current = { body: '', key: '' };
				setError(tellWhoWasFirst(thrown));
			})
			.finally(() => {
				isSending.current = false;
				setSent(null);
			});
	}

	return { sent, error, answer };
}

/** What was said, in a word or two. */
export function describeAnswer({ options }: Pick<OpenRequest, 'options'>, body: AnswerBody): string {
	if ('optionId' in body) return options.find(({ optionId }) => optionId === body.optionId)?.name ?? body.optionId;
	return 'decline' in body ? 'Declined' : 'Answered';
}

/** Somebody else was faster: no failure, but good to know. */
function tellWhoWasFirst(thrown: unknown): unknown {
	if (!(thrown instanceof ApiError) || thrown.code !== 'request_settled') return thrown;
	const { answeredBy } = (thrown.problem.actual ?? {}) as { answeredBy?: string | null };
	const hint = answeredBy ? `It was answered by ${answeredBy}.` : 'Nobody has to answer it any more.';
	return new ApiError({ ...thrown.problem, hint });
}

function shorten(text: string): string {
	return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
