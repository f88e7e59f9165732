/**
 * Steps of a machine with no system around it: what the machine asked for is collected, and which of its
 * transitions were taken is told. Restarts go through the text that the store would keep; those of a machine
 * with children through the text of the whole tree, as the store keeps a row for each.
 */

import { type AnyActorScope, type AnyMachineSnapshot, type AnyTransitionDefinition, createEmptyActor } from 'xstate';
import { type DurableDefinition, hashDefinition, type StepView, type Writes } from '../../src/durable/definition.ts';
import { planRestore } from '../../src/durable/restoration.ts';
import { serializeSnapshot } from '../../src/durable/snapshot.ts';
import type { StoredActor } from '../../src/durable/store.ts';

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
	/** What a program finds that is started on the stored text: parsed, migrated, validated, restored. */
	restart(text: string): AnyMachineSnapshot;
	/** Rows and events that the step writes, and messages that it sends; `version` is 2 unless told. */
	project(step: MachineStep<Event>, address: string, version?: number): Required<Writes>;
}

type Storing = Pick<MachineSteps<never>, 'persist' | 'restart'>;

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
		...(definition.children === undefined ? storeRow(definition, scope) : storeTree(definition, scope)),
		project(step, address, version) {
			const writes = definition.project?.(viewStep(step, address, version));
			return { records: [], events: [], messages: [], ...writes };
		},
	};
}

/** The step as definitions see it. */
export function viewStep<Event extends { readonly type: string }>(
	{ before, after, event }: MachineStep<Event>,
	address: string,
	version = 2,
): StepView {
	return { address, version, previous: before, next: after, event, at: event.at };
}

function storeRow(definition: DurableDefinition, scope: AnyActorScope): Storing {
	const { machine, kind, version: machineVersion } = definition;
	const row: Omit<StoredActor, 'snapshot'> = {
		address: `${kind}:stored`,
		parent: null,
		source: null,
		machineId: machine.id,
		machineVersion,
		definitionHash: hashDefinition(machine),
		version: 1,
		status: 'active',
		quarantine: null,
	};
	const noChild = (): never => {
		throw new Error(`${machine.id} has no children`);
	};
	return {
		persist: (snapshot) => serializeSnapshot(machine, snapshot, noChild),
		restart(text) {
			const { durable, ...persisted } = planRestore({ ...row, snapshot: text }, definition, () => []).snapshot;
			return machine.restoreSnapshot(persisted as never, scope) as AnyMachineSnapshot;
		},
	};
}

function storeTree({ machine, context }: DurableDefinition, scope: AnyActorScope): Storing {
	return {
		persist: (snapshot) => JSON.stringify(machine.getPersistedSnapshot(snapshot)),
		restart(text) {
			const persisted = JSON.parse(text) as { readonly context: unknown };
			const checked = { ...persisted, context: context.parse(persisted.context) };
			return machine.restoreSnapshot(checked as never, scope) as AnyMachineSnapshot;
		},
	};
}
