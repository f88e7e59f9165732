/**
 * Lives of fleets: agents that come and go, workflows that are made, edited, disabled and removed, and all
 * of it while the store fails and the process dies at random. Whatever happened, in the end every enabled
 * workflow whose agent is there has its runner, no other has, and every item was worked on once.
 * Replay one life with SEED=n.
 */

import { expect, test } from 'vitest';
import type { AgentCommandEvent } from '../../machines/agent-model.ts';
import { type OrchestratorContext, orchestratorAddress } from '../../machines/orchestrator-model.ts';
import { agentAddress } from '../../src/agents/address.ts';
import { createFailure } from '../../src/errors.ts';
import { runnerAddress } from '../../src/workflows/address.ts';
import type { WorkflowView } from '../../src/workflows/views.ts';
import { checkLeaksAfterEach } from '../support/durable-world.ts';
import { createRandom } from '../support/random.ts';
import { createFleet, type Fleet, orchestratorOf } from './fleet.ts';
import { found } from './orchestrator-steps.ts';

checkLeaksAfterEach();

const rounds = 60;
const firstSeed = Number(process.env.SEED ?? 1);
const seeds = Array.from({ length: process.env.SEED === undefined ? 40 : 1 }, (_, index) => firstSeed + index);
const page = { limit: 200, offset: 0 };
const crashed = createFailure('process_crashed', 'It crashed.');

interface Life {
	readonly fleet: Fleet;
	readonly tally: { crashes: number; failures: number; lost: number; items: number; completed: number };
	chance(probability: number): boolean;
	pick<Item>(items: readonly Item[]): Item | undefined;
}

async function begin(seed: number): Promise<Life> {
	const random = createRandom(seed);
	const fleet = await createFleet(['agt_1', 'agt_2', 'agt_3']);
	return {
		fleet,
		tally: { crashes: 0, failures: 0, lost: 0, items: 0, completed: 0 },
		chance: (probability) => random() < probability,
		pick: (items) => items[Math.floor(random() * items.length)],
	};
}

function makeTrouble({ fleet, tally, chance }: Life): void {
	const crash = () => {
		tally.crashes++;
		fleet.world.crash();
	};
	fleet.pollFails = () => chance(0.1);
	fleet.world.faults.before = () => {
		if (chance(0.01)) crash();
		if (!chance(0.04)) return;
		tally.failures++;
		throw new Error('disk full');
	};
	fleet.world.faults.after = () => {
		if (chance(0.01)) crash();
	};
}

function endTrouble({ fleet }: Life): void {
	fleet.pollFails = () => false;
	delete fleet.world.faults.before;
	delete fleet.world.faults.after;
}

/** A new process, which at times cannot read the row of a runner. */
async function reboot({ fleet, tally, chance, pick }: Life): Promise<void> {
	while (fleet.world.dead) {
		const runner = chance(0.3) ? pick(await fleet.runnerRows()) : undefined;
		if (runner) {
			tally.lost++;
			await fleet.world.disk.quarantine(runner.address, 'nobody understands it');
		}
		await Promise.race([fleet.boot(), fleet.world.ended()]);
	}
}

/** Something happens to an agent. */
async function driveAgent({ fleet, chance, pick }: Life): Promise<void> {
	const agentId = pick(fleet.agentIds) ?? '';
	const { generation, turn } = fleet.agent(agentId).context;
	const mishaps: readonly AgentCommandEvent[] = [
		{ type: 'SPAWN' },
		{ type: 'STOP' },
		{ type: 'RESTART' },
		{ type: 'RESTART' },
		{ type: 'PROCESS_EXITED', generation, clean: false, failure: crashed },
		{ type: 'LAUNCH_FAILED', generation, failure: createFailure('command_not_found', 'No such command.') },
		...(turn ? [{ type: 'CANCEL_PROMPT', promptId: turn.id, by: 'operator' } as const] : []),
		...(turn ? [result(turn.id, generation, 'failed'), result(turn.id, generation, 'cancelled')] : []),
	];
	const event = chance(0.6) ? fleet.nextOf(agentId) : undefined;
	const mishap = pick(mishaps);
	if (event ?? mishap) await fleet.tell(agentId, (event ?? mishap) as AgentCommandEvent);
}

function result(promptId: string, generation: number, outcome: 'failed' | 'cancelled'): AgentCommandEvent {
	return { type: 'RESULT', generation, promptId, outcome, stopReason: 'refusal' };
}

