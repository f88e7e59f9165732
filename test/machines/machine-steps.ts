/**
 * Steps of a machine with no system around it: what the machine asked for is collected, and which of its
 * transitions were taken is told. Restarts go through the text of the whole tree, children included.
 */

import { type AnyActorScope, type AnyMachineSnapshot, type AnyTransitionDefinition, createEmptyActor } from 'xstate';
import type { DurableDefinition, StepView, Writes } from '../../src/durable/definition.ts';

/** An effect, a message, a timer or a child, as the machine asked for it. */
export interface AskedAction {
	readonly type: string;
	readonly params: Readonly<Record<string, unknown>>;
}

/** What one event did. */
export interface MachineStep<Event> {
	/** Null for the first step. */
	readonly before: AnyMachineSnapshot | null;
	readonly after: AnyMachineSnapshot;
	readonly event: Event & { readonly at: number };
	/** Whether the machine can take the event: the same question that the durable core asks. */
	readonly accepted: boolean;
	readonly actions: readonly AskedAction[];
	readonly taken: readonly AnyTransitionDefinition[];
}

export interface MachineSteps<Event> {
	create(input: unknown, at: number): MachineStep<Event>;
	take(before: AnyMachineSnapshot, event: Event, at: number): MachineStep<Event>;
	persist(snapshot: AnyMachineSnapshot): string;
	/** What a program finds that is started on the stored text: its context checked, then restored. */
	restart(text: string): AnyMachineSnapshot;
	/** Rows and events that the step writes. */
	project(step: MachineStep<Event>, address: string): Pick<Required<Writes>, 'records' | 'events'>;
}

export function createMachineSteps<Event extends { readonly type: string }>(
	definition: DurableDefinition,
): MachineSteps<Event> {
	const { machine } = definition;
	let actions: AskedAction[] = [];
	let taken: AnyTransitionDefinition[] = [];
	const self = createEmptyActor();
	self.system.inspect({
		next(seen) {
			if (seen.type === '@xstate.microstep') taken.push(...seen._transitions);
		},
	});
	const scope: AnyActorScope = {
		self,
		id: machine.id,
		sessionId: self.sessionId,
		system: self.system,
		logger: () => {},
		defer: () => {},
		emit: () => {},
		stopChild: () => {},
		actionExecutor: ({ type, params }) => void actions.push({ type, params: params as AskedAction['params'] }),
	};

	function collect(compute: () => unknown): Pick<MachineStep<Event>, 'after' | 'actions' | 'taken'> {
		actions = [];
		taken = [];
		const after = compute() as AnyMachineSnapshot;
		// Children that were only computed, and will never live, take steps of their own.
		return { after, actions, taken: taken.filter(({ source }) => source.machine.id === machine.id) };
	}

	return {
		create(input, at) {
			const event = { type: 'xstate.init', input, at } as unknown as Event & { at: number };
			const computed = collect(() => machine.getInitialSnapshot(scope, input));
			return { before: null, event, accepted: true, ...computed };
		},
		take(before, command, at) {
			const event = { ...command, at };
			// One that has ended is asked nothing any more, by the durable core either.
			if (before.status !== 'active') return { before, after: before, event, accepted: false, actions: [], taken: [] };
			return { before, event, accepted: before.can(event), ...collect(() => machine.transition(before, event, scope)) };
		},
		persist: (snapshot) => JSON.stringify(machine.getPersistedSnapshot(snapshot)),
		restart(text) {
			const persisted = JSON.parse(text) as { readonly context: unknown };
			const context = definition.context.parse(persisted.context);
			return machine.restoreSnapshot({ ...persisted, context } as never, scope) as AnyMachineSnapshot;
		},
		project({ before, after, event }, address) {
			const view: StepView = { address, version: 2, previous: before, next: after, event, at: event.at };
			return { records: [], events: [], ...definition.project?.(view) };
		},
	};
}
