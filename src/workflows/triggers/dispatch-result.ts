/**
 * The trigger `dispatch_result`: a dispatch of a workflow has come to its end, so that one workflow
 * follows another. A workflow may follow itself: what it says of the dispatch is enough for a template
 * to render to nothing, which ends the chain.
 *
 * 1. A dispatch that will be tried again has not ended.
 */

import type { EventView, Reads } from '../../agents/views.ts';
import type { Failure } from '../../errors.ts';
import type { EventTopic } from '../../events/catalogue.ts';
import type { WorkflowReads } from '../views.ts';
import { payloadOf } from './event-payload.ts';
import { createEventSource, eventSourceId } from './event-source.ts';
import type { TriggerSource } from './source.ts';
import type { TriggerOf } from './trigger-config.ts';
import { createWorkItem } from './work-item.ts';

type ResultTrigger = TriggerOf<'dispatch_result'>;
type ResultStatus = ResultTrigger['status'][number];

const topicOf = {
	completed: 'dispatch.completed',
	failed: 'dispatch.failed',
	interrupted: 'dispatch.interrupted',
	skipped: 'dispatch.skipped',
} as const satisfies Record<ResultStatus, EventTopic>;

interface Result {
	readonly dispatchId: string;
	readonly workflowId: string;
	readonly sourceId: string;
	readonly status: ResultStatus;
	readonly promptId: string | null;
	readonly error: Pick<Failure, 'message'> | null;
}

export type DispatchResultReads = Pick<Reads, 'events' | 'lastEventSeq' | 'prompt'> &
	Pick<WorkflowReads, 'workflow' | 'dispatch'>;

export function createDispatchResultSource(reads: DispatchResultReads): TriggerSource<ResultTrigger, number> {
	return createEventSource<ResultTrigger>(reads, {
		topics: ({ status }) => [...new Set(status.map((one) => topicOf[one]))],
		agentId: () => null,
		async findProblem({ trigger }) {
			if (await reads.workflow(trigger.workflow)) return undefined;
			return `There is no workflow ${trigger.workflow} any more: set another one.`;
		},
		async toItem(stored, { trigger }) {
			const result = readResult(stored);
			if (result?.workflowId !== trigger.workflow) return undefined;
			const { dispatchId, workflowId, sourceId, status, error } = result;
			const dispatch = await reads.dispatch(dispatchId);
			const workflowName = (await reads.workflow(workflowId))?.name ?? workflowId;
			const promptId = result.promptId ?? dispatch?.promptId ?? null;
			const text = status === 'completed' && promptId !== null ? await readResultText(reads, promptId) : null;
			const title = dispatch?.title ?? sourceId;
			return createWorkItem({
				sourceId: eventSourceId(stored),
				title: `${workflowName} ${status}: ${title}`,
				at: stored.at,
				body: text ?? error?.message ?? null,
				url: dispatch?.item.url ?? null,
				labels: dispatch?.item.labels ?? [],
				metadata: { dispatchId, workflowId, workflowName, status, sourceId, title, promptId, result: text, error },
			});
		},
	});
}

async function readResultText(reads: Pick<Reads, 'prompt'>, promptId: string): Promise<string | null> {
	return (await reads.prompt(promptId))?.result?.text ?? null;
}

/** How a dispatch ended; undefined when it did not. */
function readResult(stored: EventView): Result | undefined {
	const completed = payloadOf(stored, 'dispatch.completed');
	if (completed) return { ...completed, status: 'completed', error: null };
	const skipped = payloadOf(stored, 'dispatch.skipped');
	if (skipped) return { ...skipped, status: 'skipped', promptId: null };
	const failed = payloadOf(stored, 'dispatch.failed');
	if (failed?.nextAttemptAt === null) return { ...failed, status: 'failed', promptId: null };
	const interrupted = payloadOf(stored, 'dispatch.interrupted');
	if (interrupted?.nextAttemptAt === null) return { ...interrupted, status: 'interrupted', promptId: null };
	return undefined;
}
