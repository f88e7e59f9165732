/** Routes about the past: of agents by their id or name, and of every actor by its address. */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { agentAddress } from '../agents/address.ts';
import type { Reads } from '../agents/views.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { idParams } from '../http/fields.ts';
import { type Principal, type Route, type RouteSpec, route, type StreamReply } from '../http/route.ts';
import type { Shown } from './disclosing.ts';
import type { History } from './history.ts';
import {
	compareQuery,
	comparisonResource,
	contextQuery,
	momentResource,
	overviewResource,
	versionParam,
} from './schemas.ts';

export interface HistoryRouteDeps {
	readonly history: History;
	readonly reads: Pick<Reads, 'agent'>;
}

const jsonLines = 'application/jsonl';

type Names = Readonly<Record<string, string>>;

/** The same routes for whatever names an actor. */
interface Naming<P extends Names> {
	readonly tag: string;
	readonly params: z.ZodObject<{ [Name in keyof P]: z.ZodString }>;
	readonly paths: Readonly<Record<'overview' | 'moment' | 'compare' | 'journal' | 'bundle', `/${string}`>>;
	readonly error: 'agent_not_found' | 'actor_not_found';
	/** In summaries. */
	readonly whose: string;
	address(params: P, deps: HistoryRouteDeps): Promise<string>;
	name(params: P): string;
}

const ofAgents: Naming<{ id: string }> = {
	tag: 'agents',
	params: idParams,
	paths: {
		overview: '/agents/{id}/history',
		compare: '/agents/{id}/history/compare',
		moment: '/agents/{id}/history/{version}',
		journal: '/agents/{id}/journal',
		bundle: '/agents/{id}/bundle',
	},
	error: 'agent_not_found',
	whose: "An agent's",
	address: async ({ id }, { reads }) => agentAddress((await reads.agent(id))?.id ?? id),
	name: ({ id }) => id,
};

const ofActors: Naming<{ address: string }> = {
	tag: 'history',
	params: z.object({
		address: z.string().min(1).describe('`agent:agt_…`, `task:tsk_…`, `orchestrator:main/wfl_…`, …'),
	}),
	paths: {
		overview: '/history/{address}',
		compare: '/history/{address}/compare',
		journal: '/history/{address}/journal',
		bundle: '/history/{address}/bundle',
		moment: '/history/{address}/{version}',
	},
	error: 'actor_not_found',
	whose: "Any actor's",
	address: async ({ address }) => address,
	name: ({ address }) => address,
};

export const historyRoutes: ReadonlyArray<Route<HistoryRouteDeps>> = [...routesOf(ofAgents), ...routesOf(ofActors)];

function routesOf<P extends Names>(naming: Naming<P>): ReadonlyArray<Route<HistoryRouteDeps>> {
	return [overviewRoute(naming), compareRoute(naming), journalRoute(naming), bundleRoute(naming), momentRoute(naming)];
}

function overviewRoute<P extends Names>(naming: Naming<P>): Route<HistoryRouteDeps> {
	return route(
		{
			...shapeOf(naming),
			path: naming.paths.overview,
			summary: `${naming.whose} whole past, in parts: states, failures, beginnings`,
			params: paramsOf(naming),
			responses: { 200: { description: 'The past', schema: overviewResource } },
			errors: [naming.error],
		},
		async ({ params }, deps: HistoryRouteDeps) => {
			const body = await ask(naming, params, deps, (address) => deps.history.overview(address));
			return { status: 200, body };
		},
	);
}

function momentRoute<P extends Names>(naming: Naming<P>): Route<HistoryRouteDeps> {
	return route(
		{
			...shapeOf(naming),
			path: naming.paths.moment,
			summary: `${naming.whose} state as of one of its versions, what led to it, and what it led to`,
			params: naming.params.extend({ version: versionParam }) as unknown as z.ZodType<P & { version: number }>,
			query: contextQuery,
			responses: { 200: { description: 'The moment', schema: momentResource } },
			errors: [naming.error, 'version_not_found'],
		},
		async ({ params, query, principal }, deps: HistoryRouteDeps) => {
			const shown = demandShown(query.context, principal);
			const read = (address: string) => deps.history.moment(address, params.version, shown);
			return { status: 200, body: await ask(naming, params, deps, read) };
		},
	);
}