/** Somebody does something with a workflow, or its trigger has news. */
async function driveWorkflow(life: Life, round: number): Promise<void> {
	const { fleet, tally, chance, pick } = life;
	const { service, feeds, dry, agentIds } = fleet;
	const { items } = await fleet.reads.workflows({}, page);
	const workflow = pick(items);
	if (!workflow || (items.length < 5 && chance(0.3))) {
		await fleet.createWorkflow(`rule-${round}`, pick(agentIds) ?? '');
		return;
	}
	const { id, name } = workflow;
	if (chance(0.5)) {
		feeds.set(name, [...(feeds.get(name) ?? []), `item ${round}`]);
		tally.items++;
		await fleet.world.system.send(runnerAddress(id), { type: 'NUDGE' });
	} else if (chance(0.2)) {
		await service.remove(id, { by: 'test' });
	} else if (chance(0.4)) {
		await service.setEnabled(id, !workflow.enabled, { by: 'test' });
	} else if (chance(0.1)) {
		dry.add(name);
	} else {
		const agent = chance(0.3) ? (pick(agentIds) ?? '') : workflow.agentId;
		const change = { name, agent, trigger: workflow.trigger as never, template: '{{ item.title }}!' };
		await service.replace(id, { ...change, enabled: workflow.enabled }, { by: 'test' });
	}
}

/** The orchestrator is told what is no news, is not true any more, or never was. */
async function confuse({ fleet, pick }: Life): Promise<void> {
	const { items } = await fleet.reads.workflows({}, page);
	const agentId = pick(fleet.agentIds) ?? '';
	const workflow = pick(items);
	const workflowId = workflow?.id ?? 'wfl_never';
	// A revision names one agent; one before it may have named another.
	const before = (workflow?.revision ?? 1) - 1;
	const stale = before > 0 ? { agentId, revision: before } : { agentId: workflow?.agentId ?? agentId };
	const event = pick([
		{ type: 'AGENT_STARTED', agentId, generation: 1 },
		{ type: 'AGENT_RESTARTED', agentId, generation: 1 },
		{ type: 'AGENT_RESTARTED', agentId, generation: 1 },
		{ type: 'AGENT_ENDED', agentId, generation: 1 },
		{ type: 'WORKFLOW_SAVED', workflowId },
		{ type: 'RUNNER_RETRY_DUE', workflowId },
		{ type: 'WORKFLOWS_FOUND', workflows: [found(1, { workflowId, ...stale })] },
	]);
	if (event) await fleet.world.system.send(orchestratorAddress, event);
}

async function play(life: Life): Promise<void> {
	const { fleet, chance } = life;
	makeTrouble(life);
	for (let round = 0; round < rounds; round++) {
		const doings = [driveAgent(life), driveAgent(life)];
		if (chance(0.6)) doings.push(driveWorkflow(life, round));
		if (chance(0.3)) doings.push(confuse(life));
		// Refusals and failures of the store are what this is about; so are answers that never come.
		const done = Promise.all(doings.map((doing) => doing.catch(() => {})));
		if (chance(0.5)) await Promise.race([done, fleet.world.ended()]);
		if (chance(0.5)) fleet.world.clock.advance(Math.floor(chance(0.5) ? 100 : 30_000));
		if (chance(0.5)) await fleet.world.settle();
		if (chance(0.02)) fleet.world.crash();
		await reboot(life);
	}
}

/** Agents finish what they have, time passes, until nothing moves any more. */
async function calmDown(life: Life): Promise<void> {
	const { fleet, chance } = life;
	endTrouble(life);
	if (!fleet.world.dead) await fleet.world.settle();
	await reboot(life);
	for (const agentId of fleet.agentIds) {
		await fleet.tell(agentId, { type: 'SPAWN' });
		await fleet.tell(agentId, { type: chance(0.7) ? 'RESTART' : 'STOP' });
	}
	await lookLate(fleet);
	for (let quiet = 0; quiet < 20; quiet++) {
		await fleet.world.advance(120_000);
		for (const agentId of fleet.agentIds) {
			for (let next = fleet.nextOf(agentId); next; next = fleet.nextOf(agentId)) {
				quiet = -1;
				await fleet.tell(agentId, next);
				await fleet.world.settle();
			}
		}
	}
}

/** What was found before agents ended and workflows were disabled is told after it. */
async function lookLate({ reads, world }: Fleet): Promise<void> {
	const { items } = await reads.workflows({}, page);
	const workflows = items.map(({ id, agentId, revision }) => found(1, { workflowId: id, agentId, revision }));
	await world.settle();
	await world.system.send(orchestratorAddress, { type: 'WORKFLOWS_FOUND', workflows }).catch(() => {});
}

