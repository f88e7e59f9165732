/**
 * Supervisors in a durable world, with agents and tasks that only keep books: an agent takes prompts and
 * settles them, at once or when it is told to, and tells its submitter as a real one does.
 */

import { assign, setup } from 'xstate';
import { z } from 'zod';
import type { ReplyTo } from '../../machines/agent-model.ts';
import type { PromptSettled } from '../../machines/prompt-settlement.ts';
import type { SupervisorContext } from '../../machines/supervisor-model.ts';
import { agentAddress, agentKind } from '../../src/agents/address.ts';
import { createAgentCommands } from '../../src/agents/agent-commands.ts';
import { createPromptService } from '../../src/agents/prompt-service.ts';
import { createRequestService } from '../../src/agents/request-service.ts';
import type { AgentService } from '../../src/agents/service.ts';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import type { ColumnValue } from '../../src/durable/store.ts';
import type { DurableSystem } from '../../src/durable/system.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createEvent } from '../../src/events/catalogue.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import { supervisorAddress } from '../../src/supervisors/address.ts';
import type { SupervisorService } from '../../src/supervisors/service.ts';
import { createSupervisors, type Supervisors } from '../../src/supervisors/supervisors.ts';
import type { TaskService } from '../../src/tasks/service.ts';
import { agentRow } from '../store/units.ts';
import { createWorld, type World } from './durable-world.ts';
import { createMemoryReads } from './memory-reads.ts';

interface Held {
	readonly promptId: string;
	readonly replyTo: ReplyTo;
}

interface Books {
	/** Settles what it gets at once. */
	readonly obeys: boolean;
	readonly held: readonly Held[];
	/** As a real agent's, for whoever explains its refusals. */
	readonly queue: readonly never[];
	readonly settings: { readonly maxQueuedPrompts: number };
}

type BookEvent =
	| { type: 'PROMPT'; promptId: string; replyTo: ReplyTo }
	| { type: 'SETTLE'; outcome: PromptSettled['outcome'] }
	| { type: 'CANCEL_PROMPT'; promptId: string }
	| { type: 'STOP' }
	| { type: 'START' };

function settled({ promptId, replyTo }: Held, outcome: PromptSettled['outcome']) {
	const failure = outcome === 'failed' ? { code: 'turn_failed', message: 'It went wrong.', retryable: true } : null;
	return {
		to: replyTo.address,
		event: { type: 'PROMPT_SETTLED', promptId, token: replyTo.token, outcome, failure, by: null },
	};
}

const bookkeeper: DurableDefinition = {
	kind: agentKind,
	version: 1,
	context: z.any(),
	machine: setup({
		types: { context: {} as Books, events: {} as BookEvent, input: {} as { obeys: boolean } },
		actions: {
			tell: (_, _params: ReturnType<typeof settled>) => {},
			hold: assign(({ context }, held: Held) => ({ held: [...context.held, held] })),
			forget: assign({ held: [] }),
		},
		guards: { obeys: ({ context }) => context.obeys, holds: ({ context }) => context.held.length > 0 },
	}).createMachine({
		id: 'agent',
		options: { maxIterations: 10 },
		context: ({ input }) => ({ obeys: input.obeys, held: [], queue: [], settings: { maxQueuedPrompts: 9 } }),
		initial: 'idle',
		states: {
			idle: {
				on: {
					PROMPT: [
						{ guard: 'obeys', actions: { type: 'tell', params: ({ event }) => settled(event, 'finished') } },
						{
							actions: { type: 'hold', params: ({ event }) => ({ promptId: event.promptId, replyTo: event.replyTo }) },
						},
					],
					SETTLE: {
						guard: 'holds',
						actions: [
							{
								type: 'tell',
								params: ({ context, event }) => settled(context.held[0] as Held, event.outcome),
							},
							'forget',
						],
					},
					CANCEL_PROMPT: {
						guard: 'holds',
						actions: [
							{ type: 'tell', params: ({ context }) => settled(context.held[0] as Held, 'cancelled') },
							'forget',
						],
					},
					STOP: 'stopped',
				},
			},
			stopped: { on: { START: 'idle' } },
		},
	}),
};

export interface MissionWorld {
	readonly world: World<MemoryStore>;
	readonly reads: ReturnType<typeof createMemoryReads>;
	/** Of the process that runs now. */
	readonly service: SupervisorService;
	readonly requests: Pick<AgentService, 'answerRequest'>;
	/** Starts a process on what is on disk, which takes missions up. */
	boot(): Promise<void>;
	/** Starts one that takes nothing up yet. */
	bootIdle(): Promise<Supervisors>;
	/** What an agent was told, in order. */
	told(agentId?: string): readonly string[];
	contextOf(id: string): SupervisorContext;
	/** The agent goes away, or comes back, with these columns of its row. */
	agentBecomes(state: 'idle' | 'stopped', columns?: Readonly<Record<string, ColumnValue>>): Promise<void>;
	/** The agent is connected again, in its second run, with this session. */
	agentRestarts(sessionId: string): Promise<void>;
	/** Lets the agent's turn end so. */
	settle(outcome: PromptSettled['outcome'], agentId?: string): Promise<void>;
	/** A task ends, as its row and event tell. */
	taskBecomes(id: string, state: 'completed' | 'failed'): Promise<void>;
}

