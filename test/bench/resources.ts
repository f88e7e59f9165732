/** What it costs to tell a client of a thousand agents that are all at work. */

import { createAgentRenderer } from '../../src/agents/resources.ts';
import { systemClock } from '../../src/durable/clock.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createEvent } from '../../src/events/catalogue.ts';
import { createQueries } from '../../src/store/queries.ts';
import { createEventFeed } from '../../src/stream/feed.ts';
import type { ResourceMessage } from '../../src/stream/resource.ts';
import { createResourceFeed } from '../../src/stream/resource-feed.ts';
import { createResourceSources } from '../../src/stream/resource-sources.ts';
import { agentRow } from '../store/units.ts';
import { idleAgentDefinition } from './agent-fleet.ts';
import { atMost, type Bench, type BenchSize, type Figure } from './bench.ts';
import { spreadOf } from './statistics.ts';
import { failLoudly, openWorld } from './world.ts';

const sizes = {
	full: { agents: 1_000, rounds: 30 },
	tiny: { agents: 3, rounds: 2 },
} as const;

/** Processor time of each telling, of all threads of this process, in milliseconds. */
async function measureTellings(size: BenchSize): Promise<readonly number[]> {
	const { agents, rounds } = sizes[size];
	const world = await openWorld({ definition: idleAgentDefinition });
	const ids = Array.from({ length: agents }, (_, index) => `agt_${index}`);
	await world.store.commit([{ records: ids.map((id) => agentRow(id, { name: id, execution_state: 'busy' })) }]);
	const reads = createQueries(world.database.client);
	const bus = createEventBus();
	const feed = createEventFeed(bus);
	const renderAgent = createAgentRenderer({
		...{ clock: systemClock, heartbeatIntervalMs: 60_000, signsOfLife: () => null, currentActivity: () => null },
	});
	const renderTask = () => {
		throw new Error('there are no tasks');
	};
	const sources = createResourceSources({
		reads,
		renderAgent,
		renderTask,
		prepareAgents: async () => {},
		machines: [],
	});
	const activity = { subscribe: () => () => {} };
	const onError = (error: unknown) => failLoudly('resource feed', error as Error);
	const resources = createResourceFeed({ feed, sources, reads, activity, onError, stalenessIntervalMs: 60_000 });
	let heard = (_messages: readonly ResourceMessage[]) => {};
	resources.join({ kinds: new Set(['agent']), agentIds: undefined, deliver: (messages) => heard(messages) });
	const data = { from: 'busy.working', to: 'busy.awaitingInput', trigger: null, version: 2, generation: 1 };
	const events = ids.map((id, seq) => ({ seq, ...createEvent('agent.state.changed', id, 1, data) }));

	async function tell(): Promise<number> {
		const before = process.cpuUsage();
		const done = new Promise<void>((resolve) => {
			heard = ({ length }) => length === agents && resolve();
		});
		bus.publish(events);
		await done;
		const { user, system } = process.cpuUsage(before);
		return (user + system) / 1_000;
	}

	try {
		await tell();
		const tellings: number[] = [];
		while (tellings.length < rounds) tellings.push(await tell());
		return tellings;
	} finally {
		resources.close();
		feed.close();
		await world.close();
	}
}

async function run(size: BenchSize): Promise<readonly Figure[]> {
	const { agents } = sizes[size];
	const tellings = await measureTellings(size);
	const cpu = spreadOf(tellings);
	return [
		{
			id: 'resources.cpu',
			what: `processor time to read, render and serialise ${agents} agents that changed`,
			unit: 'ms',
			value: cpu,
			target: atMost(50, cpu, ' ms'),
		},
	];
}

export const resourcesBench: Bench = {
	name: 'resources',
	title: 'Resources on the stream',
	about:
		'A thousand agents on SQLite, each of which has just changed its state, and one client that follows agents: one ' +
		'telling of the feed, of which there are at most ten in a second, however many clients follow.',
	run,
};
