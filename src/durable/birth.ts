/** Birth: a root actor's first step, committed before the actor exists for anybody. */

import type { AnyEventObject } from 'xstate';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import type { Writes } from './definition.ts';
import type { Delivery } from './delivery.ts';
import type { Gate } from './gate.ts';
import { planStep, type StepPlan } from './plan.ts';
import type { Population } from './population.ts';
import type { Acknowledgement } from './step-job.ts';
import type { WriteUnit } from './store.ts';

export interface BirthRequest {
	readonly gate: Gate;
	readonly input: unknown;
	/** 1, or more when the actor is begun again and its journal goes on. */
	readonly version: number;
	readonly extra: Writes;
	/** Written with the step: what is left of the actor that had this address. */
	readonly also: WriteUnit;
	now(): number;
}

export function beginActor(
	request: BirthRequest,
	population: Population,
	delivery: Delivery,
): Promise<Acknowledgement> {
	const { gate, version, also } = request;
	return new Promise((resolve, reject) => {
		let plan: StepPlan;
		delivery.commit({
			owner: gate,
			stage() {
				try {
					plan = planFirstStep(request);
					const timersCleared = [...(also.timersCleared ?? []), ...(plan.unit.timersCleared ?? [])];
					return { ...also, ...plan.unit, ...(timersCleared.length > 0 && { timersCleared }) };
				} catch (thrown) {
					reject(toStatecraftError(thrown, 'transition_failed'));
					return undefined;
				}
			},
			committed() {
				// Begun afresh it is well again, and its first step's messages may reach it.
				population.quarantined.delete(gate.address);
				population.add(gate, version);
				delivery.carryOut(plan, () => gate.actor.start());
				resolve({ address: gate.address, version, state: plan.unit.journal?.at(-1)?.to ?? '', changed: true });
			},
			failed: reject,
			unstage: () => {},
		});
	});
}

function planFirstStep({ gate, input, version, extra, now }: BirthRequest): StepPlan {
	const staged = gate.initial;
	if (!staged) throw new StatecraftError('internal', `${gate.address} has begun already`);
	if (staged.next.status === 'error') throw toStatecraftError(staged.next.error, 'transition_failed');
	const at = now();
	const event: AnyEventObject = { type: 'xstate.init', input, at };
	// Below an actor that begins there is nothing yet, nothing set aside either.
	const rowsAside = () => [];
	return planStep({ gate, staged, previous: null, version, event, cause: { label: 'spawn' }, at, extra, rowsAside });
}
