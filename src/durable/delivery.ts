/**
 * Delivery: events on their way into actors, and what committed steps asked for on its way out.
 *
 * 1. Whatever brought an event (timer, message, effect) is used up by the commit of the step it
 *    causes, or by the commit of its refusal.
 * 2. An event that nobody awaits, and that the store refused for now, is tried again.
 * 3. Nothing a step asked for begins before the step is on disk.
 */

import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { childAddress } from './address.ts';
import type { Audience } from './audience.ts';
import type { Clock } from './clock.ts';
import type { Writes } from './definition.ts';
import { createEffectRunner } from './effect-runner.ts';
import type { Gate } from './gate.ts';
import { type BatchReport, type CommitJob, createGroupCommit } from './group-commit.ts';
import type { DurableObserver } from './observer.ts';
import { type Cause, isOwnAction, type StepPlan } from './plan.ts';
import type { Population } from './population.ts';
import { type Acknowledgement, createStepJob, type Expectations } from './step-job.ts';
import type { DurableStore, StoredEvent, StoredMessage, StoredTimer, WriteUnit } from './store.ts';
import { createTimerQueue } from './timer-queue.ts';

export interface SendOptions extends Expectations, Writes {
	/** Goes ahead of every event that waits to be staged, whosoever it is. */
	readonly urgent?: boolean;
}

export interface DeliveryDeps {
	readonly store: DurableStore;
	readonly clock: Clock;
	readonly population: Population;
	/** Told of each step once it is installed. */
	readonly audience: Pick<Audience, 'moved'>;
	/** Pause before an event that the store refused is tried again, milliseconds. */
	readonly retryDelayMs: number;
	onBatch(report: BatchReport): void;
	onCommitFailure(error: Error): void;
	/** Must not throw. */
	readonly observer: Required<DurableObserver> | undefined;
	onError(where: string, error: Error): void;
}

export interface Delivery {
	/** Somebody's event; resolves after its commit. */
	send(gate: Gate, event: AnyEventObject, options: SendOptions): Promise<Acknowledgement>;
	/** An event that came by XState's own ways: a child's completion, a bare `actor.send`. */
	receive(gate: Gate, event: AnyEventObject): void;
	/** Installs a committed step and begins what it asked for. */
	carryOut(plan: StepPlan, install: () => void): void;
	/** Writes what belongs to no step, in order with the steps. */
	write(unit: WriteUnit): Promise<readonly StoredEvent[]>;
	commit(job: CommitJob): void;
	/** Forgets the timers of actors that are gone. */
	forget(gates: readonly Gate[]): void;
	/** Takes up timers, messages and effects that are stored, of these addresses. */
	takeUp(includes: (address: string) => boolean): Promise<void>;
	/** Starts firing timers. */
	startTimers(): void;
	stop(): Promise<void>;
}