async function examine({ fleet, tally }: Life): Promise<readonly string[]> {
	const { world, reads } = fleet;
	const faults: string[] = [];
	const expectSame = (what: string, seen: readonly string[], meant: readonly string[]) => {
		const [one, other] = [[...seen].sort().join(), [...meant].sort().join()];
		if (one !== other) faults.push(`${what}: ${one} instead of ${other}`);
	};
	const { items: workflows } = await reads.workflows({}, page);
	const there = fleet.agentIds.filter((id) => /^(idle|busy)/.test(fleet.agent(id).state));
	const due = workflows.filter(({ enabled, agentId }) => enabled && there.includes(agentId));
	const orchestrator = orchestratorOf(world.system);
	const { runners, failures } = orchestrator.context as OrchestratorContext;
	const meant = due.map(({ id }) => id);
	expectSame('runners', fleet.runners(), meant);
	expectSame(
		'known',
		Object.entries(runners).map(([id, { agentId }]) => `${id} ${agentId}`),
		due.map(({ id, agentId }) => `${id} ${agentId}`),
	);
	const rows = (await fleet.runnerRows()).filter(({ quarantine }) => quarantine === null);
	expectSame(
		'rows',
		rows.map(({ address }) => address),
		meant.map(runnerAddress),
	);
	const alive = [orchestratorAddress, ...meant.map(runnerAddress), ...fleet.agentIds.map(agentAddress)];
	// What could not be restored keeps what is its own until another takes its place.
	const aside = (await fleet.runnerRows()).filter(({ quarantine }) => quarantine !== null).map((row) => row.address);
	for (const { address, id } of await world.disk.loadTimers()) {
		if (![...alive, ...aside].includes(address)) faults.push(`timer ${id} of ${address}`);
	}
	const effects = (await world.disk.loadEffects()).filter(({ address }) => !aside.includes(address));
	const left = [...effects, ...(await world.disk.loadMessages())];
	faults.push(
		...left.filter((entry) => !('to' in entry) || alive.includes(entry.to)).map((entry) => JSON.stringify(entry)),
	);
	if (Object.values(failures).flat().length > tally.lost) faults.push(`remembers ${JSON.stringify(failures)}`);
	for (const workflow of workflows)
		faults.push(...(await examineDispatches(fleet, workflow, meant.includes(workflow.id))));
	return faults;
}

/** Every item of a workflow that runs was worked on; none twice. */
async function examineDispatches(
	{ reads, feeds }: Fleet,
	{ id, name }: WorkflowView,
	runs: boolean,
): Promise<string[]> {
	const faults: string[] = [];
	const { items: dispatches } = await reads.dispatches({ workflowId: id }, page);
	const sources = dispatches.map(({ sourceId }) => sourceId);
	if (runs && [...sources].sort().join() !== [...(feeds.get(name) ?? [])].sort().join())
		faults.push(`${name} has other items`);
	for (const { id: dispatchId, status, attempts, maxAttempts, nextAttemptAt } of dispatches) {
		const prompts = await reads.dispatchPrompts(dispatchId);
		const finished = prompts.filter((prompt) => prompt.status === 'finished').length;
		const story = `${dispatchId} ${status} ${attempts}/${maxAttempts}: ${prompts.map((prompt) => prompt.status).join()}`;
		if (finished > 1) faults.push(`ran twice: ${story}`);
		if (!runs) continue;
		if (status === 'dispatched' || nextAttemptAt !== null) faults.push(`not settled: ${story}`);
		if ((status === 'completed') !== (finished === 1)) faults.push(`settled wrongly: ${story}`);
		if (attempts > maxAttempts) faults.push(`too many attempts: ${story}`);
	}
	return faults;
}

test('[OR3, OR4, OR5, OR8, OR10, OR11, WR7, WR15, P4, P6] whatever happens to a fleet, it comes back', async () => {
	const total = { crashes: 0, failures: 0, lost: 0, items: 0, completed: 0 };
	for (const seed of seeds) {
		const life = await begin(seed);
		await play(life);
		await calmDown(life);
		expect(await examine(life), `replay with SEED=${seed}`).toEqual([]);
		life.tally.completed = life.fleet.world.disk
			.rows('dispatches')
			.filter(({ status }) => status === 'completed').length;
		for (const what of Object.keys(total) as Array<keyof typeof total>) total[what] += life.tally[what];
		await life.fleet.world.stop();
	}
	// Lives that met no trouble, or did no work, prove nothing.
	for (const [what, count] of Object.entries(total)) expect(count, what).toBeGreaterThan(0);
}, 300_000);
