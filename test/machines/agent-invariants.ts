/**
 * What holds after every step of an agent, whatever the event: rules of `machines/SPEC.md` as checks on
 * one step and on the rows and events that it writes. Plain assertions, for they run a million times.
 */

import assert from 'node:assert/strict';
import {
	type AgentContext,
	legacyActivity,
	legacyStatus,
	type RunRecord,
	triggerOf,
} from '../../machines/agent-model.ts';
import { agentContextSchema } from '../../src/agents/agent-context.ts';
import { splitState } from '../../src/agents/projection.ts';
import type { Writes } from '../../src/durable/definition.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { readSpecification } from '../support/specification.ts';
import { checkEffects } from './agent-invariants-effects.ts';
import { checkPrompts } from './agent-invariants-prompts.ts';
import { checkRequests } from './agent-invariants-requests.ts';
import { type AgentStep, contextOf, projectStep } from './agent-steps.ts';

/** A step with all that the checks look at. */
export interface CheckedStep extends AgentStep {
	/** Before the step; null for the first. */
	readonly old: AgentContext | null;
	readonly now: AgentContext;
	/** State after the step, nested states joined by dots. */
	readonly state: string;
	readonly writes: Required<Writes>;
}

const specification = readSpecification();

/** Tags of each state by its path, as the specification has them. */
const tagsOf = new Map(
	specification
		.table('States')
		.map(([state, inside, tags]) => [
			inside ? `${state}.${inside}` : `${state}`,
			tags?.split(', ').filter(Boolean) ?? [],
		]),
);

const runTransitions = new Set(specification.table('Run').map(([from, , to]) => `${from} ${to}`));

/** Asserts every rule that one step can break. */
export function checkStep(step: AgentStep): void {
	if (!step.accepted) {
		checkRefused(step);
		return;
	}
	const checked: CheckedStep = {
		...step,
		old: step.before && contextOf(step.before),
		now: contextOf(step.after),
		state: formatState(step.after.value),
		writes: projectStep(step),
	};
	checkState(checked);
	checkRuns(checked);
	checkProjection(checked);
	checkEffects(checked);
	checkPrompts(checked);
	checkRequests(checked);
}

/** [AG3] */
function checkRefused({ before, after, actions }: AgentStep): void {
	assert.deepEqual(after.value, before?.value, 'a refused event moved the agent');
	assert.ok(after.context === before?.context, 'a refused event changed the agent');
	assert.equal(actions.length, 0, 'a refused event asked for something');
}

/** [AG1, AG17, AG27, AG33] */
function checkState({ after, now, state }: CheckedStep): void {
	agentContextSchema.parse(now);
	assert.equal(after.status, 'active');
	assert.notEqual(state, 'failed.deciding');
	assert.deepEqual([...after.tags].sort(), tagsOf.get(state), `tags of ${state}`);
	assert.equal(state.startsWith('busy'), now.turn !== null, 'busy means one turn');
	if (state === 'idle.ready')
		assert.ok(now.queue.length === 0 && now.suspension === null, 'ready, but not taking prompts');
	if (state.startsWith('idle.suspended')) assert.ok(now.suspension, 'suspended without a suspension');
	if (state === 'idle.suspended.untilTime') assert.ok(now.suspension?.until != null);
	if (state === 'idle.suspended.untilTold') assert.equal(now.suspension?.until, null);
	const awaited = now.requests.some(({ attached, answer }) => attached && answer === null);
	if (state === 'busy.working' || state === 'busy.awaitingInput') assert.equal(state === 'busy.awaitingInput', awaited);
	if (state.startsWith('failed') || state === 'stopped') assert.equal(now.process, null);
	if (state.startsWith('failed')) assert.ok(now.failure, 'failed without saying why');
}

const liveRun = { starting: 'spawning', idle: 'running', busy: 'running' } as const;

/** [AG7, AG40, AG41, RU1, RU2, RU3] */
function checkRuns({ old, now, after, event, actions, writes }: CheckedStep): void {
	const [top] = splitState(after);
	const expected = top in liveRun ? liveRun[top as keyof typeof liveRun] : undefined;
	if (expected) assert.equal(now.run?.state, expected);
	else assert.ok(now.run === null || now.run.endedAt !== null, `${top} with a live run`);
	const launched = actions.filter(({ type }) => type === 'launch').length;
	assert.equal(now.generation, (old?.generation ?? 0) + launched, 'generations are numbered by launches');
	assert.ok(launched <= 1);
	if (old && 'generation' in event) assert.equal(event.generation, old.generation, 'a late word was heard');
	for (const run of [now.run, now.previousRun]) if (run) checkRun(run);
	if (old?.run) checkRunChange(old.run, launched ? now.previousRun : now.run);
	const inserts = writes.records.filter(({ op, table }) => table === 'runs' && op === 'insert');
	assert.equal(inserts.length, launched, 'a run is inserted once');
}

function checkRun({ state, endedAt, failure }: RunRecord): void {
	assert.equal(endedAt !== null, state !== 'spawning' && state !== 'running');
	assert.equal(failure !== null, state === 'failed');
}

function checkRunChange(from: RunRecord, to: RunRecord | null): void {
	assert.equal(to?.id, from.id, 'the run went missing');
	assert.equal(to?.startedAt, from.startedAt);
	if (to?.state === from.state) assert.deepEqual(to, from);
	else assert.ok(runTransitions.has(`${from.state} ${to?.state}`), `run: ${from.state} to ${to?.state}`);
}

/** [AG42, AG43, AG44, AG45, AG46] */
function checkProjection({ before, old, now, after, state, event, writes }: CheckedStep): void {
	assert.ok(triggerOf(event), `${event.type} has no trigger`);
	const rows = writes.records.filter(({ table }) => table === 'agents');
	assert.equal(rows.length, 1);
	const set = rows[0]?.op === 'update' ? rows[0].set : {};
	const [top, inner] = splitState(after);
	assert.equal(set.execution_state, top);
	assert.equal(set.substate, inner);
	assert.equal(set.status, top === 'starting' || top === 'idle' || top === 'busy' ? 'running' : top);
	assert.equal(set.status, legacyStatus(top));
	assert.equal(legacyActivity(top), top === 'busy' ? 'busy' : 'idle');
	assert.equal(set.queued_prompts, now.queue.length);
	assert.equal(set.open_requests, now.requests.filter(({ answer }) => answer === null).length);
	assert.equal(set.generation, now.generation);
	assert.equal(set.pid, now.process?.pid ?? null);
	const from = before && formatState(before.value);
	const topics = writes.events.map(({ topic }) => topic);
	const count = (topic: string) => topics.filter((other) => other === topic).length;
	assert.equal(count('agent.state.changed'), from === state ? 0 : 1);
	assert.equal(count('agent.updated'), from === state ? 1 : 0);
	assert.equal(count('agent.escalated'), from !== state && state === 'failed.resting' ? 1 : 0);
	const isBack = old?.run?.state === 'spawning' && now.run?.state === 'running' && now.generation > 1;
	assert.equal(count('agent.restarted'), isBack ? 1 : 0);
}
