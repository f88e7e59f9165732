/**
 * Steps of the agent machine with no system around it: what the machine asked for is collected, and
 * which of its transitions were taken is told. Restarts go through the text that the store would keep.
 */

import { type AnyActorScope, type AnyMachineSnapshot, type AnyTransitionDefinition, createEmptyActor } from 'xstate';
import { agentMachine } from '../../machines/agent.ts';
import type { AgentCommandEvent, AgentContext, AgentEvent, AgentInput } from '../../machines/agent-model.ts';
import { agentAddress } from '../../src/agents/address.ts';
import { hashDefinition, type StepView, type Writes } from '../../src/durable/definition.ts';
import { planRestore } from '../../src/durable/restoration.ts';
import { serializeSnapshot } from '../../src/durable/snapshot.ts';
import type { StoredActor } from '../../src/durable/store.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';

/** An effect or a timer, as the machine asked for it. */
export interface AskedAction {
	readonly type: string;
	readonly params: Readonly<Record<string, unknown>>;
}

/** What one event did to an agent. */
export interface MachineStep {
	/** Null for the agent's first step. */
	readonly before: AnyMachineSnapshot | null;
	readonly after: AnyMachineSnapshot;
	readonly event: AgentEvent;
	/** Whether the machine can take the event: the same question that the durable core asks. */
	readonly accepted: boolean;
	readonly actions: readonly AskedAction[];
	readonly taken: readonly AnyTransitionDefinition[];
}

export const agentDefinition = inertAgentDefinition;
export const definitionHash = hashDefinition(agentMachine);

const noChild = (): never => {
	throw new Error('an agent has no children');
};

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
	id: 'agent',
	sessionId: self.sessionId,
	system: self.system,
	logger: () => {},
	defer: () => {},
	emit: () => {},
	stopChild: () => {},
	actionExecutor: ({ type, params }) => void actions.push({ type, params: params as AskedAction['params'] }),
};

function collect(compute: () => AnyMachineSnapshot): Pick<MachineStep, 'after' | 'actions' | 'taken'> {
	actions = [];
	taken = [];
	const after = compute();
	// Assignments are the machine's own business: they have happened in `after`.
	return { after, actions, taken };
}

export function createAgent(input: AgentInput, at = 0): MachineStep {
	const event = { type: 'xstate.init', input, at } as unknown as AgentEvent;
	const computed = collect(() => agentMachine.getInitialSnapshot(scope, input) as AnyMachineSnapshot);
	return { before: null, event, accepted: true, ...computed };
}

export function takeStep(before: AnyMachineSnapshot, command: AgentCommandEvent, at: number): MachineStep {
	const event: AgentEvent = { ...command, at };
	const accepted = before.can(event);
	return { before, event, accepted, ...collect(() => agentMachine.transition(before as never, event, scope)) };
}

export function contextOf(snapshot: AnyMachineSnapshot): AgentContext {
	return snapshot.context as AgentContext;
}

/** The text that the store would keep. */
export function persist(snapshot: AnyMachineSnapshot): string {
	return serializeSnapshot(agentMachine, snapshot, noChild);
}

/** What a program finds that is started on the stored text: parsed, migrated, validated, restored. */
export function restart(text: string): AnyMachineSnapshot {
	const { durable, ...persisted } = planRestore(storedRow(text), agentDefinition, () => []).snapshot;
	return agentMachine.restoreSnapshot(persisted as never, scope) as AnyMachineSnapshot;
}

export function storedRow(snapshot: string, version = 1): StoredActor {
	const { agentId } = (JSON.parse(snapshot) as { context: AgentContext }).context;
	return {
		address: agentAddress(agentId),
		parent: null,
		source: null,
		machineId: agentMachine.id,
		machineVersion: agentDefinition.version,
		definitionHash,
		version,
		status: 'active',
		snapshot,
		quarantine: null,
	};
}

/** Rows and events that the step writes, and messages that it sends. */
export function projectStep(step: MachineStep): Required<Writes> {
	return { records: [], events: [], messages: [], ...agentDefinition.project?.(viewOf(step)) };
}

/** The step as definitions see it. */
export function viewOf({ before, after, event }: MachineStep): StepView {
	const address = agentAddress(contextOf(after).agentId);
	return { address, version: 2, previous: before, next: after, event, at: event.at };
}