function compareRoute<P extends Names>(naming: Naming<P>): Route<HistoryRouteDeps> {
	return route(
		{
			...shapeOf(naming),
			path: naming.paths.compare,
			summary: `${naming.whose} differences between two versions`,
			params: paramsOf(naming),
			query: compareQuery,
			responses: { 200: { description: 'The differences', schema: comparisonResource } },
			errors: [naming.error, 'version_not_found'],
		},
		async ({ params, query, principal }, deps: HistoryRouteDeps) => {
			const { from, to } = query;
			const shown = demandShown(query.context, principal);
			const compare = (address: string) => deps.history.compare(address, { from, to }, shown);
			return { status: 200, body: await ask(naming, params, deps, compare) };
		},
	);
}

function journalRoute<P extends Names>(naming: Naming<P>): Route<HistoryRouteDeps> {
	return route(
		{
			...shapeOf(naming),
			path: naming.paths.journal,
			summary: `${naming.whose} whole journal, one transition a line`,
			params: paramsOf(naming),
			responses: linesOf('JSON lines, each as in the listing of transitions'),
			errors: [naming.error],
		},
		async ({ params, signal }, deps: HistoryRouteDeps) => {
			return streamLines(await ask(naming, params, deps, (address) => deps.history.journal(address)), signal);
		},
	);
}

function bundleRoute<P extends Names>(naming: Naming<P>): Route<HistoryRouteDeps> {
	return route(
		{
			...shapeOf(naming),
			path: naming.paths.bundle,
			summary: `${naming.whose} journal as a bug report that replays elsewhere, without any text of people or agents`,
			params: paramsOf(naming),
			responses: linesOf('JSON lines: a header, the transitions, an end'),
			errors: [naming.error],
		},
		async ({ params, signal }, deps: HistoryRouteDeps) => {
			return streamLines(await ask(naming, params, deps, (address) => deps.history.bundle(address)), signal);
		},
	);
}

function shapeOf<P extends Names>({ tag }: Naming<P>) {
	return { method: 'get', scope: 'read', tag } as const;
}

function paramsOf<P extends Names>({ params }: Naming<P>): z.ZodType<P> {
	return params as unknown as z.ZodType<P>;
}

function linesOf(description: string): RouteSpec['responses'] {
	return { 200: { description, schema: z.string(), contentType: jsonLines } };
}

/** An agent that is gone may still have a journal; one that never was has none. */
async function ask<P extends Names, T>(
	naming: Naming<P>,
	asked: P,
	deps: HistoryRouteDeps,
	question: (address: string) => Promise<T>,
): Promise<T> {
	try {
		return await question(await naming.address(asked, deps));
	} catch (thrown) {
		if (naming.error === 'actor_not_found' || toStatecraftError(thrown).code !== 'actor_not_found') throw thrown;
		throw new StatecraftError(naming.error, `There is no agent "${naming.name(asked)}"`);
	}
}

function demandShown(asked: Shown, { scopes }: Principal): Shown {
	if (asked === 'full' && !scopes.has('admin')) {
		throw new StatecraftError('forbidden', 'Only a token with the scope "admin" is shown what is redacted', {
			expected: 'admin',
			actual: [...scopes],
		});
	}
	return asked;
}

function streamLines(lines: AsyncIterable<unknown>, signal: AbortSignal): StreamReply {
	return {
		async stream({ response }) {
			response.writeHead(200, { 'content-type': jsonLines });
			const texts = async function* () {
				for await (const line of lines) yield `${JSON.stringify(line)}\n`;
			};
			// A client that goes away is nobody's fault, and is told nothing.
			await pipeline(Readable.from(texts()), response, { signal }).catch((error: Error) => {
				if (!signal.aborted && !response.destroyed) throw error;
			});
		},
	};
}
