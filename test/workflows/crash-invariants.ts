/** What must hold of workflows after any crash, as the rows, the events and the agents tell it. */

import { type OrchestratorContext, orchestratorAddress } from '../../machines/orchestrator-model.ts';
import type { EventView, PromptView } from '../../src/agents/views.ts';
import type { StoredActor } from '../../src/durable/store.ts';
import { runnerAddress } from '../../src/workflows/address.ts';
import type { DispatchView, WorkflowView } from '../../src/workflows/views.ts';
import { isSettled } from './crash-scenario.ts';
import type { WorkflowWorld } from './worlds/workflow-world.ts';

/** What is wrong, in words: nothing, if all is well. */
export type Complaints = readonly string[];

const everything = { limit: 1_000, offset: 0 };

export async function checkWorkflows(world: WorkflowWorld): Promise<Complaints> {
	const { items: workflows } = await world.reads.workflows({}, everything);
	const events = await world.reads.events({ after: 0, limit: 10_000 });
	const complaints = [
		...(await checkRunners(world, workflows)),
		...(await checkLeftovers(world)),
		...checkOrder(events),
		...checkJournal(world),
		...checkReview(world, (await world.reads.dispatches({}, everything)).items, workflows),
		...world.watch.undurable,
	];
	for (const workflow of workflows) {
		const { items } = await world.reads.dispatches({ workflowId: workflow.id }, everything);
		const sources = items.map(({ sourceId }) => sourceId);
		if (new Set(sources).size !== sources.length) complaints.push(`${workflow.name} has two dispatches of one item`);
		for (const dispatch of items) {
			const name = `${workflow.name}, ${dispatch.sourceId}`;
			const found = [...(await checkDispatch(world, workflow, dispatch)), ...checkStory(dispatch, events)];
			complaints.push(...found.map((complaint) => `${name}: ${complaint}`));
		}
	}
	return complaints;
}

/** Every enabled workflow has one runner, the orchestrator knows those that there are, and there are no others. */
async function checkRunners({ world }: WorkflowWorld, workflows: readonly WorkflowView[]): Promise<Complaints> {
	const rows = await listActors(world);
	const context = world.system.get(orchestratorAddress)?.getSnapshot().context as OrchestratorContext;
	const wanted = workflows.map(({ id }) => runnerAddress(id)).sort();
	const found = rows.filter(({ parent }) => parent === orchestratorAddress).map(({ address }) => address);
	return [
		...same('known runners', Object.keys(context.runners).map(runnerAddress).sort(), wanted),
		...same('rows of runners', found.sort(), wanted),
		...same(
			'living runners',
			wanted.filter((address) => world.system.get(address)),
			wanted,
		),
		...rows.flatMap(({ address, quarantine, status }) =>
			quarantine || status !== 'active' ? [`${address} ${status}`] : [],
		),
		...workflows.flatMap(({ name, runnerState }) => (runnerState === 'waiting' ? [] : [`${name} is ${runnerState}`])),
	];
}

/** Nothing waits for anybody but a clock, of those that are there. */
export async function checkLeftovers({ world: { disk }, world }: WorkflowWorld): Promise<Complaints> {
	const addresses = new Set((await listActors(world)).map(({ address }) => address));
	const timers = (await disk.loadTimers()).filter(
		({ address, target }) => !addresses.has(address) || !addresses.has(target),
	);
	return [
		...timers.map(({ id, address }) => `timer ${id} of ${address}, which is gone`),
		...(await disk.loadEffects()).map(({ id, name }) => `effect ${name} ${id}`),
		...(await disk.loadMessages()).map(({ id, to }) => `message ${id} to ${to}`),
	];
}

/** Of workflows and agents that were removed nothing is left. */
export async function checkCleared(world: WorkflowWorld): Promise<Complaints> {
	const { timers, rows } = { timers: await world.world.disk.loadTimers(), rows: await listActors(world.world) };
	const { items: dispatches } = await world.reads.dispatches({}, everything);
	return [
		...(await checkLeftovers(world)),
		...same(
			'actors',
			rows.map(({ address }) => address),
			[orchestratorAddress],
		),
		...same('timers', timers, []),
		...same('dispatches', dispatches, []),
		...same('known runners', world.world.system.get(orchestratorAddress)?.getSnapshot().context.runners, {}),
	];
}

async function listActors({ disk }: WorkflowWorld['world']): Promise<StoredActor[]> {
	const rows: StoredActor[] = [];
	for await (const page of disk.loadActors()) rows.push(...page);
	return rows;
}

