/** A client that keeps what `/stream` tells of resources, as a page does, and what the REST API says to compare. */

import { isDeepStrictEqual } from 'node:util';
import { resourceKinds } from '../../src/stream/resource.ts';
import type { ResourceKind } from '../../src/stream/views.ts';
import { type Listener, listen, type Message } from '../support/sockets.ts';

// biome-ignore lint/suspicious/noExplicitAny: resources of every shape.
export type Shown = any;

export interface Follower {
	readonly client: Listener;
	/** What it knows, by kind and id. */
	readonly known: Readonly<Record<ResourceKind, ReadonlyMap<string, Shown>>>;
	/** The last event it has, to take up again from. */
	cursor(): number;
}

export function follow(url: string, token: string, subscription: object, earlier?: Follower): Follower {
	const client = listen(`${url.replace('http', 'ws')}/stream?token=${token}`);
	const known = Object.fromEntries(
		resourceKinds.map((kind) => [kind, new Map(earlier?.known[kind] ?? [])]),
	) as unknown as Record<ResourceKind, Map<string, Shown>>;
	let cursor = 0;
	client.socket.on('message', (data) => {
		const message: Message = JSON.parse(String(data));
		if (message.type === 'snapshot.begin') cursor = message.cursor;
		if (message.type === 'event') cursor = message.seq;
		if (message.type === 'resource') known[message.resource as ResourceKind].set(message.data.id, message.data);
		if (message.type !== 'resource.removed') return;
		known[message.resource as ResourceKind].delete(message.id);
		forgetHistory(known, message.id);
	});
	client.send({ type: 'subscribe', resources: resourceKinds, ...subscription });
	return { client, known, cursor: () => cursor };
}

/** What is settled is not told of any more: it goes when what it belongs to does. What is under way is told. */
function forgetHistory(known: Readonly<Record<ResourceKind, Map<string, Shown>>>, goneId: string): void {
	for (const kind of ['request', 'prompt', 'run', 'dispatch'] as const)
		for (const [id, { agentId, workflowId, ...shown }] of known[kind])
			if ((workflowId ?? agentId) === goneId && isSettled(kind, shown)) known[kind].delete(id);
}

function isSettled(kind: ResourceKind, { status, completedAt, nextAttemptAt }: Shown): boolean {
	if (kind === 'run') return completedAt !== null;
	if (kind === 'dispatch') return status !== 'dispatched' && nextAttemptAt === null;
	return !['open', 'queued', 'running'].includes(status);
}

type Read = (path: string) => Promise<Shown>;

/** Where each kind is read alone, and where all that a newcomer is told of are listed. */
const places: Readonly<Record<Exclude<ResourceKind, 'actor' | 'run'>, { one: string; all?: string }>> = {
	agent: { one: '/agents', all: '/agents' },
	request: { one: '/requests', all: '/requests?status=open' },
	prompt: { one: '/prompts' },
	workflow: { one: '/workflows', all: '/workflows' },
	dispatch: { one: '/dispatches' },
	task: { one: '/tasks', all: '/tasks' },
	supervisor: { one: '/supervisors', all: '/supervisors' },
	group: { one: '/groups', all: '/groups' },
};

/** What differs between what a follower knows and what the API answers, of one agent or of all; empty where they agree. */
export async function findDifferences({ known }: Follower, get: Read, agentId?: string): Promise<readonly string[]> {
	const differences: string[] = [];
	const read = (path: string) => get(path).catch(() => undefined);
	const compare = (what: string, seen: unknown, answered: unknown) => {
		if (!isDeepStrictEqual(comparable(seen), comparable(answered)))
			differences.push(`${what}: ${JSON.stringify(comparable(seen))} is ${JSON.stringify(comparable(answered))}`);
	};
	for (const kind of Object.keys(places) as Array<keyof typeof places>)
		for (const id of await listIds(kind, known[kind], get, agentId))
			compare(`${kind} ${id}`, known[kind].get(id), await read(`${places[kind].one}/${id}`));
	const runs = await listOf(get, '/agents', 'runs');
	const unended = runs.filter((run) => run.completedAt === null && isOf(run, agentId)).map(({ id }) => id);
	for (const id of new Set([...known.run.keys(), ...unended])) {
		const run = runs.find((candidate) => candidate.id === id);
		compare(`run ${id}`, known.run.get(id), run);
	}
	for (const [address, { version, value }] of known.actor) {
		if (!address.startsWith('agent:')) continue;
		const stored = await read(`/agents/${address.slice('agent:'.length)}/snapshot`);
		compare(
			`actor ${address}`,
			{ version, value },
			stored && { version: stored.version, value: stored.snapshot.value },
		);
	}
	return differences;
}

/** Ids of what it knows, and of what it should know. */
async function listIds(
	kind: keyof typeof places,
	known: ReadonlyMap<string, Shown>,
	get: Read,
	agentId: string | undefined,
): Promise<ReadonlySet<string>> {
	const { all } = places[kind];
	const listed: Shown[] = all ? (await get(all)).items : [];
	const prompts = kind === 'prompt' ? (await listOf(get, '/agents', 'prompts')).filter(isOpenPrompt) : [];
	const dispatches = kind === 'dispatch' ? (await listOf(get, '/workflows', 'dispatches')).filter(isDue) : [];
	const due = [...listed, ...prompts, ...dispatches].filter((shown) => isOf(shown, agentId));
	return new Set([...known.keys(), ...due.map(({ id }) => id)]);
}

const isDue = (dispatch: Shown) => !isSettled('dispatch', dispatch);
const isOpenPrompt = ({ status }: Shown) => status === 'queued' || status === 'running';

async function listOf(get: Read, owners: string, what: string): Promise<readonly Shown[]> {
	const { items: found } = await get(owners);
	const pages = await Promise.all(found.map(({ id }: Shown) => get(`${owners}/${id}/${what}?limit=200`)));
	return pages.flatMap(({ items }) => items);
}

function isOf({ id, agentId: its, workflowId, members = [] }: Shown, agentId: string | undefined): boolean {
	// Whose a dispatch is stands in its workflow: those of one agent's tests are all its own.
	return (
		agentId === undefined ||
		workflowId !== undefined ||
		[id, its, ...members.map((member: Shown) => member.id)].includes(agentId)
	);
}

/** Without what passes with time alone; and the API tells more of a single dispatch. */
function comparable(shown: Shown): unknown {
	if (shown === undefined) return undefined;
	const { lastSeenAt: _, staleness: __, item: ___, prompts: ____, ...rest } = shown;
	return rest;
}
