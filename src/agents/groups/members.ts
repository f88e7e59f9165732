/** From the members that a request names to ids of agents that may be in the group. */

import { StatecraftError } from '../../errors.ts';
import type { Reads } from '../views.ts';
import type { GroupReads } from './views.ts';

type MemberReads = Pick<GroupReads, 'groupOf'> & Pick<Reads, 'agent'>;

/**
 * Ids in the order given; rejects with `invalid_request` and an issue for each that cannot be a member
 * of the group, which is null for one that is being made.
 */
export async function findMembers(
	reads: MemberReads,
	idsOrNames: readonly string[],
	groupId: string | null,
): Promise<readonly string[]> {
	const members: string[] = [];
	const issues: Array<{ readonly path: string; readonly message: string }> = [];
	for (const [index, idOrName] of idsOrNames.entries()) {
		const found = await findMember(reads, idOrName, groupId, members);
		if ('id' in found) members.push(found.id);
		else issues.push({ path: `members.${index}`, message: found.objection });
	}
	if (issues.length === 0) return members;
	const detail = issues.map(({ message }) => message).join('; ');
	throw new StatecraftError('invalid_request', `Not everybody can be a member: ${detail}`, { issues });
}

async function findMember(
	reads: MemberReads,
	idOrName: string,
	groupId: string | null,
	earlier: readonly string[],
): Promise<{ readonly id: string } | { readonly objection: string }> {
	const agent = await reads.agent(idOrName);
	if (!agent) return { objection: `there is no agent "${idOrName}"` };
	if (earlier.includes(agent.id)) return { objection: `${agent.name} is named twice` };
	const other = await reads.groupOf(agent.id);
	if (!other || other.id === groupId) return { id: agent.id };
	return { objection: `${agent.name} is in the group ${other.name}, and an agent is in one group at most` };
}
