/** The client's part about supervisors. */

import type { z } from 'zod';
import type {
	checkpointResource,
	createSupervisorBody,
	restorationResource,
	supervisorResource,
} from '../supervisors/schemas.ts';
import type { HttpConnection, Query } from './http-connection.ts';
import { listAll, segment } from './listings.ts';
import type { ListingResource } from './resources.ts';

export type SupervisorResource = z.output<typeof supervisorResource>;
export type RestorationResource = z.output<typeof restorationResource>;
export type CheckpointResource = z.output<typeof checkpointResource>;

export interface SupervisorClient {
	supervisors(filter?: Query): Promise<ListingResource<SupervisorResource>>;
	supervisor(id: string): Promise<SupervisorResource>;
	createSupervisor(body: z.input<typeof createSupervisorBody>): Promise<SupervisorResource>;
	resumeSupervisor(id: string, reason?: string): Promise<RestorationResource>;
	/** Gives the mission to another agent, by id or name. */
	assignSupervisor(id: string, agent: string): Promise<RestorationResource>;
	checkpoints(id: string): Promise<ListingResource<CheckpointResource>>;
	failSupervisor(id: string, reason: string): Promise<SupervisorResource>;
	removeSupervisor(id: string): Promise<void>;
}

export function createSupervisorClient(http: HttpConnection): SupervisorClient {
	const path = (id: string): string => `/supervisors/${segment(id)}`;
	return {
		supervisors: (filter) => listAll(http, '/supervisors', filter),
		supervisor: (id) => http.request('GET', path(id)),
		createSupervisor: (body) => http.request('POST', '/supervisors', { body }),
		resumeSupervisor: (id, reason) => http.request('POST', `${path(id)}/resume`, { body: { reason } }),
		assignSupervisor: (id, agent) => http.request('POST', `${path(id)}/assign`, { body: { agent } }),
		checkpoints: (id) => listAll(http, `${path(id)}/checkpoints`),
		failSupervisor: (id, reason) => http.request('POST', `${path(id)}/fail`, { body: { reason } }),
		removeSupervisor: (id) => http.request('DELETE', path(id)),
	};
}
