/** System events of one agent as the API answers them and `/stream` sends them. */

import type { EventPayload, EventTopic } from '../../../events/catalogue.ts';

/** What output events carry besides what the agent said: where it belongs. */
interface Origin {
	readonly generation?: number;
	readonly promptId?: string | null;
}

export type AgentEvent = {
	readonly [T in EventTopic]: {
		readonly seq: number;
		readonly topic: T;
		readonly agentId: string | null;
		/** ISO 8601. */
		readonly at: string;
		readonly data: EventPayload<T> & Origin;
	};
}[EventTopic];
