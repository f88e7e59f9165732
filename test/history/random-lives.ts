/**
 * Random lives of every machine on the real durable core, with everything that was committed of them. What
 * they do outside is nothing; processes come and go, and time passes.
 */

import { type AnyEventObject, type AnyMachineSnapshot, getNextTransitions } from 'xstate';
import type { GroupCommandEvent } from '../../machines/agent-group-model.ts';
import { agentAddress, agentIdOf, agentKind } from '../../src/agents/address.ts';
import { groupAddress, groupKind } from '../../src/agents/groups/address.ts';
import { groupDefinition } from '../../src/agents/groups/group-definition.ts';
import { type DurableDefinition, listDefinitions } from '../../src/durable/definition.ts';
import type { ActorWrite, WriteUnit } from '../../src/durable/store.ts';
import type { JournalLine } from '../../src/history/replay.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import { supervisorAddress, supervisorKind } from '../../src/supervisors/address.ts';
import { taskAddress, taskKind } from '../../src/tasks/address.ts';
import { orchestratorAddress, orchestratorId, orchestratorKind } from '../../src/workflows/address.ts';
import { eventsFor } from '../machines/agent-events.ts';
import { createInput } from '../machines/agent-inputs.ts';
import { found, orchestratorEvents } from '../machines/orchestrator-steps.ts';
import { mission, supervisorEventsFor } from '../machines/supervisor-steps.ts';
import { createTaskInput, taskEventsFor } from '../machines/task-steps.ts';
import { runnerEventsFor } from '../machines/workflow-runner-steps.ts';
import { agents as agentRows } from '../store/units.ts';
import { createWorld, type World } from '../support/durable-world.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';
import { inertSupervisorDefinition } from '../support/inert-supervisor-definition.ts';
import { inertTaskDefinition } from '../support/inert-task-definition.ts';
import { inertOrchestratorDefinition } from '../support/inert-workflow-definitions.ts';
import { createRandom } from '../support/random.ts';
import { supervisorRow } from '../support/supervisor-lives.ts';
import { taskRecord } from '../support/task-lives.ts';

export const allDefinitions: readonly DurableDefinition[] = [
	inertAgentDefinition,
	groupDefinition,
	inertOrchestratorDefinition,
	inertSupervisorDefinition,
	inertTaskDefinition,
];

/** One committed step: its line, its row, and the unit both were written with. */
export interface CommittedStep {
	readonly line: JournalLine;
	readonly row: ActorWrite;
	readonly unit: WriteUnit;
}

/** An actor from its first step on; where another had its address before, that is another life. */
export interface Life {
	readonly address: string;
	readonly definition: DurableDefinition;
	readonly steps: readonly CommittedStep[];
}

export interface RandomWorld {
	readonly world: World<MemoryStore>;
	readonly lives: () => readonly Life[];
}

type Pick = <Item>(items: readonly Item[]) => Item | undefined;

interface Character {
	readonly address: string;
	begin(world: World<MemoryStore>, pick: Pick): Promise<unknown>;
	events(snapshot: AnyMachineSnapshot, number: number, at: number): readonly AnyEventObject[];
}

/** Taken seldom, or lives would be short. */
const ends = new Set([
	...['COMPLETE', 'FAIL', 'CANCEL', 'CLEAN_UP', 'MERGED', 'END', 'WORKFLOW_ENDED', 'AGENT_ENDED'],
	...['STOP', 'KILL', 'SHUTDOWN', 'RECONCILE', 'GROUP_RESTART', 'RESTART', 'CONFIGURE'],
]);

const members = ['agt_1', 'agt_2'];

const characters: readonly Character[] = [
	...members.map(
		(agentId): Character => ({
			address: agentAddress(agentId),
			begin: ({ system }, pick) =>
				system.spawn(agentKind, agentId, { ...createAgentInput(pick), agentId }, agentRows(agentId)),
			events: (snapshot, number) =>
				eventsFor(snapshot, { promptId: `pmt_${number}`, requestId: `req_${number}` }) as readonly AnyEventObject[],
		}),
	),
	{
		address: groupAddress('grp_1'),
		begin: ({ system }) =>
			system.spawn(groupKind, 'grp_1', {
				...{ groupId: 'grp_1', strategy: 'one_for_all', members, maxRestarts: 2, withinSeconds: 60 },
			}),
		events: (_, number): readonly GroupCommandEvent[] => [
			{ type: 'MEMBER_FAILED', agentId: 'agt_1', generation: number, code: 'process_crashed' },
			{ type: 'RESET', by: 'operator' },
			{ type: 'CONFIGURE', strategy: 'rest_for_one', members, maxRestarts: 3, withinSeconds: 60 },
		],
	},
	{
		address: orchestratorAddress,
		begin: ({ system }) => system.spawn(orchestratorKind, orchestratorId, undefined),
		events: () => [...orchestratorEvents, { type: 'WORKFLOWS_FOUND', workflows: [found(1), found(2), found(3)] }],
	},
	{
		address: supervisorAddress(mission.supervisorId),
		begin: ({ system }) =>
			system.spawn(supervisorKind, mission.supervisorId, mission, { records: [supervisorRow(mission)] }),
		events: supervisorEventsFor,
	},
	{
		address: taskAddress('tsk_1'),
		begin: ({ system }) =>
			system.spawn(taskKind, 'tsk_1', createTaskInput({ taskId: 'tsk_1', gated: true }), { records: [taskRecord] }),
		events: taskEventsFor,
	},
];

