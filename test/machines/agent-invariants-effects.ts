/** Checks on what a step asks the world to do: each effect when it is due, and only then. */

import assert from 'node:assert/strict';
import { triggerOf } from '../../machines/agent-model.ts';
import { orchestratorAddress } from '../../machines/orchestrator-model.ts';
import { formatState } from '../../src/durable/state-path.ts';
import type { CheckedStep } from './agent-invariants.ts';
import type { AskedAction } from './machine-steps.ts';

const writes = new Set(['reportSilence']);
const effects = new Set(['launch', 'endRun', 'deliverPrompt', 'cancelTurn', 'deliverAnswer']);
const timers = new Set(['xstate.raise', 'xstate.cancel']);

/** How a live run is ended, by the trigger of the step that ends it; by others it has ended itself. */
const endings: Readonly<Record<string, 'graceful' | 'kill'>> = {
	STOP: 'graceful',
	SHUTDOWN: 'graceful',
	RESTART: 'graceful',
	GROUP_RESTART: 'graceful',
	KILL: 'kill',
};

/** [AG7, AG11, AG16, AG17, AG28, AG50, AG53, AG54] */
export function checkEffects(step: CheckedStep): void {
	const known = new Set([...effects, ...timers, ...writes, 'tell']);
	for (const { type } of step.actions) assert.ok(known.has(type), `unknown action ${type}`);
	checkLaunch(step);
	checkEnd(step);
	checkDelivery(step);
	checkTalk(step);
	checkNews(step);
	checkGroup(step);
	for (const { params } of asked(step, 'xstate.raise')) assert.ok((params.delay as number) >= 0);
}

function asked({ actions }: CheckedStep, name: string): readonly AskedAction[] {
	return actions.filter(({ type }) => type === name);
}

function checkLaunch(step: CheckedStep): void {
	const [launch] = asked(step, 'launch');
	if (!launch) return;
	assert.deepEqual(launch.params, { generation: step.now.generation, resume: step.now.sessionId });
	assert.equal(step.state, 'starting');
	assert.equal(step.now.process, null);
	const order = step.actions.map(({ type }) => type).filter((type) => effects.has(type));
	assert.equal(order.at(-1), 'launch', 'a run is ended before the next is launched');
}

function checkEnd(step: CheckedStep): void {
	const { old, event } = step;
	const wasLive = old?.run?.endedAt === null;
	const mode = wasLive
		? (endings[event.type] ?? answeredEnding(step) ?? silenceEnding(step) ?? deadlineEnding(step))
		: undefined;
	const expected = mode === undefined ? [] : [{ generation: old?.generation, mode }];
	assert.deepEqual(
		asked(step, 'endRun').map(({ params }) => params),
		expected,
	);
}

/** A human may have an agent stopped that has spent what it may. */
function answeredEnding({ event, old }: CheckedStep): 'graceful' | undefined {
	if (event.type !== 'ANSWER' || event.answer.optionId !== 'stop') return undefined;
	const asked = old?.requests.find(({ id }) => id === event.requestId);
	return asked?.origin === 'budget' ? 'graceful' : undefined;
}

/** An agent that shows no sign of life is ended if that is its policy, or if somebody says that it is dead. */
function silenceEnding({ event, now }: CheckedStep): 'kill' | undefined {
	if (event.type !== 'UNRESPONSIVE') return undefined;
	return event.silentMs === undefined || now.settings.restart.hung === 'restart' ? 'kill' : undefined;
}

/** A deadline that passed ends what was waited for. */
function deadlineEnding({ event }: CheckedStep): 'kill' | undefined {
	if (event.type === 'UNRESPONSIVE') return undefined;
	const trigger = triggerOf(event);
	return trigger === 'Unresponsive' || trigger === 'StartupTimeout' ? 'kill' : undefined;
}

function checkDelivery(step: CheckedStep): void {
	const { old, now } = step;
	const began = now.turn !== null && now.turn.id !== old?.turn?.id;
	const continued = began && now.turn?.id === old?.resumable?.id;
	// A session that was taken up again in this step is one the notice is meant for.
	const notice = continued || (old?.interruptionNotice === true && knowsItsPast(step));
	const expected = { generation: now.generation, promptId: now.turn?.id, continuation: continued, notice };
	assert.deepEqual(
		asked(step, 'deliverPrompt').map(({ params }) => params),
		began ? [expected] : [],
	);
	if (began) assert.equal(now.interruptionNotice, false, 'told once');
}

function knowsItsPast({ event }: CheckedStep): boolean {
	return event.type !== 'CONNECTED' || event.resumed;
}

/** What the orchestrator is told: that a run has connected, and that no run will follow by itself. */
function checkNews({ old, now, before, state, actions }: CheckedStep): void {
	const connected = old?.run?.state === 'spawning' && now.run?.state === 'running';
	const from = before && formatState(before.value);
	const ended = state !== from && (state === 'stopped' || state === 'failed.resting');
	const about = { agentId: now.agentId, generation: now.generation };
	const news = [
		...(connected ? [{ type: now.generation === 1 ? 'AGENT_STARTED' : 'AGENT_RESTARTED', ...about }] : []),
		...(ended ? [{ type: 'AGENT_ENDED', ...about }] : []),
	];
	const told = actions.filter(({ type, params }) => type === 'tell' && params.to === orchestratorAddress);
	assert.deepEqual(
		told.map(({ params }) => params.event),
		news,
	);
}

/** What its group is told: that it has failed, unless that is the doing of Statecraft. */
function checkGroup({ now, before, state, actions }: CheckedStep): void {
	const { agentId, generation, settings, failures } = now;
	const failed = state.startsWith('failed') && !before?.matches('failed') && now.failure?.code !== 'interrupted';
	const told = actions.filter(({ type, params }) => type === 'tell' && params.to !== orchestratorAddress);
	const news = { type: 'MEMBER_FAILED', agentId, generation, code: failures.at(-1)?.code };
	assert.deepEqual(
		told.map(({ params }) => params),
		failed && settings.group ? [{ to: settings.group, event: news }] : [],
	);
}

function checkTalk(step: CheckedStep): void {
	const { old, now, before, state, event } = step;
	const wasCancelling = before?.matches({ busy: 'cancelling' }) ?? false;
	const cancels = state === 'busy.cancelling' && !wasCancelling;
	assert.deepEqual(
		asked(step, 'cancelTurn').map(({ params }) => params),
		cancels ? [{ generation: now.generation }] : [],
	);
	const settles = event.type === 'ANSWER' || event.type === 'REQUEST_OVERDUE';
	const answered = settles && old?.requests.find(({ id }) => id === event.requestId);
	const delivers = answered && answered.origin === 'agent' && (event.type === 'ANSWER' || answered.deadline?.answer);
	assert.deepEqual(
		asked(step, 'deliverAnswer').map(({ params }) => params),
		delivers ? [{ generation: now.generation, requestId: answered.id }] : [],
	);
}
