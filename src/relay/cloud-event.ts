/** Committed events in the form that other programs get them in: CloudEvents 1.0, as JSON. */

import type { EventView } from '../agents/views.ts';
import { eventCatalogue } from '../events/catalogue.ts';

/** Topics of what agents say: most of all events, and left out unless they are asked for. */
const outputPrefix = 'agent.output.';

/** What to ask for: names of topics, and prefixes that end in a dot; undefined: everything. */
export function listRelayedTopics(withOutput: boolean): readonly string[] | undefined {
	if (withOutput) return undefined;
	const topics = Object.keys(eventCatalogue).filter((topic) => isRelayed(topic, withOutput));
	return [...new Set(topics.map((topic) => (familyOf(topic) === 'agent' ? topic : `${familyOf(topic)}.`)))];
}

export function isRelayed(topic: string, withOutput: boolean): boolean {
	return withOutput || !topic.startsWith(outputPrefix);
}

/** The first word of a topic; what agents say is a family of its own. */
export function familyOf(topic: string): string {
	return topic.startsWith(outputPrefix) ? 'output' : topic.slice(0, topic.indexOf('.'));
}

/** Names an installation, as `source` of its events. */
export function sourceOf(instance: string): string {
	return `urn:statecraft:${instance}`;
}

export function typeOf(topic: string): string {
	return `dev.statecraft.${topic}`;
}

/** One line of JSON. Optional attributes that are not known are absent. */
export function renderCloudEvent(event: EventView, source: string): string {
	const { seq, topic, agentId, at, data } = event;
	const subject = subjectOf(event);
	return JSON.stringify({
		specversion: '1.0',
		id: String(seq),
		source,
		type: typeOf(topic),
		time: new Date(at).toISOString(),
		...(subject !== undefined && { subject }),
		...(agentId !== null && { agentid: agentId }),
		datacontenttype: 'application/json',
		data: data ?? null,
	});
}

/** For each family the field of `data` that names what it is about, and the path of the API below which it is. */
const subjects: Readonly<Record<string, readonly [path: string, field: string]>> = {
	run: ['runs', 'runId'],
	prompt: ['prompts', 'promptId'],
	request: ['requests', 'requestId'],
	workflow: ['workflows', 'workflowId'],
	dispatch: ['dispatches', 'dispatchId'],
	queue: ['queues', 'queue'],
	task: ['tasks', 'taskId'],
	supervisor: ['supervisors', 'supervisorId'],
	group: ['groups', 'groupId'],
};

/** What the event is about: `prompts/pmt_…`; its agent where nothing narrower is named. */
function subjectOf({ topic, agentId, data }: EventView): string | undefined {
	const [path, field] = subjects[familyOf(topic)] ?? [];
	const id = field === undefined ? undefined : (data as Readonly<Record<string, unknown>> | null)?.[field];
	if (typeof id === 'string') return `${path}/${id}`;
	return agentId === null ? undefined : `agents/${agentId}`;
}
