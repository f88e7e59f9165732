/** Renders requests to a human into what the API answers. */

import type { z } from 'zod';
import { isOfSupervisor, isToolQuestion } from '../agents/request-owner.ts';
import type { RequestView } from '../agents/views.ts';
import { renderTime, renderTimeOrNull } from '../http/fields.ts';
import type { requestResource } from './schemas.ts';

export function renderRequest(request: RequestView): z.input<typeof requestResource> {
	return {
		id: request.id,
		agentId: request.agentId,
		runId: request.runId,
		kind: request.kind,
		origin: originOf(request),
		delivery: deliveryOf(request),
		title: request.title,
		detail: request.detail,
		options: [...request.options],
		status: request.status,
		answer: request.answer ?? null,
		answeredBy: request.answeredBy,
		askedAt: renderTime(request.askedAt),
		deadlineAt: renderTimeOrNull(request.deadlineAt),
	};
}

/** The key of our own questions is their id, or the prompt they are about; that of an agent's is a fingerprint. */
function originOf({ id, key }: RequestView): 'agent' | 'statecraft' {
	return key === id || key.startsWith('pmt_') ? 'statecraft' : 'agent';
}

function deliveryOf(request: RequestView): z.input<typeof requestResource>['delivery'] {
	if (originOf(request) === 'statecraft') return 'statecraft';
	if (isToolQuestion(request)) return 'prompt';
	return isOfSupervisor(request) ? 'supervisor' : 'turn';
}
