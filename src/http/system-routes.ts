/** Routes about Statecraft itself: is it up, what does it run, what was set aside. */

import { homedir } from 'node:os';
import { z } from 'zod';
import type { DriverOffer } from '../agents/drivers/driver-offers.ts';
import { groupIdOf } from '../agents/groups/address.ts';
import type { GroupService } from '../agents/groups/service.ts';
import type { AgentService } from '../agents/service.ts';
import type { Reads } from '../agents/views.ts';
import { StatecraftError } from '../errors.ts';
import { supervisorIdOf } from '../supervisors/address.ts';
import type { SupervisorService } from '../supervisors/service.ts';
import { taskIdOf } from '../tasks/address.ts';
import type { TaskService } from '../tasks/service.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { conditionBody, idParams, listingOf, pageQuery } from './fields.ts';
import { answerAll, type Route, route } from './route.ts';

/** A machine as Stately Studio and the inspector read it. */
export interface MachineOffer {
	readonly id: string;
	/** Version of its snapshots' shape. */
	readonly version: number;
	/** Its definition as JSON. */
	readonly definition: unknown;
}

export interface SystemRouteDeps {
	readonly agents: Pick<AgentService, 'repair'>;
	readonly groups: Pick<GroupService, 'renew'>;
	readonly supervisors: Pick<SupervisorService, 'resume'>;
	readonly tasks: Pick<TaskService, 'renew'>;
	readonly reads: Pick<Reads, 'quarantined'>;
	readonly metrics: Pick<Metrics, 'render' | 'contentType'>;
	readonly machines: readonly MachineOffer[];
	readonly drivers: { find(): Promise<readonly DriverOffer[]> };
	readonly isReady: () => boolean;
	/** The OpenAPI document. */
	readonly describeApi: () => unknown;
}

const tag = 'system';
const machineResource = z
	.strictObject({ id: z.string(), version: z.int(), definition: z.unknown() })
	.meta({ id: 'Machine' });
export const driverOffer = z
	.strictObject({
		kind: z.string(),
		protocol: z.string(),
		transport: z.string(),
		command: z.string().nullable(),
		args: z.array(z.string()),
		installed: z.boolean(),
		hint: z.string().nullable(),
	})
	.meta({ id: 'Driver' });
export const hostResource = z
	.strictObject({
		cwd: z.string().describe('Working directory of the server.'),
		home: z.string().describe('Home directory of its user.'),
	})
	.meta({ id: 'Host' });
const scope = z.enum(['read', 'prompt', 'answer', 'admin']);
export const principalResource = z
	.strictObject({
		name: z.string().describe('Name of the token.'),
		scopes: z.array(scope).describe('What it may do; `admin` may do everything.'),
	})
	.meta({ id: 'Principal' });
const quarantineResource = z
	.strictObject({
		address: z.string(),
		machineId: z.string(),
		machineVersion: z.int(),
		version: z.int(),
		reason: z.string(),
	})
	.meta({ id: 'Quarantine' });
const statusResource = z.strictObject({ status: z.literal(['ok', 'ready']) });

const readHealth = route(
	{
		method: 'get',
		path: '/health',
		scope: 'public',
		tag,
		summary: 'Whether the process answers',
		responses: { 200: { description: 'It does', schema: statusResource } },
	},
	async () => ({ status: 200, body: { status: 'ok' } }),
);

const readReadiness = route(
	{
		method: 'get',
		path: '/ready',
		scope: 'public',
		tag,
		summary: 'Whether reconciliation is done and changes are taken',
		responses: { 200: { description: 'They are', schema: statusResource } },
		errors: ['not_ready'],
	},
	async (_request, { isReady }: SystemRouteDeps) => {
		if (!isReady()) throw new StatecraftError('not_ready', 'Reconciliation is not done yet, or the server is closing');
		return { status: 200, body: { status: 'ready' } };
	},
);

const readMetrics = route(
	{
		method: 'get',
		path: '/metrics',
		scope: 'read',
		tag,
		summary: 'Metrics for Prometheus',
		responses: { 200: { description: 'Text exposition format', contentType: 'text/plain' } },
	},
	async (_request, { metrics }: SystemRouteDeps) => ({
		status: 200,
		text: await metrics.render(),
		contentType: metrics.contentType,
	}),
);

