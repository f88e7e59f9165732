/** Steps of the group machine with no system around it, and whom it told what. */

import assert from 'node:assert/strict';
import type { AnyMachineSnapshot } from 'xstate';
import type { GroupCommandEvent, GroupContext, GroupInput } from '../../machines/agent-group-model.ts';
import { groupAddress } from '../../src/agents/groups/address.ts';
import { groupDefinition } from '../../src/agents/groups/group-definition.ts';
import type { Told } from '../../src/durable/definition.ts';
import { createMachineSteps, type MachineStep } from './machine-steps.ts';

const steps = createMachineSteps<GroupCommandEvent>(groupDefinition);

export interface GroupStep extends MachineStep<GroupCommandEvent> {
	/** Messages to members. */
	readonly told: readonly Told[];
}

export const groupSteps = {
	...steps,
	create: (input: GroupInput, at: number) => withTold(steps.create(input, at)),
	take: (before: AnyMachineSnapshot, command: GroupCommandEvent, at: number) =>
		withTold(steps.take(before, command, at)),
};

function withTold(step: MachineStep<GroupCommandEvent>): GroupStep {
	const told = step.actions.map(({ type, params }) => {
		assert.equal(type, 'tell', 'a group only tells');
		return params as unknown as Told;
	});
	return { ...step, told };
}

export function contextOfGroup(snapshot: AnyMachineSnapshot): GroupContext {
	return snapshot.context as GroupContext;
}

/** Rows and events that the step writes. */
export function projectGroup(step: GroupStep, version?: number) {
	return steps.project(step, groupAddress(contextOfGroup(step.after).groupId), version);
}
