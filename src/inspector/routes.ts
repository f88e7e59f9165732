/** What the page of the inspector has to know before it opens anything. */

import { z } from 'zod';
import { type Route, route } from '../http/route.ts';
import { actorLimit } from './selection.ts';

export interface InspectorRouteDeps {
	readonly inspectorUrl: string;
}

export const inspectorResource = z
	.strictObject({
		url: z.string().meta({ description: 'Where the inspector is: a page of a third party, unless you run your own' }),
		actorLimit: z.int().meta({ description: 'Most actors that are shown at a time' }),
	})
	.meta({ id: 'Inspector' });

const readInspector = route(
	{
		method: 'get',
		path: '/inspector',
		scope: 'read',
		tag: 'system',
		summary: 'Which inspector /inspect opens',
		responses: { 200: { description: 'Its address', schema: inspectorResource } },
	},
	async (_request, { inspectorUrl }: InspectorRouteDeps) => ({
		status: 200,
		body: { url: inspectorUrl, actorLimit },
	}),
);

export const inspectorRoutes: ReadonlyArray<Route<InspectorRouteDeps>> = [readInspector];