const readOpenApi = route(
	{
		method: 'get',
		path: '/openapi.json',
		scope: 'read',
		tag,
		summary: 'This API as an OpenAPI 3.1 document',
		responses: { 200: { description: 'The document', schema: z.looseObject({ openapi: z.string() }) } },
	},
	async (_request, { describeApi }: SystemRouteDeps) => ({ status: 200, body: describeApi() }),
);

const listMachines = route(
	{
		method: 'get',
		path: '/machines',
		scope: 'read',
		tag,
		summary: 'The statecharts that run here',
		query: pageQuery,
		responses: { 200: { description: 'A page of machines', schema: listingOf(machineResource) } },
	},
	async ({ query }, { machines }: SystemRouteDeps) => answerAll(machines, (item) => item, query),
);

const readMachine = route(
	{
		method: 'get',
		path: '/machines/{id}',
		scope: 'read',
		tag,
		summary: 'One statechart',
		params: idParams,
		responses: { 200: { description: 'The machine', schema: machineResource } },
		errors: ['not_found'],
	},
	async ({ params }, { machines }: SystemRouteDeps) => {
		const machine = machines.find(({ id }) => id === params.id);
		if (machine === undefined) throw new StatecraftError('not_found', `There is no machine "${params.id}"`);
		return { status: 200, body: machine };
	},
);

const listDrivers = route(
	{
		method: 'get',
		path: '/drivers',
		scope: 'read',
		tag,
		summary: 'Kinds of agents, and which are installed on this host',
		query: pageQuery,
		responses: { 200: { description: 'A page of drivers', schema: listingOf(driverOffer) } },
	},
	async ({ query }, { drivers }: SystemRouteDeps) => answerAll(await drivers.find(), (item) => item, query),
);

const readHost = route(
	{
		method: 'get',
		path: '/host',
		scope: 'read',
		tag,
		summary: 'Where the server runs: a start for the paths of new agents',
		responses: { 200: { description: 'The host', schema: hostResource } },
	},
	async () => ({ status: 200, body: { cwd: process.cwd(), home: homedir() } }),
);

const readPrincipal = route(
	{
		method: 'get',
		path: '/whoami',
		scope: 'read',
		tag,
		summary: 'Whose token this is, and what it may do',
		responses: { 200: { description: 'The token that was sent', schema: principalResource } },
	},
	async ({ principal: { name, scopes } }) => ({ status: 200, body: { name, scopes: [...scopes] } }),
);

const listQuarantine = route(
	{
		method: 'get',
		path: '/quarantine',
		scope: 'read',
		tag,
		summary: 'Actors that could not be restored, and why',
		query: pageQuery,
		responses: { 200: { description: 'A page of them', schema: listingOf(quarantineResource) } },
	},
	async ({ query }, { reads }: SystemRouteDeps) => answerAll(await reads.quarantined(), (item) => item, query),
);

const repairRoutes = (['retry', 'reset'] as const).map((how) =>
	route(
		{
			method: 'post',
			path: `/quarantine/{address}/${how}`,
			scope: 'admin',
			tag,
			summary: how === 'retry' ? 'Try to restore the actor again' : 'Start the actor afresh',
			params: z.object({ address: z.string().min(1) }),
			body: conditionBody,
			responses: { 204: { description: 'It runs' } },
			errors: ['actor_not_found', 'actor_quarantined'],
			keyed: { status: 204, resource: () => '/quarantine' },
		},
		async ({ params, body, conditions }, { agents, groups, supervisors, tasks }: SystemRouteDeps) => {
			const groupId = groupIdOf(params.address);
			const supervisorId = supervisorIdOf(params.address);
			const taskId = taskIdOf(params.address);
			if (how === 'reset' && groupId !== undefined) await groups.renew(groupId, conditions(body));
			// What was saved of a mission is not lost with its actor.
			else if (how === 'reset' && supervisorId !== undefined) {
				await supervisors.resume(supervisorId, 'manual', conditions(body));
			} else if (how === 'reset' && taskId !== undefined) await tasks.renew(taskId, conditions(body));
			else await agents.repair(params.address, how, conditions(body));
			return { status: 204 };
		},
	),
);

export const systemRoutes: ReadonlyArray<Route<SystemRouteDeps>> = [
	readHealth,
	readReadiness,
	readMetrics,
	readOpenApi,
	listMachines,
	readMachine,
	listDrivers,
	readHost,
	readPrincipal,
	listQuarantine,
	...repairRoutes,
];
