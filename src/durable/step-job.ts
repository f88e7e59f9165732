/**
 * One event on its way through an actor: staged on the actor's head, committed, then installed.
 *
 * 1. An event that the machine cannot take now is refused and changes nothing. If it was brought by
 *    a timer, message or effect, that is still used up: it would be refused for ever.
 * 2. A guard or assignment that throws refuses the event; the actor lives on.
 * 3. A refusal is judged on the committed snapshot, never on a staged one: it tells its receiver the
 *    state, and that state might not come to be. So is a timer's event: the step that is staged might
 *    clear or replace the timer.
 */

import { type AnyEventObject, type AnyMachineSnapshot, getNextTransitions } from 'xstate';
import { StatecraftError } from '../errors.ts';
import type { Audience } from './audience.ts';
import type { Writes } from './definition.ts';
import type { Gate } from './gate.ts';
import type { CommitJob } from './group-commit.ts';
import { type Cause, planStep, type StepPlan } from './plan.ts';
import type { Staged } from './staging.ts';
import { formatState, isInState } from './state-path.ts';
import type { WriteUnit } from './store.ts';

/** Resolved once the step is on disk. */
export interface Acknowledgement {
	readonly address: string;
	readonly version: number;
	/** State after the step, nested states joined by dots. */
	readonly state: string;
	/** False when the event was taken but left the snapshot as it was. */
	readonly changed: boolean;
}

export interface Expectations {
	/** A state or a state around it: `idle` holds in `idle.ready`. */
	readonly expectedState?: string | undefined;
	readonly expectedVersion?: number | undefined;
}

export interface StepRequest {
	readonly gate: Gate;
	readonly event: AnyEventObject;
	readonly cause: Cause;
	readonly expectations: Expectations;
	readonly extra: Writes;
	now(): number;
	/** See `StepInput`. */
	rowsAside(address: string): readonly string[];
	/** Whether what brought the event still stands: `moot` once its timer was cleared or replaced. */
	standing(): 'due' | 'moot' | 'later';
	/** The step is on disk and its plan is to be carried out: install, timers, effects, messages. */
	onCommitted(plan: StepPlan, install: () => void): void;
	readonly installed: Audience['moved'];
	resolve(ack: Acknowledgement): void;
	reject(error: Error): void;
}

export function createStepJob(request: StepRequest): CommitJob {
	const { gate, cause } = request;
	let step: { staged: Staged; event: AnyEventObject; plan: StepPlan; version: number; changed: boolean } | undefined;
	let refused: Error | undefined;

	function refuse(error: Error): WriteUnit | 'later' | undefined {
		if (gate.staged) return 'later';
		const unit = usedUp(cause);
		if (unit) refused = error;
		else request.reject(error);
		return unit;
	}

	return {
		owner: gate,
		stage() {
			step = undefined;
			refused = undefined;
			const standing = request.standing();
			if (standing === 'later') return 'later';
			if (standing === 'moot') {
				request.reject(refusal(gate.address, gate.head, request.event));
				return undefined;
			}
			const event = { ...request.event, at: request.now() };
			try {
				checkAcceptable(gate, event, request.expectations);
				const previous = gate.head;
				const staged = gate.compute(event);
				const version = gate.headVersion + 1;
				const { extra, rowsAside } = request;
				const plan = planStep({ gate, staged, previous, version, event, cause, at: event.at, extra, rowsAside });
				gate.advanceHead(staged.next, event);
				step = { staged, event, plan, version, changed: staged.next !== previous };
				return plan.unit;
			} catch (thrown) {
				return refuse(toRefusal(gate, thrown));
			}
		},
		committed() {
			if (refused) request.reject(refused);
			if (!step) return;
			const { staged, event, plan, version, changed } = step;
			request.onCommitted(plan, () => {
				gate.install(staged, event, version);
				request.installed(gate, event, cause.from ?? null, changed);
			});
			request.resolve({ address: gate.address, version, state: formatState(staged.next.value), changed });
		},
		failed(error) {
			gate.resetHead();
			// A step before this one in the batch may have removed the actor.
			request.reject(gate.live ? error : gone(gate));
		},
		unstage() {
			gate.resetHead();
		},
	};
}

/** What a refused event leaves to write: the end of what brought it. */
function usedUp(cause: Cause): WriteUnit | undefined {
	if (cause.timer) return { timersCleared: [cause.timer] };
	if (cause.message !== undefined) return { messagesConsumed: [cause.message] };
	if (cause.effect !== undefined) return { effectsSettled: [cause.effect] };
	return undefined;
}

function checkAcceptable(gate: Gate, event: AnyEventObject, expectations: Expectations): void {
	if (!gate.live) throw gone(gate);
	const head = gate.head;
	const state = formatState(head.value);
	const { expectedState, expectedVersion } = expectations;
	if (expectedVersion !== undefined && expectedVersion !== gate.headVersion) {
		throw new StatecraftError(
			'stale_state',
			`${gate.address} has version ${gate.headVersion}, not ${expectedVersion}`,
			{
				state,
				expected: expectedVersion,
				actual: gate.headVersion,
			},
		);
	}
	if (expectedState !== undefined && !isInState(head.value, expectedState)) {
		throw new StatecraftError('stale_state', `${gate.address} is ${state}, not ${expectedState}`, {
			state,
			expected: expectedState,
			actual: state,
		});
	}
	if (head.status !== 'active' || !head.can(event)) throw refusal(gate.address, head, event);
}

function gone(gate: Gate): StatecraftError {
	return new StatecraftError('actor_stopped', `${gate.address} is gone`);
}

function refusal(address: string, head: AnyMachineSnapshot, event: AnyEventObject): StatecraftError {
	const state = formatState(head.value);
	return new StatecraftError('event_refused', `${address} is ${state} and cannot take ${event.type}`, {
		state,
		possibleEvents: possibleEvents(head),
	});
}

/** Types of the events a sender could send now; the machine's own (timers, completions) left out. */
export function possibleEvents(snapshot: AnyMachineSnapshot): readonly string[] {
	if (snapshot.status !== 'active') return [];
	const types = getNextTransitions(snapshot)
		.map((transition) => transition.eventType)
		.filter((type) => type !== '' && type !== '*' && !type.startsWith('xstate.'));
	return [...new Set(types)].sort();
}

function toRefusal(gate: Gate, thrown: unknown): Error {
	if (thrown instanceof StatecraftError) return thrown;
	const message = thrown instanceof Error ? thrown.message : String(thrown);
	return new StatecraftError('transition_failed', `${gate.address}: ${message}`, {}, { cause: thrown });
}
