/**
 * The system of durable actors: addresses, acknowledged sends, spawning, restoration, shutdown.
 *
 * 1. Durable before visible: nothing outside an actor (observers, effects, other actors, whoever
 *    awaits a send) learns of a step before its commit.
 * 2. A rejected send has changed nothing.
 * 3. Whatever a committed step asked for (timer, effect, message, child) happens, across crashes;
 *    what consumes it removes it in its own commit.
 * 4. A row that cannot be restored is quarantined, and the others are not affected.
 */

import { type AnyActorRef, type AnyEventObject, type AnyMachineSnapshot, createActor, type InspectionEvent } from 'xstate';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { rootAddress } from './address.ts';
import type { Clock } from './clock.ts';
import { checkDefinition, type DurableDefinition, type Writes } from './definition.ts';
import { createEffectRunner } from './effect-runner.ts';
import { createGatedLogic, type Gate, gateOf } from './gate.ts';
import { type BatchReport, createGroupCommit } from './group-commit.ts';
import { type Cause, planStep, type StepPlan } from './plan.ts';
import { type Casualty, planRestore, type RestorePlan } from './restoration.ts';
import { type Acknowledgement, createStepJob, type Expectations } from './step-job.ts';
import type { DurableStore, StoredActor, StoredEvent, StoredMessage, StoredTimer, WriteUnit } from './store.ts';
import { createTimerQueue } from './timer-queue.ts';

export interface DurableSystemOptions {
	readonly store: DurableStore;
	readonly clock: Clock;
	/** Definitions of root actors; those of children hang below them. */
	readonly definitions: readonly DurableDefinition[];
	/** Told after each committed batch, before its senders are acknowledged. */
	readonly onBatch?: (report: BatchReport) => void;
	/** Something went wrong that nobody awaits. */
	readonly onError?: (where: string, error: Error) => void;
	/** XState's inspection of every root actor and those below it. */
	readonly inspect?: (event: InspectionEvent) => void;
	/** Pause before a timer or message that the store refused is tried again. */
	readonly retryDelayMs?: number;
}

export interface SendOptions extends Expectations, Writes {}

export interface RestoreReport {
	/** Actors that live again, children included. */
	readonly restored: number;
	readonly casualties: readonly Casualty[];
}

/** A live durable actor as others may see it. */
export interface DurableActor {
	readonly address: string;
	readonly version: number;
	/** The committed snapshot. */
	getSnapshot(): AnyMachineSnapshot;
	readonly ref: AnyActorRef;
}

export interface DurableSystem {
	/** Restores every actor; timers, messages and effects wait for `resume`. */
	restore(): Promise<RestoreReport>;
	/** Starts timers, delivers messages, takes up effects, tells parents of children that ended. */
	resume(): Promise<void>;
	/** Creates a root actor; rejects with `actor_exists` when its address is taken. */
	spawn(kind: string, id: string, input: unknown, writes?: Writes): Promise<Acknowledgement>;
	/**
	 * Resolves after the commit. Rejects with `event_refused`, `stale_state`, `actor_not_found`,
	 * `actor_quarantined`, `actor_stopped`, `transition_failed`, or with the store's failure.
	 */
	send(address: string, event: AnyEventObject, options?: SendOptions): Promise<Acknowledgement>;
	/** Removes a root actor with everything below it; its journal stays. */
	remove(address: string, options?: SendOptions): Promise<void>;
	/** Writes rows and events that belong to no step, in order with the steps. */
	write(unit: WriteUnit): Promise<readonly StoredEvent[]>;
	get(address: string): DurableActor | undefined;
	/** Live root actors of a kind. */
	list(kind: string): readonly DurableActor[];
	/** Why the actor is set aside; undefined while it is well. */
	quarantineReason(address: string): string | undefined;
	/** Tries a quarantined root actor again, for instance after an upgrade that brings its migration. */
	retryRestore(address: string): Promise<void>;
	/** Starts a quarantined root actor afresh; its journal goes on. */
	reset(address: string, input: unknown, writes?: Writes): Promise<Acknowledgement>;
	/** Refuses new sends, lets those under way settle, stops timers, effects and actors. */
	stop(): Promise<void>;
}

