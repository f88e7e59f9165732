/**
 * Where a workflow that has read no events yet begins: at the event that tells of its creation, or of
 * the last edit of its trigger, whichever is later. That event was committed with the change itself, so
 * what follows it is the workflow's business and what precedes it is not, whatever the clock says.
 *
 * It is looked for from the end of the log backwards, in windows that grow: what is read in vain is a
 * fraction of what the workflow has to read from there anyway, and old events cost nothing.
 */

import type { EventView, Reads } from '../../agents/views.ts';
import { payloadOf } from './event-payload.ts';

const firstWindow = 1_000;
const growth = 4;
const pageSize = 200;

/** The seq of that event, `last` being the end of the log; undefined when the log does not tell of the workflow. */
export async function findStart(
	reads: Pick<Reads, 'events'>,
	workflowId: string,
	last: number,
): Promise<number | undefined> {
	for (let width = firstWindow; ; width *= growth) {
		const from = Math.max(0, last - width);
		const found = await findLastChange(reads, workflowId, from);
		if (found !== undefined || from === 0) return found;
	}
}

async function findLastChange(
	reads: Pick<Reads, 'events'>,
	workflowId: string,
	from: number,
): Promise<number | undefined> {
	let found: number | undefined;
	for (let after = from; ; ) {
		const page = await reads.events({ after, limit: pageSize, topics: ['workflow.created', 'workflow.updated'] });
		found = page.findLast((event) => setsTrigger(event, workflowId))?.seq ?? found;
		if (page.length < pageSize) return found;
		after = page.at(-1)?.seq ?? after;
	}
}

function setsTrigger(event: EventView, workflowId: string): boolean {
	if (payloadOf(event, 'workflow.created')?.workflowId === workflowId) return true;
	const update = payloadOf(event, 'workflow.updated');
	return update?.workflowId === workflowId && update.changed.includes('trigger');
}
