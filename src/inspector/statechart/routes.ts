/** The route to the machines' pictures. */

import { z } from 'zod';
import { idParams } from '../../http/fields.ts';
import { route } from '../../http/route.ts';
import type { Diagrams } from './diagrams.ts';

export interface StatechartRouteDeps {
	readonly diagrams: Diagrams;
}

const drawDiagram = route(
	{
		method: 'get',
		path: '/machines/{id}/diagram.svg',
		scope: 'read',
		tag: 'system',
		summary: 'A statechart as a picture',
		params: idParams,
		query: z.strictObject({
			state: z.string().min(1).optional().meta({ description: 'State to mark as active; several with commas between' }),
		}),
		responses: { 200: { description: 'The picture', contentType: 'image/svg+xml' } },
		errors: ['not_found'],
	},
	async ({ params, query }, { diagrams }: StatechartRouteDeps) => ({
		status: 200,
		text: await diagrams.draw(params.id, query.state),
		contentType: 'image/svg+xml',
	}),
);

export const statechartRoutes = [drawDiagram];
