/** Routes about groups of agents. */

import type { z } from 'zod';
import { StatecraftError } from '../../errors.ts';
import { conditionBody, idParams, listingOf, pageQuery, renderTime } from '../../http/fields.ts';
import { answerListing, type JsonReply, type Route, type RouteSpec, route } from '../../http/route.ts';
import { groupResource, saveGroupBody } from './schemas.ts';
import type { GroupService } from './service.ts';
import type { GroupReads, GroupView } from './views.ts';

export interface GroupRouteDeps {
	readonly groups: GroupService;
	readonly reads: Pick<GroupReads, 'groups' | 'group'>;
}

const tag = 'groups';
const groupPath = (id: string) => `/groups/${id}`;
const groupAnswer = { 200: { description: 'The group after the commit', schema: groupResource } };
const keyed: RouteSpec['keyed'] = { status: 200, resource: groupPath };

const createGroup = route(
	{
		method: 'post',
		path: '/groups',
		scope: 'admin',
		tag,
		summary: 'Make a group of agents that are restarted together',
		body: saveGroupBody,
		responses: { 201: { description: 'The new group', schema: groupResource } },
		errors: ['group_name_taken'],
		keyed: { status: 201, resource: groupPath },
	},
	async ({ body, conditions }, { groups, reads }: GroupRouteDeps) => {
		const { id } = await groups.create(body, conditions());
		const reply = answerGroup(await findGroup(reads, id), 201);
		return { ...reply, headers: { Location: groupPath(id) } };
	},
);

const listGroups = route(
	{
		method: 'get',
		path: '/groups',
		scope: 'read',
		tag,
		summary: 'Groups of agents, by name',
		query: pageQuery,
		responses: { 200: { description: 'A page of groups', schema: listingOf(groupResource) } },
	},
	async ({ query }, { reads }: GroupRouteDeps) => answerListing(await reads.groups(query), renderGroup, query),
);

const readGroup = route(
	{
		method: 'get',
		path: '/groups/{id}',
		scope: 'read',
		tag,
		summary: 'One group, by id or name',
		params: idParams,
		responses: { 200: { description: 'The group', schema: groupResource } },
		errors: ['group_not_found'],
	},
	async ({ params }, { reads }: GroupRouteDeps) => answerGroup(await findGroup(reads, params.id)),
);

const replaceGroup = route(
	{
		method: 'put',
		path: '/groups/{id}',
		scope: 'admin',
		tag,
		summary: 'Replace the configuration of a group',
		params: idParams,
		body: saveGroupBody,
		responses: groupAnswer,
		errors: ['group_not_found', 'group_name_taken', 'stale_state'],
		keyed,
	},
	async ({ params, body, conditions }, { groups, reads }: GroupRouteDeps) => {
		const { id } = await findGroup(reads, params.id);
		await groups.replace(id, body, conditions());
		return answerGroup(await findGroup(reads, id));
	},
);

const removeGroup = route(
	{
		method: 'delete',
		path: '/groups/{id}',
		scope: 'admin',
		tag,
		summary: 'Remove a group; its agents stay as they are',
		params: idParams,
		body: conditionBody,
		responses: { 204: { description: 'It is gone' } },
		errors: ['group_not_found', 'stale_state'],
		keyed: { status: 204, resource: groupPath },
	},
	async ({ params, body, conditions }, { groups, reads }: GroupRouteDeps) => {
		await groups.remove((await findGroup(reads, params.id)).id, conditions(body));
		return { status: 204 };
	},
);

const resetGroup = route(
	{
		method: 'post',
		path: '/groups/{id}/reset',
		scope: 'admin',
		tag,
		summary: 'Let a group that rests watch again; forgets its restarts',
		params: idParams,
		body: conditionBody,
		responses: groupAnswer,
		errors: ['group_not_found', 'stale_state'],
		keyed,
	},
	async ({ params, body, conditions }, { groups, reads }: GroupRouteDeps) => {
		const { id } = await findGroup(reads, params.id);
		await groups.reset(id, conditions(body));
		return answerGroup(await findGroup(reads, id));
	},
);

export const groupRoutes: ReadonlyArray<Route<GroupRouteDeps>> = [
	createGroup,
	listGroups,
	readGroup,
	replaceGroup,
	removeGroup,
	resetGroup,
];

async function findGroup(reads: Pick<GroupReads, 'group'>, idOrName: string): Promise<GroupView> {
	const group = await reads.group(idOrName);
	if (group === undefined) throw new StatecraftError('group_not_found', `There is no group "${idOrName}"`);
	return group;
}

/** The group as it stands after the commit. */
function answerGroup(group: GroupView, status = 200): JsonReply {
	return { status, body: renderGroup(group), version: group.version };
}

/** A group as the API answers it. */
export function renderGroup(group: GroupView): z.input<typeof groupResource> {
	const { members, createdAt, updatedAt } = group;
	return {
		...group,
		members: members.map(({ id, name }) => ({ id, name })),
		createdAt: renderTime(createdAt),
		updatedAt: renderTime(updatedAt),
	};
}