export function createDelivery(deps: DeliveryDeps): Delivery {
	const { store, clock, population, retryDelayMs, observer, onError } = deps;
	const retries = new Set<() => void>();
	/** Ids of messages that are being delivered: found in the store as well, they are not delivered twice. */
	const underWay = new Set<string>();
	let stopping = false;
	const commits = createGroupCommit({ store, onBatch: deps.onBatch, onFailure: deps.onCommitFailure });
	const timers = createTimerQueue(clock, timerDue);
	const effects = createEffectRunner({
		clock,
		retryDelayMs,
		observer,
		definitionOf: (effect) => population.get(effect.address)?.definition.effects?.[effect.name],
		deliver: (effect, outcome) => deliverOutcome(effect.address, outcome, effect.id),
		write,
		onError: (effect, error) => onError(`effect ${effect.name} ${effect.id}`, error),
	});

	function enqueue(gate: Gate, event: AnyEventObject, cause: Cause, options: SendOptions): Promise<Acknowledgement> {
		return new Promise((resolve, reject) => {
			commits.add(
				createStepJob({
					gate,
					event,
					cause,
					expectations: options,
					extra: options,
					now: clock.now,
					rowsAside: population.rowsAside,
					standing: () => standing(gate, cause),
					onCommitted: carryOut,
					installed: deps.audience.moved,
					resolve,
					reject,
				}),
				options.urgent,
			);
		});
	}

	/** A timer's event stands only while no step that is committed or staged has cleared or replaced the timer. */
	function standing(gate: Gate, { timer }: Cause): 'due' | 'moot' | 'later' {
		if (!timer) return 'due';
		if (gate.staged || population.get(timer.address)?.staged) return 'later';
		return timers.isDue(timer) ? 'due' : 'moot';
	}

	function deliver(gate: Gate, event: AnyEventObject, cause: Cause): void {
		enqueue(gate, event, cause, {}).then(
			() => usedUp(cause),
			(error: Error) => {
				const { kind, code } = toStatecraftError(error);
				if (kind === 'transient') return later(() => deliver(gate, event, cause));
				usedUp(cause);
				// Refusals are normal: it came too late to matter.
				if (code !== 'event_refused' && code !== 'actor_stopped') onError(`${gate.address} ${event.type}`, error);
			},
		);
	}

	function usedUp({ timer, message }: Cause): void {
		if (timer && timers.isDue(timer)) timers.clear(timer);
		if (message !== undefined) underWay.delete(message);
	}

	function later(work: () => void): void {
		if (stopping) return;
		const cancel = clock.setTimer(() => {
			retries.delete(cancel);
			work();
		}, retryDelayMs);
		retries.add(cancel);
	}

	function timerDue(timer: StoredTimer): void {
		observer?.timerFired(timer, clock.now() - timer.dueAt);
		// The row stays: a quarantined receiver gets its timers when it is well again.
		if (population.whyAside(timer.target) !== undefined) return;
		const target = population.get(timer.target);
		if (target) deliver(target, JSON.parse(timer.event), { label: `timer:${timer.id}`, from: timer.address, timer });
		else {
			timers.clear(timer);
			drop(`timer ${timer.id} of ${timer.address}`, { timersCleared: [timer] });
		}
	}

	function deliverMessage(message: StoredMessage): void {
		// A quarantined receiver gets its messages when it is well again.
		if (population.whyAside(message.to) !== undefined || underWay.has(message.id)) return;
		const target = population.get(message.to);
		if (target) {
			underWay.add(message.id);
			deliver(target, JSON.parse(message.event), {
				label: `message:${message.id}`,
				from: message.from,
				message: message.id,
			});
			return;
		}
		onError(`message ${message.id}`, new StatecraftError('actor_not_found', `there is no actor ${message.to}`));
		drop(`message ${message.id}`, { messagesConsumed: [message.id] });
	}

	/** What can reach nobody any more is used up. */
	function drop(what: string, unit: WriteUnit): void {
		write(unit).catch((error: Error) => onError(what, error));
	}

	async function deliverOutcome(address: string, outcome: AnyEventObject, effectId: string): Promise<void> {
		const gate = population.get(address);
		// Asked for by one that is gone, though another may have its address by now.
		if (!gate || !isOwnAction(gate, effectId)) {
			await write({ effectsSettled: [effectId] });
			return;
		}
		try {
			await enqueue(gate, outcome, { label: `effect:${effectId}`, effect: effectId }, {});
		} catch (thrown) {
			// A refused outcome came too late to matter; its refusal has settled the effect all the same.
			if (toStatecraftError(thrown).kind === 'transient') throw thrown;
		}
	}

	function carryOut(plan: StepPlan, install: () => void): void {
		observer?.stepCommitted(plan.unit, clock.now());
		for (const address of plan.replaced) population.quarantined.delete(address);
		for (const child of plan.spawned) population.add(child, 1);
		install();
		for (const gone of plan.removed) population.remove(gone);
		forget(plan.removed);
		for (const timer of plan.timersCleared) timers.clear(timer);
		for (const timer of plan.timersSet) timers.set(timer);
		for (const message of plan.messages) deliverMessage(message);
		for (const effect of plan.effects) effects.run(effect);
	}

	function forget(gone: readonly Gate[]): void {
		for (const gate of gone) timers.clearAll(gate.address);
	}

	function write(unit: WriteUnit): Promise<readonly StoredEvent[]> {
		return new Promise((resolve, reject) => {
			commits.add({ owner: null, stage: () => unit, committed: resolve, failed: reject, unstage: () => {} });
		});
	}

	return {
		send: (gate, event, options) => enqueue(gate, event, { label: 'send' }, options),
		receive: (gate, event) => deliver(gate, event, causeOf(gate, event)),
		carryOut,
		write,
		commit: commits.add,
		forget,
		async takeUp(includes) {
			for (const timer of await store.loadTimers()) {
				if (includes(timer.address) || includes(timer.target)) timers.set(timer);
			}
			for (const message of await store.loadMessages()) if (includes(message.to)) deliverMessage(message);
			effects.resume((await store.loadEffects()).filter((effect) => includes(effect.address)));
		},
		startTimers: timers.start,
		async stop() {
			stopping = true;
			timers.stop();
			for (const cancel of retries) cancel();
			await effects.stop();
			await commits.drained();
		},
	};
}

/** Of an event that came by XState's own ways. */
function causeOf(gate: Gate, event: AnyEventObject): Cause {
	if (!event.type.startsWith('xstate.')) return { label: 'actor' };
	return { label: 'child', from: childAddress(gate.address, String(event.actorId)) };
}

/** The event by which XState would have told a parent that its child has ended; undefined while it lives. */
export function endOf(child: Gate): AnyEventObject | undefined {
	const snapshot = child.actor.getSnapshot() as AnyMachineSnapshot;
	const actorId = child.actor.id;
	if (snapshot.status === 'done') return { type: `xstate.done.actor.${actorId}`, output: snapshot.output, actorId };
	if (snapshot.status === 'error') return { type: `xstate.error.actor.${actorId}`, error: snapshot.error, actorId };
	return undefined;
}
