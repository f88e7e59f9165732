/** The client's part about the past of actors. */

import type { z } from 'zod';
import type { comparisonResource, momentResource } from '../history/schemas.ts';
import type { HttpConnection, Query } from './http-connection.ts';
import { segment } from './listings.ts';

export type MomentResource = z.output<typeof momentResource>;
export type ComparisonResource = z.output<typeof comparisonResource>;

export interface HistoryClient {
	moment(actor: string, version: number, query: Query): Promise<MomentResource>;
	compare(actor: string, query: Query): Promise<ComparisonResource>;
	/** JSON lines, as they come. */
	journal(actor: string): Promise<Response>;
	bundle(actor: string): Promise<Response>;
}

/** An actor is an agent by its id or name, or anything by its address: `task:tsk_…`. */
export function createHistoryClient(http: HttpConnection): HistoryClient {
	return {
		moment: (actor, version, query) => http.request('GET', `${pastOf(actor)}/${version}`, { query }),
		compare: (actor, query) => http.request('GET', `${pastOf(actor)}/compare`, { query }),
		journal: (actor) => http.open('GET', `${filesOf(actor)}/journal`),
		bundle: (actor) => http.open('GET', `${filesOf(actor)}/bundle`),
	};
}

export function isAddress(actor: string): boolean {
	return actor.includes(':');
}

function pastOf(actor: string): string {
	return isAddress(actor) ? `/history/${segment(actor)}` : `/agents/${segment(actor)}/history`;
}

function filesOf(actor: string): string {
	return isAddress(actor) ? `/history/${segment(actor)}` : `/agents/${segment(actor)}`;
}
