/**
 * The plan of a step: everything its one transaction writes, worked out from what the machine asked
 * for while the step was staged.
 *
 * In it together: the actor's row under its version check, the journal line, timers set and cleared,
 * rows of spawned children with their own first steps, removal of stopped ones, effects, messages to
 * other actors, the removal of whatever caused the step, and the definition's own rows and events.
 */

import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot } from 'xstate';
import { StatecraftError } from '../errors.ts';
import { childAddress } from './address.ts';
import { hashDefinition, type StepView, type Told, tellAction, type Writes } from './definition.ts';
import { type Gate, gateOf } from './gate.ts';
import { type Children, childrenOf, serializeSnapshot, statusOf } from './snapshot.ts';
import type { CollectedAction, Staged } from './staging.ts';
import { formatState } from './state-path.ts';
import type { StoredEffect, StoredMessage, StoredTimer, WriteUnit } from './store.ts';

/** What caused a step, and what its commit thereby uses up. */
export interface Cause {
	/** For the journal: `send`, `spawn`, `timer:<id>`, `message:<id>`, `effect:<id>`, `child:<id>`. */
	readonly label: string;
	/** Address of the actor that sent the event. */
	readonly from?: string;
	readonly timer?: StoredTimer;
	readonly message?: string;
	readonly effect?: string;
}

export interface StepPlan {
	readonly unit: WriteUnit;
	/** New children, parents before their own children. */
	readonly spawned: readonly Gate[];
	/** Children that are gone after the step, with all below them. */
	readonly removed: readonly Gate[];
	/** Addresses that were set aside, and that new children have taken over. */
	readonly replaced: readonly string[];
	readonly timersSet: readonly StoredTimer[];
	readonly timersCleared: ReadonlyArray<{ readonly address: string; readonly id: string }>;
	readonly effects: readonly StoredEffect[];
	readonly messages: readonly StoredMessage[];
}

export interface StepInput {
	readonly gate: Gate;
	readonly staged: Staged;
	/** Null for the actor's first step. */
	readonly previous: AnyMachineSnapshot | null;
	readonly version: number;
	readonly event: AnyEventObject;
	readonly cause: Cause;
	readonly at: number;
	/** Rows and events that whoever sent the event lets ride along. */
	readonly extra: Writes;
	/** Addresses of the rows that are left at an address whose actor could not be restored; none elsewhere. */
	rowsAside(address: string): readonly string[];
}

/** Mutable while a plan is put together. */
interface Draft {
	actors: NonNullable<WriteUnit['actors']>[number][];
	journal: NonNullable<WriteUnit['journal']>[number][];
	records: NonNullable<WriteUnit['records']>[number][];
	events: NonNullable<WriteUnit['events']>[number][];
	timers: Map<string, StoredTimer>;
	timersCleared: Map<string, { address: string; id: string }>;
	effects: StoredEffect[];
	messages: StoredMessage[];
	spawned: Gate[];
	removed: Gate[];
	replaced: string[];
}

export function planStep(input: StepInput): StepPlan {
	const draft: Draft = {
		actors: [],
		journal: [],
		records: [],
		events: [],
		timers: new Map(),
		timersCleared: new Map(),
		effects: [],
		messages: [],
		spawned: [],
		removed: [],
		replaced: [],
	};
	if (input.cause.timer) draft.timersCleared.set(timerKey(input.cause.timer), input.cause.timer);
	addWrites(draft, input.gate, input, input.extra);
	addStep(draft, input);
	return {
		unit: toUnit(draft, input.cause),
		spawned: draft.spawned,
		removed: draft.removed,
		replaced: draft.replaced,
		timersSet: [...draft.timers.values()],
		timersCleared: [...draft.timersCleared.values()],
		effects: draft.effects,
		messages: draft.messages,
	};
}

