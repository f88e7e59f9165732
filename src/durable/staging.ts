/**
 * Staging: computing a step without taking it.
 *
 * The machine's own `transition` runs with the actor's real scope, except that actions are collected
 * instead of executed. XState binds that scope into its builtin actions, so spawning, stopping,
 * emitting and logging do nothing until `replay` executes what was collected, after the commit.
 *
 * 1. Nothing outside the actor can tell that a step was staged: no action runs, no inspection event
 *    is sent, no deferred function is called.
 * 2. A staged step that is never replayed leaves nothing behind but garbage.
 */

import type { ActionExecutor, AnyActorScope, AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';

/** An action as XState hands it to its executor: a resolved builtin, or a custom action by name. */
export interface CollectedAction {
	readonly type: string;
	readonly params: unknown;
	/** Executes it for real; only ever called by `replay`. */
	execute(): void;
}

export interface Staged {
	readonly next: AnyMachineSnapshot;
	readonly actions: readonly CollectedAction[];
	/** Functions that XState wanted to run after the transition (children spawned inside assign). */
	readonly deferred: ReadonlyArray<() => void>;
}

/** Builtins that are executed by XState itself once the step is committed. */
const replayedBuiltins = new Set(['xstate.spawnChild', 'xstate.stopChild', 'xstate.emit', 'xstate.log']);

export function stageTransition(
	machine: AnyStateMachine,
	current: AnyMachineSnapshot,
	event: AnyEventObject,
	scope: AnyActorScope,
): Staged {
	return collect(scope, (staging) => machine.transition(current, event, staging) as AnyMachineSnapshot);
}

export function stageInitial(machine: AnyStateMachine, input: unknown, scope: AnyActorScope): Staged {
	return collect(scope, (staging) => machine.getInitialSnapshot(staging, input) as AnyMachineSnapshot);
}

function collect(scope: AnyActorScope, compute: (staging: AnyActorScope) => AnyMachineSnapshot): Staged {
	const actions: CollectedAction[] = [];
	const deferred: Array<() => void> = [];
	let replaying = false;
	const execute = scope.actionExecutor;
	const actionExecutor: ActionExecutor = (action) => {
		actions.push({
			type: action.type,
			params: action.params,
			execute() {
				replaying = true;
				execute(action);
			},
		});
	};
	const staging: AnyActorScope = {
		...scope,
		system: silence(scope.system),
		actionExecutor,
		defer: (callback) => (replaying ? scope.defer(callback) : deferred.push(callback)),
	};
	return { next: compute(staging), actions, deferred };
}

const silenced = new WeakMap<AnyActorScope['system'], AnyActorScope['system']>();

/** The same system without inspection: microsteps of a staged step must not be told to anybody. */
function silence(system: AnyActorScope['system']): AnyActorScope['system'] {
	const known = silenced.get(system);
	if (known) return known;
	const silent = Object.create(system, { _sendInspectionEvent: { value: () => {} } });
	silenced.set(system, silent);
	return silent;
}

/** Executes what XState has to do itself, in the order it was collected. */
export function replay(staged: Staged, scope: AnyActorScope): void {
	for (const action of staged.actions) {
		if (replayedBuiltins.has(action.type)) action.execute();
	}
	for (const callback of staged.deferred) scope.defer(callback);
}
