/** What a stored event tells, typed by the catalogue. */

import type { z } from 'zod';
import type { EventView } from '../../agents/views.ts';
import { type EventTopic, eventCatalogue } from '../../events/catalogue.ts';

type Payload<T extends EventTopic> = z.output<(typeof eventCatalogue)[T]>;

/** Undefined when the event has another topic, or was stored in a form that is no longer understood. */
export function payloadOf<T extends EventTopic>(event: EventView, topic: T): Payload<T> | undefined {
	if (event.topic !== topic) return undefined;
	const parsed = eventCatalogue[topic].safeParse(event.data);
	return parsed.success ? (parsed.data as Payload<T>) : undefined;
}
