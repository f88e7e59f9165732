/**
 * Steps of the group machine with no system around it: what the machine asked for is collected, and
 * which of its transitions were taken is told. Restarts go through the text that the store would keep.
 */

import { type AnyActorScope, type AnyMachineSnapshot, type AnyTransitionDefinition, createEmptyActor } from 'xstate';
import { agentGroupMachine } from '../../machines/agent-group.ts';
import type { GroupCommandEvent, GroupContext, GroupEvent, GroupInput } from '../../machines/agent-group-model.ts';
import { groupAddress } from '../../src/agents/groups/address.ts';
import { groupDefinition } from '../../src/agents/groups/group-definition.ts';
import { hashDefinition, type Writes } from '../../src/durable/definition.ts';
import { planRestore } from '../../src/durable/restoration.ts';
import { serializeSnapshot } from '../../src/durable/snapshot.ts';

/** A message to a member. */
export interface Told {
	readonly to: string;
	readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
}

export interface GroupStep {
	/** Null for the first step. */
	readonly before: AnyMachineSnapshot | null;
	readonly after: AnyMachineSnapshot;
	readonly event: GroupEvent;
	/** Whether the machine can take the event: the same question that the durable core asks. */
	readonly accepted: boolean;
	readonly told: readonly Told[];
	readonly taken: readonly AnyTransitionDefinition[];
}

const noChild = (): never => {
	throw new Error('a group has no children');
};

let told: Told[] = [];
let taken: AnyTransitionDefinition[] = [];

const self = createEmptyActor();
self.system.inspect({
	next(seen) {
		if (seen.type === '@xstate.microstep') taken.push(...seen._transitions);
	},
});
const scope: AnyActorScope = {
	self,
	id: 'agentGroup',
	sessionId: self.sessionId,
	system: self.system,
	logger: () => {},
	defer: () => {},
	emit: () => {},
	stopChild: () => {},
	actionExecutor({ type, params }) {
		if (type !== 'tell') throw new Error(`a group only tells, and does not ${type}`);
		told.push(params as unknown as Told);
	},
};

function collect(compute: () => AnyMachineSnapshot): Pick<GroupStep, 'after' | 'told' | 'taken'> {
	told = [];
	taken = [];
	return { after: compute(), told, taken };
}

export function createGroup(input: GroupInput, at: number): GroupStep {
	const event = { type: 'xstate.init', input, at } as unknown as GroupEvent;
	const computed = collect(() => agentGroupMachine.getInitialSnapshot(scope, input) as AnyMachineSnapshot);
	return { before: null, event, accepted: true, ...computed };
}

export function takeGroupStep(before: AnyMachineSnapshot, command: GroupCommandEvent, at: number): GroupStep {
	const event: GroupEvent = { ...command, at };
	// A group that has ended is asked nothing any more, by the durable core either.
	if (before.status !== 'active') return { before, after: before, event, accepted: false, told: [], taken: [] };
	const accepted = before.can(event);
	return { before, event, accepted, ...collect(() => agentGroupMachine.transition(before as never, event, scope)) };
}

export function contextOfGroup(snapshot: AnyMachineSnapshot): GroupContext {
	return snapshot.context as GroupContext;
}

/** The text that the store would keep. */
export function persistGroup(snapshot: AnyMachineSnapshot): string {
	return serializeSnapshot(agentGroupMachine, snapshot, noChild);
}

/** What a program finds that is started on the stored text: parsed, migrated, validated, restored. */
export function restartGroup(text: string): AnyMachineSnapshot {
	const { groupId } = (JSON.parse(text) as { context: GroupContext }).context;
	const row = {
		address: groupAddress(groupId),
		parent: null,
		source: null,
		machineId: agentGroupMachine.id,
		machineVersion: groupDefinition.version,
		definitionHash: hashDefinition(agentGroupMachine),
		version: 1,
		status: 'active',
		snapshot: text,
		quarantine: null,
	} as const;
	const { durable, ...persisted } = planRestore(row, groupDefinition, () => []).snapshot;
	return agentGroupMachine.restoreSnapshot(persisted as never, scope) as AnyMachineSnapshot;
}

/** Rows and events that the step writes. */
export function projectGroup(
	{ before, after, event }: GroupStep,
	version = 2,
): Pick<Required<Writes>, 'records' | 'events'> {
	const address = groupAddress(contextOfGroup(after).groupId);
	const view = { address, version, previous: before, next: after, event, at: event.at };
	return { records: [], events: [], ...groupDefinition.project?.(view) };
}
