/** The group as a durable actor: its machine, what a stored context must look like, what its steps project. */

import type { AnyMachineSnapshot } from 'xstate';
import { z } from 'zod';
import { agentGroupMachine } from '../../../machines/agent-group.ts';
import {
	type GroupContext,
	type GroupEvent,
	groupStrategies,
	takenAlong,
	triggerOfGroup,
} from '../../../machines/agent-group-model.ts';
import type { DurableDefinition, StepView, Writes } from '../../durable/definition.ts';
import { formatState } from '../../durable/state-path.ts';
import type { DomainEvent } from '../../durable/store.ts';
import { createEvent } from '../../events/catalogue.ts';
import { groupKind } from './address.ts';

const groupContextSchema = z.strictObject({
	groupId: z.string(),
	strategy: z.enum(groupStrategies),
	members: z.array(z.string()),
	maxRestarts: z.number().int().nonnegative(),
	withinSeconds: z.number().positive(),
	restarts: z.array(z.number()),
	failures: z.record(z.string(), z.number().int().nonnegative()),
}) satisfies z.ZodType<GroupContext>;

const settings = ['strategy', 'members.*', 'maxRestarts', 'withinSeconds'];

export const groupDefinition: DurableDefinition = {
	kind: groupKind,
	machine: agentGroupMachine,
	version: 1,
	context: groupContextSchema,
	disclosed: {
		context: ['groupId', ...settings, 'restarts.*', 'failures.*'],
		event: ['agentId', 'generation', 'code', ...settings],
	},
	describe: ({ event }) => ({ trigger: triggerOfGroup(event), generation: null }),
	project: projectGroupStep,
};

/** The group's row is inserted by the service, with its name; the rest of it is written here and nowhere else. */
function projectGroupStep(step: StepView): Writes {
	const context = contextOf(step.next);
	const state = formatState(step.next.value);
	const { groupId: id, strategy, members, maxRestarts, withinSeconds } = context;
	if (state === 'disbanded') return { records: [{ op: 'delete', table: 'agent_groups', id }] };
	const set = {
		strategy,
		members: JSON.stringify(members),
		max_restarts: maxRestarts,
		within_seconds: withinSeconds,
		state,
		version: step.version,
		updated_at: step.at,
	};
	return { records: [{ op: 'update', table: 'agent_groups', id, set }], events: tellOfGroup(step, context, state) };
}

function tellOfGroup({ previous, next, event, at }: StepView, context: GroupContext, state: string): DomainEvent[] {
	if (previous === null) return [];
	const { groupId } = context;
	const known = event as GroupEvent;
	const updated = createEvent('group.updated', null, at, { groupId, state });
	if (known.type !== 'MEMBER_FAILED') return [updated];
	const failedAgentId = known.agentId;
	if (previous.value !== next.value) {
		return [updated, createEvent('group.escalated', failedAgentId, at, { groupId, failedAgentId })];
	}
	if (contextOf(previous).restarts === context.restarts) return [updated];
	const agentIds = takenAlong(context, failedAgentId);
	return [createEvent('group.restarting', failedAgentId, at, { groupId, failedAgentId, agentIds })];
}

function contextOf(snapshot: AnyMachineSnapshot): GroupContext {
	return snapshot.context as GroupContext;
}
