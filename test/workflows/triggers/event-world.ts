/** A store on disk and its read side, into which tests write agents, events and whatever else a trigger looks at. */

import { onTestFinished } from 'vitest';
import type { DomainEvent, DomainRecord } from '../../../src/durable/store.ts';
import { createEvent, type EventPayload, type EventTopic } from '../../../src/events/catalogue.ts';
import { createQueries, type Queries } from '../../../src/store/queries.ts';
import { createSqliteStore } from '../../../src/store/sqlite-store.ts';
import { agentRow, at } from '../../store/units.ts';
import { createDatabaseFolder } from '../../support/database-folder.ts';

export interface EventWorld {
	readonly reads: Queries;
	write(records: readonly DomainRecord[], events?: readonly DomainEvent[]): Promise<void>;
	/** Commits an event by itself and answers its seq. */
	tell<T extends EventTopic>(
		topic: T,
		agentId: string | null,
		payload: EventPayload<T>,
		happenedAt?: number,
	): Promise<number>;
	/** Many events that are nobody's business. */
	chatter(count: number): Promise<void>;
	/** The workflow `wfl_own` is made: it prompts `agt_own`. */
	createOwnWorkflow(): Promise<number>;
}

export async function openEventWorld(): Promise<EventWorld> {
	const folder = createDatabaseFolder();
	onTestFinished(() => folder.remove());
	const database = await folder.open();
	const store = createSqliteStore(database);
	const reads = createQueries(database.client);

	const write: EventWorld['write'] = async (records, events = []) => {
		for (const outcome of await store.commit([{ records, events }])) if (!outcome.ok) throw outcome.error;
	};
	const tell: EventWorld['tell'] = async (topic, agentId, payload, happenedAt = at) => {
		await write([], [createEvent(topic, agentId, happenedAt, payload)]);
		return reads.lastEventSeq();
	};

	await write([agentRow('agt_own', { name: 'ada' }), agentRow('agt_other', { name: 'bob' })]);
	return {
		reads,
		write,
		tell,
		chatter(count) {
			const line = { type: 'log', stream: 'stderr', text: 'hm' } as const;
			const events = Array.from({ length: count }, () => createEvent('agent.output.log', 'agt_other', at, line));
			return write([], events);
		},
		createOwnWorkflow: () => tell('workflow.created', 'agt_own', { workflowId: 'wfl_own', name: 'own' }),
	};
}
