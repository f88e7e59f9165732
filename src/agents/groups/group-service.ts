/**
 * The group service: what people ask of groups, turned into events of groups' machines and rows of the
 * same transaction.
 *
 * 1. An agent is in one group at most: whoever changes members waits until the change before is committed.
 * 2. Members learn of joining and leaving from the group's machine, in messages of its step: no crash
 *    comes between. So a removal is two commits. The first ends the group for everybody: its row is gone
 *    and its members are told. The second only clears the actor away, and is done at boot if it was not.
 */

import type { GroupCommandEvent, GroupInput, GroupSettings } from '../../../machines/agent-group-model.ts';
import { auditRecord } from '../../audit/record.ts';
import type { Clock } from '../../durable/clock.ts';
import type { ColumnValue, DomainRecord } from '../../durable/store.ts';
import type { DurableSystem, SendOptions } from '../../durable/system.ts';
import { StatecraftError, toStatecraftError } from '../../errors.ts';
import { createEvent } from '../../events/catalogue.ts';
import { createId } from '../../ids.ts';
import { deedOf } from '../agent-audit.ts';
import { attribution, toSendOptions } from '../agent-commands.ts';
import type { Conditions } from '../service.ts';
import type { Reads } from '../views.ts';
import { groupAddress, groupKind } from './address.ts';
import { findMembers } from './members.ts';
import type { GroupService, SaveGroup } from './service.ts';
import type { GroupReads, GroupView } from './views.ts';

export interface GroupServiceDeps {
	readonly system: DurableSystem;
	readonly reads: GroupReads & Pick<Reads, 'agent'>;
	readonly clock: Clock;
}

export function createGroupService({ system, reads, clock }: GroupServiceDeps): GroupService {
	let last: Promise<unknown> = Promise.resolve();

	/** One change after the other. */
	function inTurn<T>(change: () => Promise<T>): Promise<T> {
		const turn = last.then(change);
		last = turn.catch(() => undefined);
		return turn;
	}

	async function toSettings(input: SaveGroup, groupId: string | null): Promise<GroupSettings> {
		const { strategy, maxRestarts = 3, withinSeconds = 60 } = input;
		return { strategy, members: await findMembers(reads, input.members, groupId), maxRestarts, withinSeconds };
	}

	async function send(id: string, event: GroupCommandEvent, options: SendOptions): Promise<void> {
		try {
			await system.send(groupAddress(id), event, options);
		} catch (thrown) {
			const error = toStatecraftError(thrown);
			const gone = error.code === 'actor_not_found' || error.code === 'actor_stopped' || isDisbanded(id);
			throw gone ? noSuchGroup(id) : error;
		}
	}

	async function requireView(id: string): Promise<GroupView> {
		const group = await reads.group(id);
		if (group?.id !== id) throw noSuchGroup(id);
		return group;
	}

	function isDisbanded(id: string): boolean {
		return system.get(groupAddress(id))?.getSnapshot().status === 'done';
	}

	/** The only unique column that a client chooses is the name. */
	async function nameTaken(thrown: unknown, name: string): Promise<never> {
		const error = toStatecraftError(thrown);
		const other = error.code === 'constraint_violated' ? await reads.group(name) : undefined;
		if (!other) throw error;
		throw new StatecraftError('group_name_taken', `${other.id} is named ${name} already`, { actual: other.id });
	}

	function audited(id: string, what: string, conditions: Conditions): DomainRecord {
		return auditRecord(clock.now(), { ...deedOf(conditions), action: `group.${what}`, subject: id });
	}

	return {
		create: (input, conditions) =>
			inTurn(async () => {
				const at = clock.now();
				const id = createId('group', at);
				const machineInput: GroupInput = { groupId: id, ...(await toSettings(input, null)) };
				const row: DomainRecord = { op: 'insert', table: 'agent_groups', row: groupRow(input.name, machineInput, at) };
				const records = [row, audited(id, 'create', conditions), ...(conditions.records?.(id) ?? [])];
				const events = [createEvent('group.created', null, at, { groupId: id, name: input.name })];
				await system
					.spawn(groupKind, id, machineInput, { records, events })
					.catch((error) => nameTaken(error, input.name));
				return { id };
			}),
		replace: (id, input, conditions) =>
			inTurn(async () => {
				const event: GroupCommandEvent = { type: 'CONFIGURE', ...(await toSettings(input, id)) };
				const options = toSendOptions(conditions, id);
				const named: DomainRecord = { op: 'update', table: 'agent_groups', id, set: { name: input.name } };
				const records = [named, audited(id, 'edit', conditions), ...(options.records ?? [])];
				await send(id, event, { ...options, records }).catch((error) => nameTaken(error, input.name));
			}),
		remove: (id, conditions) =>
			inTurn(async () => {
				const group = await requireView(id);
				const events = [createEvent('group.deleted', null, clock.now(), { groupId: id, name: group.name })];
				const options = toSendOptions(conditions, id);
				const records = [audited(id, 'delete', conditions), ...(options.records ?? [])];
				await send(id, { type: 'DISBAND', ...attribution(conditions) }, { ...options, records, events });
				await system.remove(groupAddress(id));
			}),
		reset(id, conditions) {
			const options = toSendOptions(conditions, id);
			const records = [audited(id, 'reset', conditions), ...(options.records ?? [])];
			return send(id, { type: 'RESET', ...attribution(conditions) }, { ...options, records });
		},
		renew: (id, conditions) =>
			inTurn(async () => {
				const { strategy, members, maxRestarts, withinSeconds } = await requireView(id);
				const memberIds = members.map((member) => member.id);
				const machineInput: GroupInput = { groupId: id, strategy, members: memberIds, maxRestarts, withinSeconds };
				const { records } = toSendOptions(conditions, id);
				await system.reset(groupAddress(id), machineInput, { records: records ?? [] });
			}),
		async sweep() {
			const gone = system.list(groupKind).filter((actor) => actor.getSnapshot().status === 'done');
			for (const { address } of gone) await system.remove(address);
		},
	};
}

function noSuchGroup(id: string): StatecraftError {
	return new StatecraftError('group_not_found', `there is no group ${id}`);
}

/** Projected anew by every step, the first one included, but for id, name and time of creation. */
function groupRow(name: string, input: GroupInput, at: number): Readonly<Record<string, ColumnValue>> {
	return {
		id: input.groupId,
		name,
		strategy: input.strategy,
		members: JSON.stringify(input.members),
		max_restarts: input.maxRestarts,
		within_seconds: input.withinSeconds,
		state: 'watching',
		version: 1,
		created_at: at,
		updated_at: at,
	};
}
