/** Queues as people look at them: those that hold items, and those that workflows wait for. Pure. */

import type { z } from 'zod';
import type { queueItemResource, queueResource } from '../../workflows/schemas-queues.ts';
import type { Workflow } from '../store/resources.ts';

export type Queue = z.output<typeof queueResource>;
export type QueueItem = z.output<typeof queueItemResource>;

export interface ListedQueue extends Queue {
	/** Workflows that take its items. */
	readonly readers: ReadonlyArray<Pick<Workflow, 'id' | 'name' | 'enabled'>>;
}

const noCounts: Queue['counts'] = { ready: 0, claimed: 0, done: 0, dead: 0 };

type Reader = Pick<Workflow, 'id' | 'name' | 'enabled' | 'trigger'>;

/** By name. */
export function listQueues(queues: readonly Queue[], workflows: readonly Reader[]): readonly ListedQueue[] {
	const awaited = workflows.flatMap(({ trigger }) => (trigger.type === 'queue' ? [trigger.queue] : []));
	const listed = new Map<string, Queue>(awaited.map((name) => [name, { name, counts: noCounts }]));
	for (const queue of queues) listed.set(queue.name, queue);
	return [...listed.values()]
		.sort((a, b) => (a.name < b.name ? -1 : 1))
		.map((queue) => ({ ...queue, readers: workflows.filter((workflow) => reads(workflow, queue.name)) }));
}

function reads({ trigger }: Reader, queue: string): boolean {
	return trigger.type === 'queue' && trigger.queue === queue;
}

export function findQueueProblem(name: string): string | null {
	if (name.trim() === '') return 'Name the queue.';
	const isName = /^[a-z0-9][a-z0-9._-]{0,99}$/i.test(name.trim());
	return isName ? null : 'Letters, digits, dots, dashes and underscores.';
}

const words: Readonly<Record<keyof Queue['counts'], string>> = {
	ready: 'waiting',
	claimed: 'under way',
	done: 'done',
	dead: 'dead',
};

/** What there is of it, in words: `2 waiting, 1 done`. */
export function describeCounts(counts: Queue['counts']): string {
	const statuses = Object.keys(words) as Array<keyof Queue['counts']>;
	const parts = statuses.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${words[status]}`);
	return parts.length === 0 ? 'empty' : parts.join(', ');
}

export function wordsOfItem(status: QueueItem['status']): string {
	return words[status];
}