const sendCause: Cause = { label: 'send' };
const noWrites: Writes = {};

export function createDurableSystem(options: DurableSystemOptions): DurableSystem {
	const { store, clock, retryDelayMs = 1_000 } = options;
	const onError = options.onError ?? (() => {});
	const gates = new Map<string, Gate>();
	const quarantined = new Map<string, string>();
	const retries = new Set<() => void>();
	let resumed = false;
	let stopping = false;

	for (const definition of options.definitions) checkTree(definition);
	const logics = new Map(
		options.definitions.map((definition) => [
			definition.kind,
			{ definition, logic: createGatedLogic(definition, { opened: () => {}, received: receive }) },
		]),
	);
	const commits = createGroupCommit({ store, onBatch: options.onBatch ?? (() => {}) });
	const timers = createTimerQueue(clock, onTimerDue);
	const effects = createEffectRunner({
		clock,
		definitionOf: (effect) => gates.get(effect.address)?.definition.effects?.[effect.name],
		deliver: (effect, outcome) => deliverSettling(effect.address, outcome, effect.id),
		write,
		onError: (effect, error) => onError(`effect ${effect.name} ${effect.id}`, error),
	});

	function logicOf(kind: string) {
		const found = logics.get(kind);
		if (!found) throw new StatecraftError('internal', `no machine is registered for actors of kind ${kind}`);
		return found;
	}

	// --- events on their way in ---------------------------------------------------------------

	function enqueue(gate: Gate, event: AnyEventObject, cause: Cause, sendOptions: SendOptions): Promise<Acknowledgement> {
		return new Promise((resolve, reject) => {
			commits.add(
				createStepJob({
					gate,
					event,
					cause,
					expectations: sendOptions,
					extra: sendOptions,
					now: clock.now,
					onCommitted: carryOut,
					resolve,
					reject,
				}),
			);
		});
	}

	/** An event nobody awaits: refusals are normal, and what the store refused is tried again. */
	function deliver(gate: Gate, event: AnyEventObject, cause: Cause): void {
		enqueue(gate, event, cause, {}).catch((error: Error) => {
			const { kind, code } = toStatecraftError(error);
			if (kind === 'transient' && !stopping) later(() => deliver(gate, event, cause));
			else if (code !== 'event_refused' && code !== 'actor_stopped') onError(`${gate.address} ${event.type}`, error);
		});
	}

	function later(work: () => void): void {
		const cancel = clock.setTimer(() => {
			retries.delete(cancel);
			work();
		}, retryDelayMs);
		retries.add(cancel);
	}

	/** An event that came by XState's own ways: a child's completion, a bare `actor.send`. */
	function receive(gate: Gate, event: AnyEventObject): void {
		deliver(gate, event, { label: event.type.startsWith('xstate.') ? 'child' : 'actor' });
	}

	function onTimerDue(timer: StoredTimer): void {
		const target = gates.get(timer.target);
		const cause: Cause = { label: `timer:${timer.id}`, timer };
		if (target) deliver(target, JSON.parse(timer.event), cause);
		else void write({ timersCleared: [timer] }).catch((error: Error) => onError(cause.label, error));
	}

	function deliverMessage(message: StoredMessage): void {
		// A quarantined receiver gets its messages when it is well again.
		if (quarantined.has(message.to)) return;
		const target = gates.get(message.to);
		if (target) {
			deliver(target, JSON.parse(message.event), { label: `message:${message.id}`, message: message.id });
			return;
		}
		onError(`message ${message.id}`, new StatecraftError('actor_not_found', `there is no actor ${message.to}`));
		void write({ messagesConsumed: [message.id] }).catch((error: Error) => onError(`message ${message.id}`, error));
	}

	async function deliverSettling(address: string, outcome: AnyEventObject, effectId: string): Promise<void> {
		const gate = gates.get(address);
		if (!gate) {
			await write({ effectsSettled: [effectId] });
			return;
		}
		try {
			await enqueue(gate, outcome, { label: `effect:${effectId}`, effect: effectId }, {});
		} catch (thrown) {
			// A refused outcome came too late to matter; the refusal has settled the effect all the same.
			if (toStatecraftError(thrown).kind === 'transient') throw thrown;
		}
	}

	// --- committed steps carried out ------------------------------------------------------------

	function carryOut(plan: StepPlan, install: () => void): void {
		for (const child of plan.spawned) register(child, 1);
		install();
		for (const gone of plan.removed) unregister(gone);
		for (const timer of plan.timersCleared) timers.clear(timer);
		for (const timer of plan.timersSet) timers.set(timer);
		for (const message of plan.messages) deliverMessage(message);
		for (const effect of plan.effects) effects.run(effect);
	}

	/** Makes a gate reachable and, if it is new, ready for its start. */
	function register(gate: Gate, version: number): void {
		gates.set(gate.address, gate);
		// Without an observer XState reports an actor's error as an uncaught exception.
		gate.actor.subscribe({ error: (error) => onError(gate.address, toStatecraftError(error)) });
		if (gate.initial) gate.release(version);
	}

	function unregister(gate: Gate): void {
		gate.live = false;
		gates.delete(gate.address);
		timers.clearAll(gate.address);
	}

	function write(unit: WriteUnit): Promise<readonly StoredEvent[]> {
		return new Promise((resolve, reject) => {
			commits.add({ owner: null, stage: () => unit, committed: resolve, failed: reject, unstage: () => {} });
		});
	}

	// --- life and death of root actors ------------------------------------------------------------

	function openRoot(kind: string, address: string, creation: { input?: unknown; snapshot?: unknown }): Gate {
		const { logic } = logicOf(kind);
		const actor = createActor(logic, {
			id: address,
			...(options.inspect && { inspect: options.inspect }),
			...creation,
		} as never);
		const gate = gateOf(actor);
		const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
		if (!gate) throw toStatecraftError(snapshot.error, 'transition_failed');
		gate.address = address;
		return gate;
	}

	function begin(gate: Gate, input: unknown, version: number, writes: Writes, also: WriteUnit): Promise<Acknowledgement> {
		return new Promise((resolve, reject) => {
			let plan: StepPlan;
			commits.add({
				owner: gate,
				stage() {
					try {
						plan = planFirstStep(gate, input, version, writes, clock.now());
						return { ...also, ...plan.unit };
					} catch (thrown) {
						reject(toStatecraftError(thrown, 'transition_failed'));
						return undefined;
					}
				},
				committed() {
					register(gate, version);
					carryOut(plan, () => gate.actor.start());
					resolve({ address: gate.address, version, state: plan.unit.journal?.at(-1)?.to ?? '', changed: true });
				},
				failed: reject,
				unstage: () => {},
			});
		});
	}

	const starting = new Set<string>();

	async function spawn(kind: string, id: string, input: unknown, writes: Writes = noWrites): Promise<Acknowledgement> {
		refuseWhenStopping();
		const address = rootAddress(kind, id);
		if (gates.has(address) || quarantined.has(address) || starting.has(address)) {
			throw new StatecraftError('actor_exists', `${address} exists already`);
		}
		starting.add(address);
		try {
			return await begin(openRoot(kind, address, { input }), input, 1, writes, {});
		} finally {
			starting.delete(address);
		}
	}

	async function remove(address: string, sendOptions: SendOptions = {}): Promise<void> {
		refuseWhenStopping();
		const reason = quarantined.get(address);
		const below = [...gates.values()].filter((gate) => gate.address.startsWith(`${address}/`));
		const gate = gates.get(address);
		if (!gate && reason === undefined) throw notFound(address);
		await write({
			removed: [address, ...below.map((child) => child.address)],
			...(sendOptions.records && { records: sendOptions.records }),
			...(sendOptions.events && { events: sendOptions.events }),
		});
		quarantined.delete(address);
		for (const gone of gate ? [gate, ...below] : below) unregister(gone);
		gate?.actor.stop();
	}

	// --- restoration --------------------------------------------------------------------------------

	async function restore(): Promise<RestoreReport> {
		const roots: StoredActor[] = [];
		const children = new Map<string, StoredActor[]>();
		for await (const page of store.loadActors()) {
			for (const row of page) {
				if (row.parent === null) roots.push(row);
				else children.set(row.parent, [...(children.get(row.parent) ?? []), row]);
			}
		}
		const casualties: Casualty[] = [];
		for (const row of roots) {
			if (row.quarantine !== null) quarantined.set(row.address, row.quarantine);
			else casualties.push(...restoreRoot(row, (parent) => children.get(parent) ?? []));
		}
		for (const casualty of casualties) await setAside(casualty);
		return { restored: gates.size, casualties };
	}

	function restoreRoot(row: StoredActor, childrenOf: (parent: string) => readonly StoredActor[]): readonly Casualty[] {
		try {
			const kind = row.address.slice(0, row.address.indexOf(':'));
			const plan = planRestore(row, logicOf(kind).definition, childrenOf);
			revive(plan, kind);
			return plan.lostChildren;
		} catch (thrown) {
			return [{ address: row.address, parent: null, reason: (thrown as Error).message }];
		}
	}

	function revive(plan: RestorePlan, kind: string): void {
		const gate = openRoot(kind, plan.row.address, { snapshot: plan.snapshot });
		const snapshot = gate.actor.getSnapshot() as AnyMachineSnapshot;
		if (snapshot.status === 'error' && plan.row.status !== 'error') throw toStatecraftError(snapshot.error);
		adopt(gate, null);
		if (snapshot.status === 'active') gate.actor.start();
	}

	function adopt(gate: Gate, parent: Gate | null): void {
		gate.parent = parent;
		gate.source = parent && String(gate.actor.src);
		register(gate, gate.version);
		const snapshot = gate.actor.getSnapshot() as AnyMachineSnapshot;
		for (const child of Object.values<AnyActorRef>(snapshot.children)) {
			const childGate = gateOf(child);
			if (childGate) adopt(childGate, gate);
		}
	}

	async function setAside(casualty: Casualty): Promise<void> {
		quarantined.set(casualty.address, casualty.reason);
		onError(`restore ${casualty.address}`, new StatecraftError('actor_quarantined', casualty.reason));
		await store.quarantine(casualty.address, casualty.reason);
	}

	async function resume(): Promise<void> {
		if (resumed) return;
		resumed = true;
		for (const timer of await store.loadTimers()) if (!quarantined.has(timer.address)) timers.set(timer);
		for (const message of await store.loadMessages()) deliverMessage(message);
		for (const gate of gates.values()) if (gate.parent) tellOfEnd(gate.parent, gate);
		for (const [address, reason] of quarantined) tellOfLoss(address, reason);
		effects.resume((await store.loadEffects()).filter((effect) => !quarantined.has(effect.address)));
		timers.start();
	}

	/** A child that ended while its parent had not taken note: the parent still lists it. */
	function tellOfEnd(parent: Gate, child: Gate): void {
		const snapshot = child.actor.getSnapshot() as AnyMachineSnapshot;
		const actorId = child.actor.id;
		if (snapshot.status === 'done') {
			receive(parent, { type: `xstate.done.actor.${actorId}`, output: snapshot.output, actorId });
		} else if (snapshot.status === 'error') {
			receive(parent, { type: `xstate.error.actor.${actorId}`, error: snapshot.error, actorId });
		}
	}

	function tellOfLoss(address: string, reason: string): void {
		const slash = address.lastIndexOf('/');
		const parent = slash < 0 ? undefined : gates.get(address.slice(0, slash));
		if (!parent) return;
		const actorId = address.slice(slash + 1);
		receive(parent, { type: `xstate.error.actor.${actorId}`, error: { message: reason }, actorId });
	}

	async function retryRestore(address: string): Promise<void> {
		const rows = await loadTree(address);
		const row = rows.find((candidate) => candidate.address === address);
		if (!row || row.parent !== null) throw notFound(address);
		const lost = restoreRoot({ ...row, quarantine: null }, (parent) => rows.filter((child) => child.parent === parent));
		const own = lost.find((casualty) => casualty.address === address);
		if (own) throw new StatecraftError('actor_quarantined', own.reason);
		quarantined.delete(address);
		await store.quarantine(address, null);
		for (const casualty of lost) await setAside(casualty);
		await resumeOne(address);
	}

	async function resumeOne(address: string): Promise<void> {
		for (const timer of await store.loadTimers()) if (timer.address === address) timers.set(timer);
		for (const message of await store.loadMessages()) if (message.to === address) deliverMessage(message);
		effects.resume((await store.loadEffects()).filter((effect) => effect.address === address));
	}

	async function reset(address: string, input: unknown, writes: Writes = noWrites): Promise<Acknowledgement> {
		const rows = await loadTree(address);
		const row = rows.find((candidate) => candidate.address === address);
		if (!row || !quarantined.has(address)) throw notFound(address);
		const gate = openRoot(address.slice(0, address.indexOf(':')), address, { input });
		const stale = (entry: { readonly address: string }) => entry.address === address;
		const ack = await begin(gate, input, row.version + 1, writes, {
			removed: rows.filter((child) => child !== row).map((child) => child.address),
			timersCleared: (await store.loadTimers()).filter(stale),
			effectsSettled: (await store.loadEffects()).filter(stale).map((effect) => effect.id),
			messagesConsumed: (await store.loadMessages()).filter((message) => message.to === address).map(({ id }) => id),
		});
		quarantined.delete(address);
		await store.quarantine(address, null);
		return ack;
	}

	async function loadTree(address: string): Promise<StoredActor[]> {
		const rows: StoredActor[] = [];
		for await (const page of store.loadActors()) {
			rows.push(...page.filter((row) => row.address === address || row.address.startsWith(`${address}/`)));
		}
		return rows;
	}

	// --- the rest -------------------------------------------------------------------------------------

	function notFound(address: string): StatecraftError {
		return new StatecraftError('actor_not_found', `there is no actor ${address}`);
	}

	function refuseWhenStopping(): void {
		if (stopping) throw new StatecraftError('shutting_down', 'Statecraft is shutting down; send again after its restart');
	}

	function view(gate: Gate): DurableActor {
		return {
			address: gate.address,
			get version() {
				return gate.version;
			},
			getSnapshot: () => gate.actor.getSnapshot() as AnyMachineSnapshot,
			ref: gate.actor,
		};
	}

	return {
		restore,
		resume,
		spawn,
		async send(address, event, sendOptions = {}) {
			refuseWhenStopping();
			const gate = gates.get(address);
			if (gate) return enqueue(gate, event, sendCause, sendOptions);
			const reason = quarantined.get(address);
			if (reason === undefined) throw notFound(address);
			throw new StatecraftError('actor_quarantined', `${address} could not be restored: ${reason}`, {
				hint: 'statecraft doctor',
			});
		},
		remove,
		write,
		get(address) {
			const gate = gates.get(address);
			return gate && view(gate);
		},
		list: (kind) => [...gates.values()].filter((gate) => !gate.parent && gate.definition.kind === kind).map(view),
		quarantineReason: (address) => quarantined.get(address),
		retryRestore,
		reset,
		async stop() {
			stopping = true;
			timers.stop();
			for (const cancel of retries) cancel();
			await effects.stop();
			await commits.drained();
			for (const gate of gates.values()) {
				gate.live = false;
				if (!gate.parent) gate.actor.stop();
			}
			gates.clear();
		},
	};
}

function checkTree(definition: DurableDefinition): void {
	checkDefinition(definition);
	for (const child of Object.values(definition.children ?? {})) checkTree(child);
}

function planFirstStep(gate: Gate, input: unknown, version: number, extra: Writes, at: number): StepPlan {
	const staged = gate.initial;
	if (!staged) throw new StatecraftError('internal', `${gate.address} has begun already`);
	if (staged.next.status === 'error') throw toStatecraftError(staged.next.error, 'transition_failed');
	const event: AnyEventObject = { type: 'xstate.init', input, at };
	return planStep({ gate, staged, previous: null, version, event, cause: { label: 'spawn' }, at, extra });
}