function addStep(draft: Draft, input: StepInput): void {
	const { gate, staged, previous, version, event, cause, at } = input;
	adoptChildren(draft, input);
	const step: StepView = { address: gate.address, version, previous, next: staged.next, event, at };
	for (const [index, action] of staged.actions.entries()) addAction(draft, gate, step, action, index);
	const { trigger = null, generation = null } = gate.definition.describe?.(step) ?? {};
	draft.journal.push({
		address: gate.address,
		version,
		from: previous ? formatState(previous.value) : null,
		to: formatState(staged.next.value),
		event: JSON.stringify(event),
		trigger,
		cause: cause.label,
		generation,
		at,
	});
	addWrites(draft, gate, step, gate.definition.project?.(step) ?? {});
	draft.actors.push({
		address: gate.address,
		parent: gate.parent?.address ?? null,
		source: gate.source,
		machineId: gate.machine.id,
		machineVersion: gate.definition.version,
		definitionHash: definitionHash(gate),
		version,
		status: statusOf(staged.next),
		snapshot: serializeSnapshot(gate.machine, staged.next, requireGate, gate.lostAfter(event)),
	});
}

const hashes = new WeakMap<object, string>();

function definitionHash(gate: Gate): string {
	const known = hashes.get(gate.definition);
	if (known) return known;
	const hash = hashDefinition(gate.definition.machine);
	hashes.set(gate.definition, hash);
	return hash;
}

/** Gives new children their addresses and first steps, and notes those that are gone. */
function adoptChildren(draft: Draft, input: StepInput): void {
	const { staged, previous } = input;
	const before: Children = previous?.children ?? {};
	const after = childrenOf(staged.next);
	if (before === after) return;
	const stopped = new Set(staged.actions.filter(({ type }) => type === 'xstate.stopChild').map(({ params }) => params));
	for (const [id, child] of Object.entries(before)) {
		if (after[id] === child) continue;
		if (after[id] && !stopped.has(child)) {
			// XState would let the old one run on, unreachable.
			throw new StatecraftError('transition_failed', `a child with the id ${id} is alive already: guard the spawn`);
		}
		addRemoved(draft, requireGate(child));
	}
	for (const [id, child] of Object.entries(after)) {
		if (before[id] !== child) adoptChild(draft, id, requireGate(child), input);
	}
}

function adoptChild(draft: Draft, id: string, child: Gate, { gate: parent, version, at, rowsAside }: StepInput): void {
	if (!child.initial) return;
	child.address = childAddress(parent.address, id);
	child.parent = parent;
	child.incarnation = version;
	child.source = String(child.actor.src);
	draft.spawned.push(child);
	// The rows of one that could not be restored make room; their journal stays.
	draft.replaced.push(...rowsAside(child.address));
	addStep(draft, {
		gate: child,
		staged: child.initial,
		previous: null,
		version: 1,
		event: { type: 'xstate.init', input: child.input, at },
		cause: { label: 'spawn' },
		at,
		extra: {},
		rowsAside,
	});
}

function addRemoved(draft: Draft, gate: Gate): void {
	draft.removed.push(gate);
	for (const child of Object.values(childrenOf(gate.head))) addRemoved(draft, requireGate(child));
}

function requireGate(child: AnyActorRef): Gate {
	const gate = gateOf(child);
	if (!gate) throw new StatecraftError('transition_failed', `the child ${child.id} is not a durable actor`);
	return gate;
}

function timerKey(timer: { readonly address: string; readonly id: string }): string {
	return `${timer.address}\n${timer.id}`;
}

interface DelayedParams {
	readonly event: AnyEventObject;
	readonly id?: string;
	readonly delay?: number;
	readonly to?: AnyActorRef;
}

/** `address/version/index`; a child names its incarnation too, for another may have had its address before. */
function actionId(gate: Gate, version: number, index: number): string {
	return `${actionPrefix(gate)}${version}/${index}`;
}

function actionPrefix({ address, incarnation }: Gate): string {
	return `${address}${incarnation === 0 ? '' : `~${incarnation}`}/`;
}

/** Whether the effect or message was asked for by this very actor, not by one that had its address before. */
export function isOwnAction(gate: Gate, id: string): boolean {
	return id.startsWith(actionPrefix(gate));
}

