/**
 * Replay: an actor's past states, computed from its journal. Every line's event is put through the very
 * machinery that took it, staging and plan, except that nothing is committed and nothing is run.
 *
 * 1. Pure: a replay changes nothing, starts no actor, sets no timer, calls no effect. The same standing
 *    and the same line give the same step, however often and in whatever order they are taken.
 * 2. A state that is not what the journal says is never shown as the past: from that line on, until the
 *    actor was begun afresh, the journal's own facts are all there is.
 */

import { type AnyEventObject, type AnyMachineSnapshot, type AnyStateMachine, createActor } from 'xstate';
import type { DurableDefinition } from '../durable/definition.ts';
import { createGatedLogic, type Gate, gateOf } from '../durable/gate.ts';
import { planStep, type StepPlan } from '../durable/plan.ts';
import type { Staged } from '../durable/staging.ts';
import { formatState } from '../durable/state-path.ts';
import type { JournalEntry, StoredTimer } from '../durable/store.ts';

/** A journal line with its event parsed. */
export type JournalLine = Omit<JournalEntry, 'event'> & { readonly event: AnyEventObject };

/** A timer that is set, and the version that set it. */
export interface PendingTimer extends StoredTimer {
	readonly setBy: number;
}

export type PendingTimers = ReadonlyMap<string, PendingTimer>;

/** Where a replay stands after a line, and all that the next one depends on. */
export interface Standing {
	readonly version: number;
	readonly snapshot: AnyMachineSnapshot;
	readonly timers: PendingTimers;
	/** Shared by all standings of one life; holds nothing between two steps. */
	readonly gate: Gate;
}

/** From which version on, and why, a replay is not what happened. */
export interface Departure {
	readonly since: number;
	readonly reason: string;
}

export interface ReplayedStep {
	readonly line: JournalLine;
	readonly standing: Standing;
	/** What the machine asked for. */
	readonly plan: StepPlan;
	/** The timer that fired, where one did. */
	readonly timer: PendingTimer | null;
}

export type Replayed = ReplayedStep | { readonly line: JournalLine; readonly departure: Departure };

/** The journal's first line of an actor, or of one that was begun afresh. */
export const beginning = 'xstate.init';

const logics = new WeakMap<DurableDefinition, AnyStateMachine>();

/** Takes the step of one line. `before` is null where there is no line before it, or none that can be trusted. */
export function replayLine(definition: DurableDefinition, line: JournalLine, before: Standing | null): Replayed {
	try {
		if (line.event.type === beginning) return begin(definition, line);
		if (before === null) return depart(line, 'the journal does not begin with the first step of the actor');
		return goOn(line, before);
	} catch (thrown) {
		return depart(line, `the machine cannot take the step: ${(thrown as Error).message}`);
	}
}

/** Replays lines one after the other, the oldest first. For whole journals in memory: see `Timeline` for others. */
export function* replayJournal(definition: DurableDefinition, lines: Iterable<JournalLine>): Generator<Replayed> {
	let before: Standing | null = null;
	let departure: Departure | null = null;
	for (const line of lines) {
		const step = follow(definition, line, before, departure);
		yield step;
		before = 'standing' in step ? step.standing : null;
		departure = 'standing' in step ? null : step.departure;
	}
}

/** As `replayLine`; what departed stays so until it is begun afresh. */
export function follow(
	definition: DurableDefinition,
	line: JournalLine,
	before: Standing | null,
	departure: Departure | null,
): Replayed {
	if (departure && line.event.type !== beginning) return { line, departure };
	return replayLine(definition, line, before);
}

function begin(definition: DurableDefinition, line: JournalLine): Replayed {
	const actor = createActor(logicOf(definition), { id: line.address, input: line.event.input as never });
	const gate = gateOf(actor);
	const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
	if (!gate?.initial) return depart(line, `the machine cannot be begun: ${messageOf(snapshot.error)}`);
	gate.address = line.address;
	return take(line, gate, gate.initial, null, new Map());
}

function goOn(line: JournalLine, before: Standing): Replayed {
	const { gate, snapshot } = before;
	if (line.version !== before.version + 1) return depart(line, `the journal lacks version ${before.version + 1}`);
	// The gate computes on top of its head.
	gate.resetHead();
	gate.version = before.version - 1;
	gate.advanceHead(snapshot, line.event);
	const staged = gate.compute(line.event);
	if (staged.next === snapshot && !snapshot.can(line.event)) {
		return depart(line, `in ${formatState(snapshot.value)} the machine does not take ${line.event.type}`);
	}
	return take(line, gate, staged, snapshot, before.timers);
}

function take(
	line: JournalLine,
	gate: Gate,
	staged: Staged,
	previous: AnyMachineSnapshot | null,
	timersBefore: PendingTimers,
): Replayed {
	const { version, event, at } = line;
	const timer = firedTimer(line, timersBefore);
	const plan = planStep({
		...{ gate, staged, previous, version, event, at },
		cause: { label: line.cause, ...(timer && { timer }) },
		extra: {},
		rowsAside: () => [],
	});
	const state = formatState(staged.next.value);
	if (state !== line.to) return depart(line, `it leads to ${state}, where the journal says ${line.to}`);
	const timers = nextTimers(timersBefore, plan, line);
	return { line, plan, timer, standing: { version, snapshot: staged.next, timers, gate } };
}

function firedTimer({ cause }: JournalLine, timers: PendingTimers): PendingTimer | null {
	return cause.startsWith('timer:') ? (timers.get(cause.slice('timer:'.length)) ?? null) : null;
}

/** The same map where nothing has changed, as in most steps. */
function nextTimers(before: PendingTimers, { timersSet, timersCleared }: StepPlan, line: JournalLine): PendingTimers {
	const set = timersSet.filter(({ address }) => address === line.address);
	const gone = timersCleared.filter(({ address, id }) => address === line.address && before.has(id));
	if (set.length === 0 && gone.length === 0) return before;
	const after = new Map(before);
	for (const { id } of gone) after.delete(id);
	for (const timer of set) after.set(timer.id, { ...timer, setBy: line.version });
	return after;
}

function depart(line: JournalLine, reason: string): Replayed {
	return { line, departure: { since: line.version, reason } };
}

function logicOf(definition: DurableDefinition): AnyStateMachine {
	const known = logics.get(definition);
	if (known) return known;
	// Nothing replayed is ever started, so nothing is ever received.
	const logic = createGatedLogic(definition, { received: () => {} });
	logics.set(definition, logic);
	return logic;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error ?? 'unknown');
}
