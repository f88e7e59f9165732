/** Takes a machine through one transition with every action collected, as staging does. */
import {
	type AnyActorScope,
	type AnyEventObject,
	type AnyMachineSnapshot,
	type AnyStateMachine,
	createActor,
	type ExecutableActionsFrom,
} from 'xstate';

export interface Collected {
	readonly type: string;
	readonly params: Readonly<Record<string, unknown>>;
	readonly exec: unknown;
}

export interface Taken {
	readonly next: AnyMachineSnapshot;
	readonly actions: readonly Collected[];
	readonly deferred: ReadonlyArray<() => void>;
	/** What the machine said to inspection through the scope's system. */
	readonly inspected: readonly string[];
}

export function take(machine: AnyStateMachine, event?: AnyEventObject): Taken {
	const actions: Collected[] = [];
	const deferred: Array<() => void> = [];
	const inspected: string[] = [];
	let staged: AnyMachineSnapshot | undefined;
	const logic = Object.assign(Object.create(machine) as AnyStateMachine, {
		transition(snapshot: AnyMachineSnapshot, received: AnyEventObject, scope: AnyActorScope) {
			if (received.type === 'xstate.stop') return machine.transition(snapshot, received, scope);
			staged = machine.transition(snapshot, received, {
				...scope,
				system: Object.create(scope.system, {
					_sendInspectionEvent: { value: ({ type }: { type: string }) => inspected.push(type) },
				}),
				actionExecutor: (action: ExecutableActionsFrom<AnyStateMachine>) => actions.push(action as never),
				defer: (callback: () => void) => deferred.push(callback),
			} as never) as AnyMachineSnapshot;
			return snapshot;
		},
	});
	const actor = createActor(logic).start();
	actor.send(event ?? { type: 'GO' });
	actor.stop();
	if (!staged) throw new Error('nothing was staged');
	return { next: staged, actions, deferred, inspected };
}