function addAction(draft: Draft, gate: Gate, step: StepView, action: CollectedAction, index: number): void {
	const id = actionId(gate, step.version, index);
	switch (action.type) {
		case 'xstate.raise':
		case 'xstate.sendTo': {
			const params = action.params as DelayedParams;
			if (params.delay !== undefined) addTimer(draft, gate, params, params.delay, id, step.at);
			else if (params.to) addMessage(draft, gate, requireGate(params.to).address, params.event, id, step.at);
			return;
		}
		case 'xstate.cancel': {
			const sendId = (action.params as { sendId: string }).sendId;
			const timer = { address: gate.address, id: sendId };
			draft.timers.delete(timerKey(timer));
			draft.timersCleared.set(timerKey(timer), timer);
			return;
		}
		case 'xstate.spawnChild':
		case 'xstate.stopChild':
		case 'xstate.emit':
		case 'xstate.log':
			return;
		case tellAction: {
			const { to, event } = action.params as Told;
			addMessage(draft, gate, to, event, id, step.at);
			return;
		}
		default:
			addOwnAction(draft, gate, step, action, id);
	}
}

function addTimer(draft: Draft, gate: Gate, params: DelayedParams, delay: number, id: string, at: number): void {
	const timer: StoredTimer = {
		address: gate.address,
		id: params.id ?? id,
		target: params.to ? requireGate(params.to).address : gate.address,
		event: JSON.stringify(params.event),
		dueAt: at + delay,
	};
	draft.timersCleared.delete(timerKey(timer));
	draft.timers.set(timerKey(timer), timer);
}

function addMessage(draft: Draft, from: Gate, to: string, event: AnyEventObject, id: string, at: number): void {
	draft.messages.push({ id, from: from.address, to, event: JSON.stringify(event), sentAt: at });
}

/** What the definition, or whoever sent the event, adds to the step. */
function addWrites(draft: Draft, gate: Gate, { version, at }: Pick<StepView, 'version' | 'at'>, writes: Writes): void {
	draft.records.push(...(writes.records ?? []));
	draft.events.push(...(writes.events ?? []));
	for (const { to, event } of writes.messages ?? []) {
		addMessage(draft, gate, to, event, `${actionId(gate, version, draft.messages.length)}/told`, at);
	}
}

function addOwnAction(draft: Draft, gate: Gate, step: StepView, action: CollectedAction, id: string): void {
	const write = gate.definition.writes?.[action.type];
	if (write) {
		addWrites(draft, gate, step, write(action.params as never, step));
		return;
	}
	if (!gate.definition.effects?.[action.type]) {
		throw new StatecraftError(
			'transition_failed',
			`machine ${gate.machine.id}: nothing is known of action ${action.type}`,
		);
	}
	draft.effects.push({
		id,
		address: gate.address,
		name: action.type,
		params: JSON.stringify(action.params ?? null),
		attempts: 0,
		nextAttemptAt: step.at,
		lastError: null,
	});
}

/** Only what is not empty: the store writes no statement for what is absent. */
function toUnit(draft: Draft, cause: Cause): WriteUnit {
	const gone = [...draft.removed.map(({ address }) => address), ...draft.replaced];
	return {
		actors: draft.actors,
		journal: draft.journal,
		...(draft.records.length > 0 && { records: draft.records }),
		...(draft.events.length > 0 && { events: draft.events }),
		...(draft.timers.size > 0 && { timersSet: [...draft.timers.values()] }),
		...(draft.timersCleared.size > 0 && { timersCleared: [...draft.timersCleared.values()] }),
		...(draft.effects.length > 0 && { effectsAsked: draft.effects }),
		...(draft.messages.length > 0 && { messagesSent: draft.messages }),
		...(gone.length > 0 && { removed: gone }),
		...(cause.message !== undefined && { messagesConsumed: [cause.message] }),
		...(cause.effect !== undefined && { effectsSettled: [cause.effect] }),
	};
}
