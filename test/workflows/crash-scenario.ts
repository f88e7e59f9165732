/**
 * A week of workflows, played from beginning to end whatever happens on the way: an operator asks for a
 * thing until it has taken effect, and a process that dies is followed by another on the same store.
 */

import { tmpdir } from 'node:os';
import type { SaveWorkflow } from '../../src/workflows/service.ts';
import type { DispatchView } from '../../src/workflows/views.ts';
import type { WorkflowWorld } from './worlds/workflow-world.ts';

interface Command {
	readonly name: string;
	/** Whether it has taken effect, and all that it was to lead to. */
	isDone(world: WorkflowWorld): Promise<boolean>;
	give(world: WorkflowWorld): Promise<unknown>;
}

const by = { by: 'operator' };
const retry = { maxAttempts: 20, backoffMs: { initial: 500, max: 500 }, interrupted: 'retry' } as const;

const desk: SaveWorkflow = {
	...{ name: 'desk', agent: 'worker', trigger: { type: 'manual' }, retry },
	template: '{{ item.body }} {{ dispatch.attempt }}',
};
const edited: SaveWorkflow = { ...desk, template: '{{ item.body }} {{ dispatch.attempt }} as edited' };
/** What is cut short is left: nothing of it may run twice. */
const issues: SaveWorkflow = {
	...{ name: 'issues', agent: 'worker', template: '{{ item.body }}', retry: { ...retry, interrupted: 'leave' } },
	trigger: { type: 'github_issues', owner: 'acme', repo: 'shop' },
};
/** Follows every dispatch of the desk. */
const review: SaveWorkflow = {
	...{ name: 'review', agent: 'reviewer', template: 'review {{ item.metadata.dispatchId }}', retry },
	trigger: { type: 'dispatch_result', workflow: 'desk', status: ['completed', 'failed', 'interrupted', 'skipped'] },
};
export const workflowNames = [desk.name, issues.name, review.name];
export const agentNames = ['worker', 'reviewer'];

const commands: readonly Command[] = [
	hire('worker'),
	hire('reviewer'),
	save(desk),
	save(issues),
	save(review),
	handIn('work'),
	open('work on an issue'),
	handIn('stumble'),
	// Edited in mid-turn.
	handIn('linger', isUnderWay),
	save(edited),
	settled('desk', 'linger'),
	// Disabled while its prompt waits in line behind another's.
	open('linger on an issue', isUnderWay),
	handIn('work later', isUnderWay),
	enable(false),
	enable(true),
	settled('desk', 'work later'),
	// While the agent is away.
	order('stop', 'stopped'),
	handIn('work in the end', exists),
	order('start', 'idle'),
	settled('desk', 'work in the end'),
];

/** Plays the week to its end, when everything has come to rest. */
export async function play(world: WorkflowWorld): Promise<void> {
	await world.revive();
	for (const command of commands) await carryOut(world, command);
	await rest(world);
}

/** What any living system does at once: a new item for every workflow. */
export async function proveAlive(world: WorkflowWorld): Promise<void> {
	await carryOut(world, handIn('work as proof'));
	await carryOut(world, open('work as a proof'));
	await rest(world);
}

/** All workflows removed, all agents stopped and removed. */
export async function clearOut(world: WorkflowWorld): Promise<void> {
	for (const name of workflowNames) await carryOut(world, remove(name));
	for (const name of agentNames) await carryOut(world, dismiss(name));
	await rest(world);
}

async function carryOut(world: WorkflowWorld, command: Command): Promise<void> {
	for (let round = 0; !(await command.isDone(world)); round++) {
		if (round > 150) throw new Error(`${command.name} is never done: ${await describe(world)}`);
		const given = command.give(world).then(
			() => {},
			// Given again until it has taken effect.
			() => {},
		);
		await Promise.race([given, world.world.ended()]);
		await world.settle();
		await world.revive();
		if (await command.isDone(world)) return;
		await world.advance(500);
		await world.revive();
	}
}

/** Longer than any backoff, shorter than it takes a runner to ask after its prompt again; what failed last is repeated. */
async function rest(world: WorkflowWorld): Promise<void> {
	for (const ms of [3_000, 3_000, 3_000, 3_000, 3_000, 50, 50, 50]) {
		await world.advance(ms);
		await world.revive();
	}
}