export async function createMissionWorld({ obeys = true } = {}): Promise<MissionWorld> {
	let bus = createEventBus();
	let tasksMade = 0;
	const world = createWorld([], { disk: createMemoryStore(), onBatch: ({ events }) => bus.publish(events) });
	const reads = createMemoryReads(world.disk);
	let life: { supervisors: Supervisors; agents: AgentService } | undefined;

	function begin() {
		// What the dead process still has under way waits for ever.
		void life?.supervisors.stop();
		bus = createEventBus();
		const { clock } = world;
		// Whatever belongs to a process that has died reaches nobody any more.
		const own: { system?: DurableSystem } = {};
		const requireSystem = () => {
			if (!own.system) throw new Error('the system is not there yet');
			return own.system;
		};
		const lazySystem = new Proxy({} as DurableSystem, { get: (_, name) => Reflect.get(requireSystem(), name) });
		const commands = createAgentCommands(lazySystem);
		const prompts = createPromptService({ commands, reads, bus, clock });
		const questions = { isOurs: () => false, answer: async () => false };
		const requests = createRequestService({ system: lazySystem, commands, reads, questions });
		const agents = {
			submitPrompt: prompts.submit,
			cancelPrompt: prompts.cancel,
			answerRequest: requests.answer,
		} as unknown as AgentService;
		const tasks: Pick<TaskService, 'create'> = {
			async create({ description, supervisorId = null }, { records }) {
				const id = `tsk_${++tasksMade}`;
				const row = taskRow(id, description, supervisorId, clock.now());
				await requireSystem().write({ records: [{ op: 'insert', table: 'tasks', row }, ...(records?.(id) ?? [])] });
				return { id };
			},
		};
		const supervisors = createSupervisors({
			...{ clock, reads, bus, system: requireSystem, agents: () => agents, tasks: () => tasks },
			onError: (where, error) => world.errors.push(`${where}: ${error.message}`),
		});
		life = { supervisors, agents };
		return { supervisors, own };
	}

	function current() {
		if (!life) throw new Error('no process has begun');
		return life;
	}

	async function bootIdle(): Promise<Supervisors> {
		if (!world.dead) world.crash();
		const { supervisors, own } = begin();
		await world.restoreOnly([bookkeeper, supervisors.definition]);
		own.system = world.system;
		await world.system.resume();
		return supervisors;
	}

	async function boot(): Promise<void> {
		await (await bootIdle()).resume();
		await world.settle();
	}

	await boot();
	for (const id of ['agt_1', 'agt_2']) {
		await world.disk.commit([{ records: [agentRow(id, { session_id: `session of ${id}` })] }]);
		await world.system.spawn(agentKind, id, { obeys });
	}

	async function tellOfAgent(to: string, columns: Readonly<Record<string, ColumnValue>>): Promise<void> {
		const told = { from: null, to, trigger: null, version: 1, generation: 1 };
		await world.system.write({
			records: [{ op: 'update', table: 'agents', id: 'agt_1', set: { execution_state: to, ...columns } }],
			events: [createEvent('agent.state.changed', 'agt_1', world.clock.now(), told)],
		});
		await world.settle();
	}

	return {
		world,
		reads,
		get service() {
			return current().supervisors.service;
		},
		get requests() {
			return current().agents;
		},
		boot,
		bootIdle,
		told: (agentId = 'agt_1') =>
			world.disk
				.rows('prompts')
				.filter((row) => row.agent_id === agentId)
				.map(({ text }) => String(text)),
		contextOf: (id) => world.system.get(supervisorAddress(id))?.getSnapshot().context as SupervisorContext,
		async agentBecomes(state, columns = {}) {
			await world.system.send(agentAddress('agt_1'), { type: state === 'idle' ? 'START' : 'STOP' });
			const tags = state === 'idle' ? '["alive"]' : '["terminal"]';
			await tellOfAgent(state, { tags, ...columns });
		},
		agentRestarts: (sessionId) => tellOfAgent('idle', { session_id: sessionId, generation: 2 }),
		async settle(outcome, agentId = 'agt_1') {
			await world.system.send(agentAddress(agentId), { type: 'SETTLE', outcome });
			await world.settle();
		},
		async taskBecomes(id, state) {
			const told = { taskId: id, from: 'working', to: state, trigger: null, correlationId: id };
			await world.system.write({
				records: [{ op: 'update', table: 'tasks', id, set: { state } }],
				events: [createEvent('task.state.changed', null, world.clock.now(), told)],
			});
			await world.settle();
		},
	};
}

function taskRow(id: string, description: string, supervisorId: string | null, at: number) {
	return {
		...{ id, description, state: 'assigned', supervisor_id: supervisorId, repository: '/repo', branch: id },
		...{ worktree: `/work/${id}`, base_branch: 'main', depends_on: '[]', priority: 0, gates: '[]', conflicts: '[]' },
		...{ version: 1, state_changed_at: at, created_at: at, updated_at: at },
	};
}
