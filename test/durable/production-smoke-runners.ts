/**
 * The orchestrator with a runner under plain Node, which loads XState's production build: a child is
 * spawned, worked with, ended, begun anew, lost and replaced. Ends with code 1 and says why when anything
 * is not as it must be.
 */
import assert from 'node:assert/strict';
import { type OrchestratorContext, orchestratorAddress } from '../../machines/orchestrator-model.ts';
import type { RunnerContext } from '../../machines/workflow-runner-model.ts';
import { createDurableSystem, type DurableSystem } from '../../src/durable/system.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { orchestratorId, orchestratorKind, runnerAddress } from '../../src/workflows/address.ts';
import { inertOrchestratorDefinition } from '../support/inert-workflow-definitions.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { runnerInput } from '../support/workflow-lives.ts';

const clock = createManualClock();
const disk = createMemoryStore();
const errors: string[] = [];
const runner = runnerAddress(runnerInput.workflowId);
const found = { type: 'WORKFLOWS_FOUND', workflows: [runnerInput] };

function begin(): DurableSystem {
	return createDurableSystem({
		store: disk,
		clock,
		definitions: [inertOrchestratorDefinition],
		onError: (where, error) => errors.push(`${where}: ${error.message}`),
	});
}

async function settle(): Promise<void> {
	for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function contextOf<Context>(system: DurableSystem, address: string): Context | undefined {
	return system.get(address)?.getSnapshot().context as Context | undefined;
}

/** Spawned, told by its address, timed, and ended by its parent. */
async function checkRunner(system: DurableSystem): Promise<void> {
	await system.spawn(orchestratorKind, orchestratorId, undefined);
	await system.send(orchestratorAddress, found);
	assert.equal((await system.send(runner, { type: 'NOTHING_DUE', nextDueAt: null })).state, 'polling');
	const failure = { code: 'trigger_failed', message: 'It is away.', retryable: true };
	await system.send(runner, { type: 'POLL_FAILED', failure, retryAt: null });
	assert.equal((await system.send(runner, { type: 'NOTHING_DUE', nextDueAt: null })).state, 'backingOff');
	clock.advance(1_500);
	await settle();
	assert.equal(system.get(runner)?.getSnapshot().value, 'polling');
	await system.send(orchestratorAddress, { type: 'AGENT_ENDED', agentId: runnerInput.agentId, generation: 1 });
	await settle();
	assert.equal(system.get(runner), undefined);
	assert.deepEqual(contextOf<OrchestratorContext>(system, orchestratorAddress), { runners: {}, failures: {} });
	await system.send(orchestratorAddress, found);
	const dispatch = { id: 'dsp_1', sourceId: 'issue:1', attempt: 1, maxAttempts: 3, queueItemId: null };
	await system.send(runner, { type: 'TAKEN', dispatch });
}

/** Restored with what it was doing. */
async function checkRestored(system: DurableSystem): Promise<void> {
	assert.deepEqual(await system.restore(), { restored: 2, casualties: [] });
	await system.resume();
	await settle();
	assert.equal(contextOf<RunnerContext>(system, runner)?.dispatch?.id, 'dsp_1');
	assert.equal(
		(await system.send(runner, { type: 'SUBMITTED', token: 'dsp_1/1', promptId: 'pmt_1' })).state,
		'following.listening',
	);
}

/** Lost: its parent is told, and begins another in its place. */
async function checkLost(system: DurableSystem): Promise<void> {
	await system.restore();
	await system.resume();
	await settle();
	const context = contextOf<OrchestratorContext>(system, orchestratorAddress);
	assert.deepEqual([context?.runners, context?.failures[runnerInput.workflowId]?.length], [{}, 1]);
	await system.send(orchestratorAddress, found);
	assert.equal(system.get(runner)?.getSnapshot().value, 'taking');
	assert.equal(system.quarantineReason(runner), undefined);
	clock.advance(2_000);
	await settle();
}

const first = begin();
await first.restore();
await first.resume();
await checkRunner(first);
await first.stop();

const second = begin();
await checkRestored(second);
await second.stop();
assert.deepEqual(errors, []);

await disk.quarantine(runner, 'nobody understands it');
const third = begin();
await checkLost(third);
await third.stop();
assert.equal(clock.armed, 0, 'the stop left a timer');
assert.deepEqual(errors, [`restore ${runner}: nobody understands it`]);
process.stdout.write('the orchestrator holds on the production build\n');
