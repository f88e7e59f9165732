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

/** The same routes for whatever names an actor. */
interface Naming<P extends Readonly<Record<string, string>>> {
	readonly tag: string;
	readonly params: z.ZodObject<{ [Name in keyof P]: z.ZodString }>;
	readonly paths: Readonly<Record<'overview' | 'moment' | 'compare' | 'journal' | 'bundle', `/${string}`>>;
	readonly error: 'agent_not_found' | 'actor_not_found';
	/** `suffix` names the routes apart in summaries. */
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

function routesOf<P extends Readonly<Record<string, string>>>(
	naming: Naming<P>,
): ReadonlyArray<Route<HistoryRouteDeps>> {
	const { tag, paths, whose, error } = naming;
	const params = naming.params as unknown as z.ZodType<P>;
	const momentParams = naming.params.extend({ version: versionParam }) as unknown as z.ZodType<P & { version: number }>;
	const shape = { method: 'get', scope: 'read', tag } as const;
	const lines = (description: string): RouteSpec['responses'] => ({
		200: { description, schema: z.string(), contentType: jsonLines },
	});

	/** An agent that is gone may still have a journal; one that never was has none. */
	async function ask<T>(asked: P, deps: HistoryRouteDeps, question: (address: string) => Promise<T>): Promise<T> {
		try {
			return await question(await naming.address(asked, deps));
		} catch (thrown) {
			if (error === 'actor_not_found' || toStatecraftError(thrown).code !== 'actor_not_found') throw thrown;
			throw new StatecraftError(error, `There is no agent "${naming.name(asked)}"`);
		}
	}

	return [
		route(
			{
				...shape,
				path: paths.overview,
				summary: `${whose} whole past, in parts: states, failures, beginnings`,
				params,
				responses: { 200: { description: 'The past', schema: overviewResource } },
				errors: [error],
			},
			async (request, deps: HistoryRouteDeps) => {
				return { status: 200, body: await ask(request.params, deps, (address) => deps.history.overview(address)) };
			},
		),
		route(
			{
				...shape,
				path: paths.compare,
				summary: `${whose} differences between two versions`,
				params,
				query: compareQuery,
				responses: { 200: { description: 'The differences', schema: comparisonResource } },
				errors: [error, 'version_not_found'],
			},
			async (request, deps: HistoryRouteDeps) => {
				const shown = demandShown(request.query.context, request.principal);
				const { from, to } = request.query;
				const compare = (address: string) => deps.history.compare(address, { from, to }, shown);
				return { status: 200, body: await ask(request.params, deps, compare) };
			},
		),
		route(
			{
				...shape,
				path: paths.journal,
				summary: `${whose} whole journal, one transition a line`,
				params,
				responses: lines('JSON lines, each as in the listing of transitions'),
				errors: [error],
			},
			async (request, deps: HistoryRouteDeps) => {
				const journal = await ask(request.params, deps, (address) => deps.history.journal(address));
				return streamLines(journal, request.signal);
			},
		),
		route(
			{
				...shape,
				path: paths.bundle,
				summary: `${whose} journal as a bug report that replays elsewhere, without any text of people or agents`,
				params,
				responses: lines('JSON lines: a header, the transitions, an end'),
				errors: [error],
			},
			async (request, deps: HistoryRouteDeps) => {
				const bundle = await ask(request.params, deps, (address) => deps.history.bundle(address));
				return streamLines(bundle, request.signal);
			},
		),
		route(
			{
				...shape,
				path: paths.moment,
				summary: `${whose} state as of one of its versions, what led to it, and what it led to`,
				params: momentParams,
				query: contextQuery,
				responses: { 200: { description: 'The moment', schema: momentResource } },
				errors: [error, 'version_not_found'],
			},
			async (request, deps: HistoryRouteDeps) => {
				const shown = demandShown(request.query.context, request.principal);
				const read = (address: string) => deps.history.moment(address, request.params.version, shown);
				return { status: 200, body: await ask(request.params, deps, read) };
			},
		),
	];
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