/** Settled; and whatever was put before an agent, was so once, and again only if policy says so. */
async function checkDispatch(
	world: WorkflowWorld,
	{ retry }: WorkflowView,
	dispatch: DispatchView,
): Promise<Complaints> {
	const { deliveries, done } = world.outside;
	const prompts = await world.reads.dispatchPrompts(dispatch.id);
	const timesDelivered = (prompt: PromptView) => deliveries.filter(({ promptId }) => promptId === prompt.id).length;
	const begun = prompts.filter((prompt) => timesDelivered(prompt) > 0);
	const isLeft = retry.interrupted === 'leave';
	const ends = isLeft ? ['completed', 'interrupted'] : ['completed'];
	const last = prompts.find(({ id }) => id === dispatch.promptId);
	const keys = prompts.map(({ idempotencyKey }) => idempotencyKey);
	return [
		...(isSettled(dispatch) && ends.includes(dispatch.status)
			? []
			: [`${dispatch.status}, to go on at ${dispatch.nextAttemptAt}`]),
		...prompts.filter((prompt) => timesDelivered(prompt) > 1).map(({ id }) => `prompt ${id} was delivered twice`),
		...same('keys of prompts', new Set(keys).size, keys.length),
		...same(
			'prompts still open',
			prompts.filter(({ status }) => status === 'queued' || status === 'running'),
			[],
		),
		...same(
			'finished prompts',
			prompts.filter(({ status }) => status === 'finished').length,
			dispatch.status === 'completed' ? 1 : 0,
		),
		...same('attempts', dispatch.attempts, prompts.length),
		...(dispatch.status === 'completed' && (last?.status !== 'finished' || !done.includes(last.id))
			? ['completed, but not done']
			: []),
		...(isLeft && begun.length > 1 ? ['begun again, though it was to be left'] : []),
		...(begun.length > 1 + world.crashes + 1 ? [`begun ${begun.length} times`] : []),
	];
}

const beginnings: Readonly<Record<string, readonly string[]>> = {
	created: ['pending'],
	dispatched: ['pending'],
	completed: ['dispatched'],
	failed: ['dispatched'],
	interrupted: ['dispatched'],
	skipped: ['dispatched'],
	released: ['dispatched'],
};

/** Taken up and settled by turns: never taken up twice, never settled twice. */
function checkStory({ id }: DispatchView, events: readonly EventView[]): Complaints {
	const story = events
		.filter(({ topic, data }) => topic.startsWith('dispatch.') && (data as { dispatchId: string }).dispatchId === id)
		.map(({ topic }) => topic.replace('dispatch.', ''));
	const complaints: string[] = [];
	let stage = 'unknown';
	for (const chapter of story) {
		const fits = chapter === 'created' ? stage === 'unknown' : beginnings[chapter]?.includes(stage);
		if (!fits) complaints.push(`${chapter} while ${stage}: ${story.join(', ')}`);
		const isOpen = chapter === 'created' || chapter === 'interrupted' || chapter === 'failed' || chapter === 'released';
		stage = isOpen ? 'pending' : chapter;
	}
	return complaints;
}

/** Each dispatch of the desk was reviewed, once. */
function checkReview(
	_: WorkflowWorld,
	dispatches: readonly DispatchView[],
	workflows: readonly WorkflowView[],
): Complaints {
	const of = (name: string) =>
		dispatches.filter(({ workflowId }) => workflows.find(({ id }) => id === workflowId)?.name === name);
	const reviewed = of('review').map(({ item }) => String(item.metadata.dispatchId));
	return same(
		'reviews',
		reviewed.sort(),
		of('desk')
			.map(({ id }) => id)
			.sort(),
	);
}

function checkOrder(events: readonly EventView[]): Complaints {
	const isOrdered = events.every(({ seq }, index) => index === 0 || seq > (events[index - 1]?.seq ?? 0));
	return isOrdered ? [] : ['events are out of order'];
}

/** Versions follow each other; an actor that is begun anew begins at 1. */
function checkJournal({ watch }: WorkflowWorld): Complaints {
	const last = new Map<string, number>();
	return watch.journal.flatMap(({ address, version }) => {
		const expected = (last.get(address) ?? 0) + 1;
		last.set(address, version);
		const isNewRunner = version === 1 && address.startsWith(`${orchestratorAddress}/`);
		return version === expected || isNewRunner ? [] : [`${address}: ${version} after ${expected - 1}`];
	});
}

function same(what: string, found: unknown, expected: unknown): Complaints {
	const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
	return one === other ? [] : [`${what}: ${one}, not ${other}`];
}