function createAgentInput(pick: Pick) {
	return createInput({
		transport: pick(['stdio', 'websocket'] as const) ?? 'stdio',
		interruptedTurn: pick(['fail', 'retry', 'ask', 'resume'] as const) ?? 'ask',
		policy: pick(['permanent', 'transient', 'temporary'] as const) ?? 'permanent',
		maxRestarts: pick([0, 1, 3]) ?? 3,
		maxQueuedPrompts: 3,
		group: pick(['group:grp_1', null]) ?? null,
		// Of its timers one may fire while the agent stays where it is.
		budget: { tokens: { soft: 2_000, hard: 5_000 }, turnSeconds: { soft: 9, hard: 300 } },
	});
}

/** Everybody lives `rounds` rounds. */
export async function liveAtRandom(seed: number, rounds: number): Promise<RandomWorld> {
	const random = createRandom(seed);
	const pick: Pick = (items) => items[Math.floor(random() * items.length)];
	const committed: CommittedStep[] = [];
	const world = createWorld(allDefinitions, {
		disk: createMemoryStore(),
		watch: { inspect: () => {}, committed: (unit) => committed.push(...stepsOf(unit)) },
	});
	await world.boot();
	for (const character of characters) await character.begin(world, pick);
	for (let number = 1; number <= rounds; number++) {
		for (const character of characters) await live(world, character, number, pick);
		for (const address of runnersOf(world)) await live(world, { ...runner, address }, number, pick);
		for (let quiet = random() < 0.3 ? 5 : 0; quiet > 0; quiet--) await world.advance(Math.floor(random() * 20_000));
		if (random() < 0.05) await world.boot();
		if (number % 50 === 0) await beginAfresh(world, pick);
	}
	await world.settle();
	return { world, lives: () => splitLives(committed) };
}

/** Its row could not be understood, and somebody resets it. */
async function beginAfresh(world: World<MemoryStore>, pick: Pick): Promise<void> {
	const address = agentAddress(pick(members) ?? '');
	await world.disk.quarantine(address, 'nobody understands it');
	await world.boot();
	await world.system.reset(address, { ...createAgentInput(pick), agentId: agentIdOf(address), generation: 7 });
}

const runner = {
	begin: async () => {},
	events: (snapshot: AnyMachineSnapshot, _: number, at: number) => runnerEventsFor(snapshot, at),
};

async function live(world: World<MemoryStore>, character: Character, number: number, pick: Pick): Promise<void> {
	const snapshot = world.system.get(character.address)?.getSnapshot();
	if (snapshot?.status !== 'active') return;
	const at = world.clock.now();
	const own = new Set(getNextTransitions(snapshot).map(({ eventType }) => eventType));
	// What the core itself sends is not sent by hand: its timers are there to do that.
	const events = character
		.events(snapshot, number, at)
		.filter(({ type }) => !type.startsWith('xstate.') && own.has(type));
	const possible = events.filter((candidate) => snapshot.can({ ...candidate, at }));
	const event = pick(number % 40 === 0 ? possible : possible.filter(({ type }) => !ends.has(type)));
	if (event) await world.system.send(character.address, event).catch(() => {});
}

function runnersOf(world: World<MemoryStore>): readonly string[] {
	const snapshot = world.system.get(orchestratorAddress)?.getSnapshot();
	return Object.keys(snapshot?.children ?? {}).map((id) => `${orchestratorAddress}/${id}`);
}

function stepsOf(unit: WriteUnit): readonly CommittedStep[] {
	return (unit.journal ?? []).flatMap((line) => {
		const row = unit.actors?.find(({ address, version }) => address === line.address && version === line.version);
		return row ? [{ line: { ...line, event: JSON.parse(line.event) }, row, unit }] : [];
	});
}

function splitLives(committed: readonly CommittedStep[]): readonly Life[] {
	const lives: Array<Life & { steps: CommittedStep[] }> = [];
	const current = new Map<string, Life & { steps: CommittedStep[] }>();
	for (const step of committed) {
		const { address, version } = step.line;
		if (version === 1) {
			const life = { address, definition: definitionOf(step.row.machineId), steps: [] };
			lives.push(life);
			current.set(address, life);
		}
		current.get(address)?.steps.push(step);
	}
	return lives;
}

export function definitionOf(machineId: string): DurableDefinition {
	const found = allDefinitions.flatMap(listDefinitions).find(({ machine }) => machine.id === machineId);
	if (!found) throw new Error(`there is no machine ${machineId}`);
	return found;
}
