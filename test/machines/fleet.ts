/**
 * A fleet: real agents, the real orchestrator and its runners, with everything that `src/workflows` does
 * for them, on the real durable core. Only the outermost is scripted: what agents' processes say, and what
 * triggers yield. Agents are driven by hand; processes of Statecraft come and go.
 */

import type { AgentCommandEvent, AgentContext } from '../../machines/agent-model.ts';
import { orchestratorAddress } from '../../machines/orchestrator-model.ts';
import { agentAddress } from '../../src/agents/address.ts';
import { createAgentCommands } from '../../src/agents/agent-commands.ts';
import { createPromptService } from '../../src/agents/prompt-service.ts';
import { formatState } from '../../src/durable/state-path.ts';
import type { StoredActor } from '../../src/durable/store.ts';
import type { DurableSystem } from '../../src/durable/system.ts';
import { createFailure } from '../../src/errors.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import { PollError } from '../../src/workflows/triggers/poll-error.ts';
import { createWorkflows, type Workflows } from '../../src/workflows/workflows.ts';
import { agents as agentRows } from '../store/units.ts';
import { createWorld, type World } from '../support/durable-world.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { createInput } from './agent-inputs.ts';

export interface Fleet {
	readonly world: World<MemoryStore>;
	readonly reads: ReturnType<typeof createMemoryReads>;
	readonly agentIds: readonly string[];
	/** Titles of the items that the trigger of a workflow, by its name, yields. */
	readonly feeds: Map<string, string[]>;
	/** Workflows, by name, whose trigger yields nothing more than its feed. */
	readonly dry: Set<string>;
	/** Whether the next poll fails. */
	pollFails: () => boolean;
	readonly service: Workflows['service'];
	/** Starts a process on what is on disk, and lets agents know that theirs are gone. */
	boot(): Promise<void>;
	agent(agentId: string): { readonly state: string; readonly context: AgentContext };
	/** Tells an agent; what is refused, or cannot be written, is no matter. */
	tell(agentId: string, event: AgentCommandEvent): Promise<void>;
	/** What the process of an agent would say next if all goes well; undefined when there is nothing to say. */
	nextOf(agentId: string): AgentCommandEvent | undefined;
	createWorkflow(name: string, agentId: string): Promise<string>;
	/** Ids of the orchestrator's live runners. */
	runners(): readonly string[];
	/** Rows of the orchestrator's children. */
	runnerRows(): Promise<readonly StoredActor[]>;
}

const trigger = { type: 'github_issues', owner: 'acme', repo: 'shop' } as const;
const restarted = createFailure('interrupted', 'Statecraft was restarted.');

export async function createFleet(agentIds: readonly string[]): Promise<Fleet> {
	const disk = createMemoryStore();
	await disk.commit([agentRows(...agentIds)]);
	const reads = createMemoryReads(disk);
	const feeds = new Map<string, string[]>();
	const dry = new Set<string>();
	let life = {};
	const world = createWorld([inertAgentDefinition], { disk });
	let workflows = begin();
	await world.restoreOnly([inertAgentDefinition, workflows.definition]);

	/** Everything that belongs to one process: of one that is dead, nothing is heard any more. */
	function begin(): Workflows {
		const mine = {};
		life = mine;
		const never = new Promise<never>(() => {});
		const whileAlive = <T extends object>(whole: () => T): T =>
			new Proxy({} as T, {
				get:
					(_, name) =>
					(...args: readonly unknown[]) => {
						if (life !== mine || world.dead) return name === 'get' ? undefined : never;
						return (whole() as Record<string | symbol, (...given: readonly unknown[]) => unknown>)[name]?.(...args);
					},
			});
		const system = whileAlive(() => world.system);
		const { clock } = world;
		const bus = createEventBus();
		const commands = createAgentCommands(system);
		const prompts = createPromptService({ commands, reads, bus, clock });
		return createWorkflows({
			clock,
			reads: whileAlive(() => reads),
			bus,
			github: { poll: (request) => poll(request) },
			system: () => system,
			agents: () => ({ submitPrompt: prompts.submit, cancelPrompt: prompts.cancel }),
			onError: () => {},
		});
	}

	async function poll({ workflowId, now }: { readonly workflowId: string; readonly now: number }) {
		if (fleet.pollFails()) throw new PollError('trigger_failed', 'It is away.', now + 2_000);
		const name = (await reads.workflow(workflowId))?.name ?? '';
		const items = (feeds.get(name) ?? []).map((title) => {
			return { sourceId: title, title, body: null, url: null, labels: [], metadata: {} };
		});
		return { items, cursor: items.length, nextPollAt: now + 60_000, exhausted: dry.has(name) };
	}

	const fleet: Fleet = {
		world,
		reads,
		agentIds,
		feeds,
		dry,
		pollFails: () => false,
		get service() {
			return workflows.service;
		},
		async boot() {
			if (!world.dead) world.crash();
			workflows = begin();
			const mine = workflows;
			const restored = world.restoreOnly([inertAgentDefinition, mine.definition]);
			// It may die at any of these, and another be there in its place.
			const { system } = world;
			await restored;
			await mine.begin();
			await system.resume();
			for (const id of agentIds) {
				await system.send(agentAddress(id), { type: 'RECONCILE', failure: restarted }).catch(() => {});
			}
			await world.settle();
		},
		agent(agentId) {
			const snapshot = world.system.get(agentAddress(agentId))?.getSnapshot();
			if (!snapshot) throw new Error(`${agentId} is not there`);
			return { state: formatState(snapshot.value), context: snapshot.context as AgentContext };
		},
		async tell(agentId, event) {
			await world.system.send(agentAddress(agentId), event).catch(() => {});
		},
		nextOf(agentId) {
			const { state, context } = fleet.agent(agentId);
			const { generation, turn } = context;
			if (state === 'starting') return { type: 'CONNECTED', generation, sessionId: null, resumed: false };
			if (!turn) return undefined;
			return { type: 'RESULT', generation, promptId: turn.id, outcome: 'finished', stopReason: 'end_turn' };
		},
		async createWorkflow(name, agentId) {
			const template = '{{ item.title }}';
			return (await workflows.service.create({ name, agent: agentId, trigger, template }, { by: 'test' })).id;
		},
		runners: () => Object.keys(orchestratorOf(world.system).children),
		async runnerRows() {
			const rows: StoredActor[] = [];
			for await (const page of disk.loadActors()) rows.push(...page);
			return rows.filter(({ address }) => address.startsWith(`${orchestratorAddress}/`));
		},
	};

	await world.system.resume();
	await workflows.begin();
	for (const id of agentIds)
		await world.system.spawn('agent', id, { ...createInput({ maxRestarts: 3, maxQueuedPrompts: 2 }), agentId: id });
	return fleet;
}

export function orchestratorOf(system: DurableSystem) {
	const snapshot = system.get(orchestratorAddress)?.getSnapshot();
	if (!snapshot) throw new Error('there is no orchestrator');
	return snapshot;
}