async function describe({ reads, world }: WorkflowWorld): Promise<string> {
	const page = { limit: 100, offset: 0 };
	const agents = (await reads.agents({}, page)).items.map((agent) => `${agent.name} ${agent.executionState}`);
	const workflows = (await reads.workflows({}, page)).items.map((one) => `${one.name} ${one.runnerState}`);
	const dispatches = (await reads.dispatches({}, page)).items.map((one) => `${one.sourceId} ${one.status}`);
	return [...agents, ...workflows, ...dispatches, ...world.errors].join('; ');
}

// --- what operators do ---------------------------------------------------------------------------

function hire(name: string): Command {
	return {
		name: `hire ${name}`,
		isDone: async ({ reads }) => (await reads.agent(name))?.executionState === 'idle',
		async give({ reads, agents }) {
			const known = await reads.agent(name);
			if (known) return agents.command(known.id, 'start', by);
			const backoffMs = { initial: 1_000, max: 2_000 };
			const restart = { policy: 'transient', maxRestarts: 10, withinSeconds: 60, backoffMs } as const;
			return agents.create({ name, driver: { kind: 'demo' }, cwd: tmpdir(), interruptedTurn: 'fail', restart }, by);
		},
	};
}

function dismiss(name: string): Command {
	return {
		name: `dismiss ${name}`,
		isDone: async ({ reads }) => (await reads.agent(name)) === undefined,
		async give({ reads, agents }) {
			const agent = await reads.agent(name);
			if (!agent) return;
			if (agent.executionState === 'stopped') return agents.remove(agent.id, by);
			return agents.command(agent.id, 'stop', by);
		},
	};
}

function order(command: 'stop' | 'start', state: string): Command {
	return {
		name: `${command} the worker`,
		isDone: async ({ reads }) => (await reads.agent('worker'))?.executionState === state,
		give: async ({ reads, agents }) => agents.command((await reads.agent('worker'))?.id ?? '', command, by),
	};
}

function save(input: SaveWorkflow): Command {
	return {
		name: `save ${input.name}`,
		isDone: async ({ reads }) => (await reads.workflow(input.name))?.template === input.template,
		async give({ reads, workflows }) {
			const known = await reads.workflow(input.name);
			return known ? workflows.replace(known.id, input, by) : workflows.create(input, by);
		},
	};
}

function remove(name: string): Command {
	return {
		name: `remove ${name}`,
		isDone: async ({ reads }) => (await reads.workflow(name)) === undefined,
		give: async ({ reads, workflows }) => workflows.remove((await reads.workflow(name))?.id ?? '', by),
	};
}

function enable(enabled: boolean): Command {
	return {
		name: enabled ? 'enable' : 'disable',
		isDone: async ({ reads }) => (await reads.workflow('desk'))?.enabled === enabled,
		give: async ({ reads, workflows }) => workflows.setEnabled((await reads.workflow('desk'))?.id ?? '', enabled, by),
	};
}

type Stage = (dispatch: DispatchView) => boolean;

export function isSettled({ status, nextAttemptAt }: DispatchView): boolean {
	return nextAttemptAt === null && status !== 'dispatched';
}

function isUnderWay(dispatch: DispatchView): boolean {
	return dispatch.status === 'dispatched' || isSettled(dispatch);
}

function exists(): boolean {
	return true;
}

/** Hands an item to the desk, named as what it says, and waits until it has come so far. */
function handIn(body: string, stage: Stage = isSettled): Command {
	return {
		name: `hand in "${body}"`,
		isDone: (world) => hasReached(world, 'desk', body, stage),
		give: async ({ reads, workflows }) =>
			workflows.trigger((await reads.workflow('desk'))?.id ?? '', { sourceId: body, body }, by),
	};
}

function open(body: string, stage: Stage = isSettled): Command {
	return {
		name: `open "${body}"`,
		isDone: ({ reads }) => findByTitle(reads, body).then((dispatch) => dispatch !== undefined && stage(dispatch)),
		give: async ({ outside }) => outside.openIssue(body),
	};
}

function settled(workflow: string, sourceId: string): Command {
	return {
		name: `settle "${sourceId}"`,
		isDone: (world) => hasReached(world, workflow, sourceId, isSettled),
		give: async () => {},
	};
}

async function hasReached({ reads }: WorkflowWorld, workflow: string, sourceId: string, stage: Stage) {
	const { id = '' } = (await reads.workflow(workflow)) ?? {};
	const dispatch = await reads.dispatchOf(id, sourceId);
	return dispatch !== undefined && stage(dispatch);
}

async function findByTitle(reads: WorkflowWorld['reads'], title: string): Promise<DispatchView | undefined> {
	const { items } = await reads.dispatches({}, { limit: 200, offset: 0 });
	return items.find((dispatch) => dispatch.title === title);
}
